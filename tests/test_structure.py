"""The source is laid out as docs/design.md says: small modules in small rooms, each name once."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import gazelled
import gazelled_plugins

ROOT = Path(__file__).parents[1]
MOST_LINES = 500
LEAST_MODULES, MOST_MODULES = 6, 12

LISTS = {
    "gazelled.cli.commands": "commands",
    "gazelled.config.checks": "checks, one for each table or rule of the config",
    "gazelled.plugin": "what plugins declare, are handed and can use, one sort each",
    "gazelled.service.control.handlers": "requests of the control protocol",
    "gazelled.service.plugins": "what plugins can use, by capability, and where they have a say",
    "gazelled.testing.actions": "what the simulator does, by family of actions",
    "gazelled.testing.content": "what the simulated site holds, by sort",
    "gazelled.testing.forms": "forms that the simulator takes, by what they change",
    "gazelled.tracker.catalogue": "families of actions",
}
"""The rooms that list one sort of thing, which may be larger or smaller."""

SMALL = {
    "gazelled.logs": "structlog and standard logging, and the journal of systemd",
    "gazelled.planning": "what watches cost, and advice",
}
"""The rooms that are small, since each is a floor of its own, or all that a plugin imports."""

TESTERS = re.compile(r"gazelled\.(testing|demo|cli\.authoring)\b")
"""Who may import the simulated tracker; commands for plugin authors may when they run."""


@cache
def modules() -> Mapping[str, Path]:
    """Return the files of all modules and packages by their names."""
    found: dict[str, Path] = {}
    for package in (gazelled, gazelled_plugins):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(name: str) -> ast.Module:
    """Return the code of a module."""
    return ast.parse(modules()[name].read_text("utf-8"))


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Return the modules of the daemon and its plugins that some code imports."""
    for node in nodes:
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names if alias.name in modules())
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                for alias in names:
                    whole = f"{module}.{alias.name}"
                    if whole in modules() or module in modules():
                        yield whole if whole in modules() else module


def circles() -> Iterator[list[str]]:
    """Return the groups of modules that import each other, when they are loaded or later."""
    graph = {name: {*imported(ast.walk(tree(name)))} - {name} for name in modules()}
    # Tarjan: a group is what stands on the stack above the first module that leads back to itself.
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> Iterator[list[str]]:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                yield from visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[len(stack) - len(group) :]
            if len(group) > 1:
                yield sorted(group)

    for name in graph:
        if name not in index:
            yield from visit(name)


def floors() -> Iterator[set[str]]:
    """Return the packages and modules of each floor, as the linter holds them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == ["gazelled"]:
            for layer in contract["layers"]:
                yield {f"gazelled.{name}" for name in re.findall(r"\w+", layer)}


def commands() -> set[str]:
    """Return the names of the commands."""
    return {name.rpartition(".")[2] for name in modules() if ".cli.commands." in name}


def same_basenames() -> Iterator[str]:
    """Return the modules of one floor that have the same name."""
    for floor in floors():
        names: dict[str, list[str]] = defaultdict(list)
        for name in modules():
            if any(name == room or name.startswith(f"{room}.") for room in floor):
                names[name.rpartition(".")[2]].append(name)
        for base, same in names.items():
            # A command, its handler and its part may share the command's name.
            handlers = [name for name in same if ".service.control" in name]
            shared = base in commands() and len(same) - len(handlers) <= 1 and len(handlers) <= 1
            if len(same) > 1 and not shared:
                yield from same


def same_classes() -> Iterator[str]:
    """Return the public classes of one name in the daemon."""
    places: dict[str, list[str]] = defaultdict(list)
    for name in modules():
        if name.partition(".")[0] == "gazelled":
            for node in tree(name).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(f"{name}.{node.name}")
    for same in places.values():
        if len(same) > 1:
            yield from same


def long_modules() -> Iterator[str]:
    """Return the modules that are too long to be read at once."""
    for name, path in modules().items():
        if path.read_text("utf-8").count("\n") > MOST_LINES:
            yield name


def odd_rooms() -> Iterator[str]:
    """Return the rooms of the daemon with too many or too few modules."""
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for name, path in modules().items():
        if name.startswith("gazelled."):
            room = path.name == "__init__.py"
            sizes[name.rpartition(".")[0]]["rooms" if room else "modules"] += 1
    for name, size in sizes.items():
        # Rooms within a room make that one readable, and may be small.
        small = name.count(".") == 1 and size.total() < LEAST_MODULES and name not in SMALL
        if (small or size["modules"] > MOST_MODULES) and name not in LISTS:
            yield name


def wrong_uses_of_testing() -> Iterator[str]:
    """Return the modules that load the simulated tracker and aren't there for testing."""
    for name in modules():
        if TESTERS.match(name) or name == "gazelled.testing":
            continue
        lazily = name.startswith("gazelled.cli.commands.")
        uses = imported(tree(name).body if lazily else ast.walk(tree(name)))
        if any(each.startswith("gazelled.testing") for each in uses):
            yield name


@cache
def breaches() -> frozenset[str]:
    """Return all that breaks a rule, one line each."""
    found = {
        "circle": map(" ".join, circles()),
        "basename": same_basenames(),
        "class": same_classes(),
        "lines": long_modules(),
        "room": odd_rooms(),
        "testing": wrong_uses_of_testing(),
    }
    return frozenset(f"{rule} {what}" for rule, lines in found.items() for what in lines)


RULES = {
    "circle": "no module imports one that imports it, not even later, inside of a function",
    "basename": "no two modules on a floor have one name, but for a command, its handler, its part",
    "class": "no two public classes have one name",
    "lines": f"no module is longer than {MOST_LINES} lines",
    "room": f"a room has {LEAST_MODULES} to {MOST_MODULES} modules, unless it lists things",
    "testing": "only the demo, tests and commands for plugin authors use the simulated tracker",
}


@pytest.mark.parametrize("rule", RULES)
def test_the_layout_keeps_the_rules(rule: str) -> None:
    """Each rule, without exception."""
    assert not [line for line in breaches() if line.startswith(f"{rule} ")], RULES[rule]


def test_the_rules_see_what_breaks_them() -> None:
    """Each floor is known, and all modules stand on one."""
    rooms = set[str]().union(*floors())
    top = {".".join(name.split(".")[:2]) for name in modules() if name.startswith("gazelled.")}
    assert top == rooms
    assert all(lower.isdisjoint(upper) for upper, lower in pairwise(floors()))
