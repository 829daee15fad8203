"""`gazelled watch add` takes keys whose values are numbers, as the config does."""

from __future__ import annotations

import tomllib
from typing import Any

import click
import pytest
from click.testing import CliRunner

from gazelled.cli.commands import watch_add
from gazelled.service.configuration.drop_ins import text_of
from gazelled.watches.keys.table import key
from gazelled.watches.watch import WatchTable


class NumbersTable(WatchTable):
    """The table of a watch with keys that are numbers."""

    most: int = key(5, "5", about="How many at most.", metavar="NUMBER")
    share: float = key(0.5, "0.5", about="Which part.")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> click.Command:
    """Return a command that prints the file of a watch with such keys."""
    monkeypatch.setattr(watch_add, "WatchTable", NumbersTable)

    @click.command()
    @watch_add.with_table_options
    def add(**options: Any) -> None:  # noqa: ANN401 - click
        click.echo(text_of("x", watch_add.table_of(options)))

    return add


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ((), {}),
        (("--most", "3"), {"most": 3}),
        (("--most", "0"), {"most": 0}),
        (("--share", "0.25"), {"share": 0.25}),
        (("--share", "0", "--urgent"), {"share": 0.0, "urgent": True}),
    ],
)
def test_a_number_is_written_as_one(
    command: click.Command, typed: tuple[str, ...], written: dict[str, object]
) -> None:
    """What was typed stands in the file without quotes, a 0 too, and the config takes it."""
    printed = CliRunner().invoke(command, ["--ask", "browse", *typed])

    assert printed.exit_code == 0, printed.output
    table = tomllib.loads(printed.output)["watch"]["x"]
    assert table == {"ask": "browse", **written}
    assert NumbersTable.model_validate(table).written == table


@pytest.mark.parametrize("typed", [("--most", "many"), ("--most", "0.5"), ("--share", "half")])
def test_what_is_no_number_is_refused(command: click.Command, typed: tuple[str, ...]) -> None:
    """The message names the option and what was typed."""
    refused = CliRunner().invoke(command, ["--ask", "browse", *typed])

    assert refused.exit_code == 2
    assert typed[0] in refused.output
    assert typed[1] in refused.output
