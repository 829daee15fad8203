"""docs/events.md describes every log event of the daemon and of the bundled plugins."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import gazelled
import gazelled_plugins

DOCUMENT = Path(__file__).parents[1] / "docs" / "events.md"
SOURCES = [Path(package.__path__[0]) for package in (gazelled, gazelled_plugins)]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
ROW = re.compile(r"^\| `([a-z_.]+)` \| (\w+) \| (.*?) \| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"[a-z_]+\.[a-z_]+")
# Past forms that do not end in -ed.
IRREGULAR = {"done", "fell", "found", "given", "hung", "left", "made", "reset", "uncaught", "went"}


class Event(NamedTuple):
    """One log event."""

    name: str
    level: str
    keys: frozenset[str]


def is_logger(node: ast.expr) -> bool:
    """Return whether an expression is a logger: `log` or `context.log`."""
    return ast.unparse(node).rpartition(".")[2] == "log"


def logged(path: Path) -> Iterator[tuple[str, ast.Call, Event | None]]:
    """Return the logging calls of a module, with None where the name is not a constant text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    in_plugins = {
        id(inner)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in function.args.args
        if argument.annotation and "PluginContext" in ast.unparse(argument.annotation)
        for inner in ast.walk(function)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        level = node.func.attr
        if level not in LEVELS or not is_logger(node.func.value):
            continue
        keys = {keyword.arg or "**" for keyword in node.keywords}
        if level == "exception" or "exc_info" in keys:
            keys = keys - {"exc_info"} | {"exception"}
        if isinstance(node.func.value, ast.Attribute):  # a plugin's logger is bound
            bound = "plugin" if id(node) in in_plugins else "target"
            keys.add("watch" if ast.unparse(node.func.value) == "look.log" else bound)
        match node.args:
            case [ast.Constant(value=str() as name)]:
                pass
            case _:
                name = ""
        level = "error" if level == "exception" else level
        place = f"{path.name}:{node.lineno}"
        yield place, node, Event(name, level, frozenset(keys)) if name else None


@cache
def calls() -> list[tuple[str, ast.Call, Event | None]]:
    """Return all logging calls of the source."""
    return [
        call for root in SOURCES for path in sorted(root.rglob("*.py")) for call in logged(path)
    ]


def documented() -> list[Event]:
    """Return the events that the document describes."""
    return [
        Event(name, level, frozenset(re.findall(r"`([a-z_]+)`", keys)))
        for name, level, keys, _ in ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    ]


def test_event_names_are_constant_texts() -> None:
    """A name that is computed, or keys that are unpacked, could not be found here."""
    wrong = [place for place, _, event in calls() if event is None or "**" in event.keys]
    assert not wrong


def test_event_names_are_a_noun_and_a_verb_in_the_past() -> None:
    """All names have one form, so that people can guess and filter them."""
    for place, _, event in calls():
        assert event is not None
        assert NAME.fullmatch(event.name), place
        words = event.name.partition(".")[2].split("_")
        assert any(word.endswith("ed") or word in IRREGULAR for word in words), place


def test_the_document_has_a_line_for_each_event_and_none_too_many() -> None:
    """Level and keys are exact."""
    lines = documented()
    assert len({event.name for event in lines}) == len(lines)
    assert {event for _, _, event in calls() if event} == set(lines)
