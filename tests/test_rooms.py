"""The documents name every room of the source, and the floors that the linter holds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import gazelled

ROOT = Path(__file__).parents[1]
SOURCE = Path(gazelled.__path__[0])
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").partition("## Rooms")[2]
TREE = DESIGN.partition("```text")[2].partition("```")[0]
TABLE = (
    (ROOT / "docs" / "developing.md")
    .read_text(encoding="utf-8")
    .partition("## Rooms and floors")[2]
    .partition("## ")[0]
)


def rooms(folder: Path) -> set[str]:
    """Return the packages in a folder."""
    return {file.parent.name for file in folder.glob("*/__init__.py")}


def test_the_design_names_every_room() -> None:
    """The tree shows all packages, two levels deep, and the modules beside them."""
    shown = set(re.findall(r"(\w+)/", TREE))
    modules = {path.name for path in SOURCE.glob("*.py")} - {"__init__.py"}
    assert set().union(rooms(SOURCE), *(rooms(path) for path in SOURCE.iterdir())) <= shown
    assert modules <= set(re.findall(r"\b\w+\.py\b", TREE))


def test_the_design_names_no_room_that_there_is_not() -> None:
    """A room that was renamed isn't left behind."""
    inside = TREE.partition("daemon/gazelled/")[2].partition("plugins/gazelled_plugins/")[0]
    there = {path.name for path in SOURCE.rglob("*") if path.is_dir()}
    assert set(re.findall(r"(\w+)/", inside)) <= there
    assert all(
        (SOURCE / name).exists() for name in re.findall(r"^  (\w+\.py)", inside, re.MULTILINE)
    )


def test_the_floors_are_those_of_the_linter() -> None:
    """The table has the same rooms on the same floors, from the top."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["containers"] == ["gazelled"])
    held = [set(re.findall(r"\w+", layer)) - {"__main__"} for layer in layers]
    floors: dict[int, set[str]] = {}
    for floor, names in re.findall(r"^\| (\d+) \| (.+?) \|", TABLE, re.MULTILINE):
        floors.setdefault(int(floor), set()).update(re.findall(r"`(\w+)(?:/|\.py)`", names))
    assert [floors[number] for number in sorted(floors, reverse=True)] == [
        floor for floor in held if floor
    ]


def test_paths_in_the_developers_guide_exist() -> None:
    """Each path of a module or room outside of the recipes is there."""
    text = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8").partition("# Recipes")[0]
    paths = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", text)
    assert paths
    places = [SOURCE, *SOURCE.iterdir(), ROOT, SOURCE.parent]
    missing = [path for path in paths if not any((place / path).exists() for place in places)]
    assert set(missing) <= {"daemon/", "daemon/gazelled/", "plugins/", "plugins/gazelled_plugins/"}
