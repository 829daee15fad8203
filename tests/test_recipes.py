"""
The recipes of docs/developing.md work: each is carried out on a copy of the source.

What the document says is done to the copy to the letter: files are created, lines are added beside
others, and the commands of `console` blocks run there and print what stands beneath them.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.document_steps import CONSOLE, STEP, edited, squeezed, unseen_blocks

import gazelled
import gazelled_plugins

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
RECIPES = dict(SECTION.findall(DOCUMENT.partition("# Recipes")[2]))
COUNT = re.compile(r"Files in `daemon/`: (\d)")
CONFIG = """
[tracker]
url = "https://biotorrents.de"
token = { env = "TOKEN" }

[target.journal]
plugin = "journal"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the source with all that recipes touch."""
    tree = tmp_path / "gazelled"
    for name, package in (("daemon", gazelled), ("plugins", gazelled_plugins)):
        source = Path(package.__path__[0])
        shutil.copytree(source, tree / name / source.name)
    shutil.copytree(ROOT / "docs", tree / "docs")
    for name in ("README.md", "pyproject.toml", "config.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tree / name)
    (tree / "tests").mkdir()
    for name in ("test_events.py", "test_english.py"):
        shutil.copy(ROOT / "tests" / name, tree / "tests" / name)
    (tree / "draft.toml").write_text(CONFIG)
    return tree


def install(tree: Path) -> None:
    """Make the entry points of the copy known, as an installation would."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = tree / "installed" / "gazelled-0.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gazelled\nVersion: 0.0.0\n")
    with (info / "entry_points.txt").open("w", encoding="utf-8") as file:
        for group, points in project["entry-points"].items():
            file.write(f"[{group}]\n")
            file.writelines(f"{name} = {value}\n" for name, value in points.items())


def run(command: str, tree: Path) -> str:
    """Run a command of a recipe in the copy and return what it prints."""
    program, *arguments = shlex.split(command)
    python = {"python": [sys.executable], "pytest": [sys.executable, "-m", "pytest"]}
    paths = [tree / "installed", tree / "daemon", tree / "plugins"]
    ended = subprocess.run(  # noqa: S603 - the commands of this project's own document
        [*python[program], *arguments],
        cwd=tree,
        env={
            **{name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ},
            "HOME": str(tree / "home"),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "TOKEN": "0123456789abcdef",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_works_and_touches_as_many_files_as_it_says(title: str, copy: Path) -> None:
    """It is carried out to the letter, and its commands print what it shows."""
    recipe = RECIPES[title]
    touched = set()
    for step in STEP.finditer(recipe):
        name = step["new"] or step["file"]
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(edited(path.read_text("utf-8") if path.exists() else "", step), "utf-8")
        touched.add(name)
    install(copy)
    blocks = CONSOLE.findall(recipe)
    assert blocks
    printed = ""
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            printed = squeezed(run(line[2:], copy))
        else:
            assert squeezed(line) in printed
    count = COUNT.search(squeezed(recipe))
    assert count is not None
    assert sum(path.startswith("daemon/") for path in touched) == int(count[1])


def test_every_code_block_of_a_recipe_is_applied_or_run() -> None:
    """A block that the test doesn't see could say anything."""
    for title, recipe in RECIPES.items():
        assert not unseen_blocks(recipe), title
