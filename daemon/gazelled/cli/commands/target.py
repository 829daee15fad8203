"""`gazelled target`: list targets, send one a test message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from gazelled.cli import completion, output
from gazelled.cli.client import ask, show
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import load_config
from gazelled.cli.settings import Settings
from gazelled.service.control.protocol import TargetTestRequest


@dataclass(frozen=True, slots=True)
class _ListedTarget:
    """A target of the config: its plugin, and the watches and notices that it is notified of."""

    name: str
    plugin: str
    told_by: Sequence[str]
    notices: bool


@click.group()
def target() -> None:
    """List targets, or send one a test message."""


@target.command("list", cls=DataCommand)
@click.pass_obj
def list_targets(settings: Settings) -> None:
    """List the targets of the config."""
    config = load_config(settings)
    rows = [
        _ListedTarget(
            each.name,
            each.plugin,
            [watch.name for watch in config.watches.values() if each.name in watch.tell],
            each.name in config.notices.tell,
        )
        for each in config.targets.values()
    ]
    show(settings, rows, _print)


def _print(rows: Sequence[_ListedTarget]) -> None:
    output.table(
        rows,
        {
            "TARGET": lambda row: row.name,
            "PLUGIN": lambda row: row.plugin,
            "WATCHES": lambda row: ", ".join(row.told_by),
            "NOTICES": lambda row: "yes" if row.notices else "",
        },
    )


@target.command("test", cls=DataCommand)
@click.argument("name", shell_complete=completion.targets)
@click.pass_obj
def test_target(settings: Settings, name: str) -> None:
    """Send a target a test message."""
    send_test(settings, name)


def send_test(settings: Settings, name: str) -> None:
    """Send a target a test message, and print that it was delivered."""
    reply = ask(settings, TargetTestRequest(name))
    show(settings, reply, lambda _: output.message(f"{name}: a test message was delivered."))
