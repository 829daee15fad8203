"""`gazelled target`: list targets, send one a test message."""

from __future__ import annotations

import asyncio

import click

from gazelled.cli import output
from gazelled.cli.client import only, says, set_up_logs, whole_config
from gazelled.cli.settings import Settings, with_json


@click.group()
def target() -> None:
    """List targets, or send one a test message."""


@target.command("list")
@with_json
@click.pass_obj
def list_targets(settings: Settings) -> None:
    """List the targets of the config."""
    set_up_logs(settings)
    config = whole_config(settings)
    rows = [
        {
            "name": each.name,
            "plugin": each.plugin,
            "told_by": [watch.name for watch in config.watches.values() if each.name in watch.tell],
            "notices": each.name in config.notices.tell,
        }
        for each in config.targets.values()
    ]
    if settings.as_json:
        output.as_json(rows)
        return
    output.table(
        ["TARGET", "PLUGIN", "TOLD BY", "NOTICES"],
        [
            [
                str(row["name"]),
                str(row["plugin"]),
                ", ".join(row["told_by"] if isinstance(row["told_by"], list) else []),
                "yes" if row["notices"] else "",
            ]
            for row in rows
        ],
    )


@target.command("test")
@click.argument("name")
@with_json
@click.pass_obj
def test_target(settings: Settings, name: str) -> None:
    """Send a target a test message."""
    set_up_logs(settings)
    send_test(settings, name)


def send_test(settings: Settings, name: str) -> None:
    """
    Send a target a test message and say so.

    Raises:
        GazelledError: If it could not be delivered.

    """
    said = asyncio.run(only(says(settings, "target.test", {"name": name})))
    if settings.as_json:
        output.as_json(said)
    else:
        output.words(f"{name}: a test message was delivered.")
