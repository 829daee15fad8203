"""The document of watches: its table is true, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS
from tests.shapes import Shape, shapes

from gazelled.cli.render.action_facts import by_kind, where
from gazelled.cli.render.actions_page import watches_table
from gazelled.config import load
from gazelled.text import either
from gazelled.tracker.catalogue.actions import ACTIONS

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PAGE = Path(__file__).parents[2] / "docs" / "watches.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_true(person: Person) -> None:
    """It is what `gazelled actions --watches` prints now; print it there again if it isn't."""
    said = person.types("actions", "--watches")
    assert said.code == 0
    assert said.out == watches_table(KINDS)
    assert watches_table(KINDS) in TEXT


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.name)
def test_each_cell_is_what_the_catalogue_says(shape: Shape) -> None:
    """A row for each way to watch an answer, with a yes for each kind that fits."""
    name, place = shape.action.name, where(shape.listing)
    asked = f"[{name}](actions.md#{name}){place and f', {place}'}"
    found = [re.split(r" ?\| ?", row)[1:-1] for row in watches_table(KINDS).splitlines()]
    (row,) = [row for row in found if row[:2] == [asked, either(by_kind(shape.listing), "and")]]
    assert row[2] == {"any": "token", "cookie": "cookie"}[shape.action.login]
    fitting = [kind for kind, cell in zip(KINDS.values(), row[3:], strict=True) if cell == "yes"]
    assert fitting == KINDS.of(shape.listing)


def test_no_action_is_left_out() -> None:
    """What can be asked can at least be handed to plugins; what can't isn't in the table."""
    named = set(re.findall(r"^\| \[(\w+)\]", watches_table(KINDS), re.MULTILINE))
    unfit = {name for name, each in ACTIONS.items() if each.state in {"broken", "absent"}}
    changing = {name for name, each in ACTIONS.items() if each.changes}
    assert named == ACTIONS.keys() - unfit - changing


def test_every_kind_has_an_example_that_works(tmp_path: Path) -> None:
    """What is shown can be written into a config as it stands."""
    blocks = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", TEXT, re.MULTILINE)
    shown = "\n".join(re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks)
    kinds = set(re.findall(r'^kind = "(\w+)"', shown, re.MULTILINE)) | {"new"}
    assert kinds == {*KINDS}
    (tmp_path / "cookies.txt").touch(mode=0o600)
    file = tmp_path / "config.toml"
    file.write_text(
        '[tracker]\nurl = "https://tracker.example"\n'
        'login = { username = "me", password = { env = "PASSWORD" } }\n'
        '[notices]\ntell = ["phone"]\n'
        f'[target.phone]\nplugin = "journal"\n{shown}'
    )
    plugins = ("accessions", "journal", "torrents")
    loaded = load(file, {"PASSWORD": "a-password-of-some-length"}, known_plugins=plugins)
    assert loaded.problems == []
    assert loaded.config is not None
    assert {watch.kind.name for watch in loaded.config.watches.values()} == {*KINDS}
