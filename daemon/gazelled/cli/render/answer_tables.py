"""An answer as a table: its lists by their main columns, anything else as names and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from gazelled.cli import output
from gazelled.fields import SIZE
from gazelled.model import Params
from gazelled.text import counted, shortened
from gazelled.tracker.catalogue import Action
from gazelled.tracker.catalogue.answer_lists import Column
from gazelled.tracker.catalogue.answer_models import model_of
from gazelled.tracker.catalogue.tables import cell
from gazelled.tracker.decoding.plan import Branch, Leaf, plan_of
from gazelled.tracker.decoding.schema import Model
from gazelled.units import human_size

LONGEST = 60


def print_table(action: Action, params: Params, payload: object) -> None:
    """Print an answer for a person."""
    lists = action.tables_of(params)
    if not lists:
        rows = [*_flat(payload, model_of(action.name, dict(params)))]
        output.table(rows, {"NAME": lambda row: row[0], "VALUE": lambda row: row[1]})
        return
    tables = [(table.columns, [*table.entries(payload)]) for table in lists]
    unreadable = sum(not entry for _, entries in tables for entry in entries)
    for columns, entries in tables:
        cells = {head.upper(): partial(_cell, column) for head, column in columns.items()}
        output.table([entry for entry in entries if entry], cells)
    if not any(entries for _, entries in tables):
        output.message("The list is empty.")
    if unreadable:
        entries_text = counted(unreadable, "entry", "entries")
        command = f"gazelled call {action.name} --json"
        output.message(f"{entries_text} could not be read: {command} shows all.")


def _flat(
    value: object, model: type[Model] | None, name: str = "", *, size: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield each value with the keys that lead to it; the model knows which ones are sizes."""
    if isinstance(value, Mapping):
        fields = {part.key: part for part in plan_of(model).fields.values()} if model else {}
        for key, inner in value.items():
            field, path = fields.get(key), f"{name}.{key}" if name else str(key)
            if isinstance(field, Branch):
                yield from _flat(inner, field.model, path)
            else:
                is_size = isinstance(field, Leaf) and field.reader.type is SIZE
                yield from _flat(inner, None, path, size=is_size)
    elif isinstance(value, list) and any(isinstance(inner, Mapping | list) for inner in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, model, f"{name}.{number}" if name else str(number))
    else:
        yield name, _text(value, size=size)


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
        value = ", ".join(str(part) for part in value)
    text = " ".join(str(value).split())
    return shortened(text, LONGEST)
