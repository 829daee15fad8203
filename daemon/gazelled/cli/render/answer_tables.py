"""An answer as a table: its lists by their main columns, anything else as names and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from gazelled.cli import output
from gazelled.fields import SIZE
from gazelled.model import Params
from gazelled.text import counted, shortened
from gazelled.tracker.catalogue import Action
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.answer_lists import Column
from gazelled.tracker.catalogue.tables import cell
from gazelled.units import human_size

LONGEST = 60
_SIZE_KEYS = {
    column.path[-1]
    for action in ACTIONS.values()
    for table in action.tables
    for column in table.columns.values()
    if column.type is SIZE
}
"""The tracker's keys for numbers of bytes, wherever they are in an answer."""


def print_table(action: Action, params: Params, payload: object) -> None:
    """Print an answer for a person."""
    lists = action.tables_of(params)
    if not lists:
        output.table([*_flat(payload)], {"NAME": lambda row: row[0], "VALUE": lambda row: row[1]})
        return
    tables = [(table.columns, [*table.entries(payload)]) for table in lists]
    unreadable = sum(not entry for _, found in tables for entry in found)
    for columns, found in tables:
        cells = {head.upper(): partial(_cell, each) for head, each in columns.items()}
        output.table([entry for entry in found if entry], cells)
    if not any(found for _, found in tables):
        output.message("The list is empty.")
    if unreadable:
        entries_text = counted(unreadable, "entry", "entries")
        command = f"gazelled call {action.name} --json"
        output.message(f"{entries_text} could not be read: {command} shows all.")


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value with the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{name}.{number}" if name else str(number))
    else:
        yield name, _text(value, size=name.rpartition(".")[2] in _SIZE_KEYS)


def _cell(column: Column, entry: Mapping[str, object]) -> str:
    return _text(cell(column, entry), size=column.type is SIZE)


def _text(value: object, *, size: bool) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if size and isinstance(value, int) and value >= 0:
        return human_size(value)
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = ", ".join(str(each) for each in value)
    text = " ".join(str(value).split())
    return shortened(text, LONGEST)
