"""`gazelled target`: add and list targets, check one, send one a test message."""

from __future__ import annotations

import click

from gazelled.cli import completers, output
from gazelled.cli.client import ask, show
from gazelled.cli.commands.target_add import add_target
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import load_config
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.service.control.protocol import TargetCheckRequest, TargetTestRequest


@click.group(cls=CommandGroup)
def target() -> None:
    """Add and list targets, check one, or send one a test message."""


target.add_command(add_target)


@target.command("list", cls=DataCommand)
@click.pass_obj
def list_targets(settings: Settings) -> None:
    """List the targets of the config."""
    config = load_config(settings)
    told_by = {
        name: [watch.name for watch in config.watches.values() if name in watch.tell]
        for name in config.targets
    }
    if settings.as_json:
        output.as_json(
            [
                {
                    "name": table.name,
                    "plugin": table.plugin,
                    "told_by": told_by[table.name],
                    "notices": table.name in config.notices.tell,
                }
                for table in config.targets.values()
            ]
        )
        return
    output.table(
        config.targets.values(),
        {
            "TARGET": lambda row: row.name,
            "PLUGIN": lambda row: row.plugin,
            "WATCHES": lambda row: ", ".join(told_by[row.name]),
            "NOTICES": lambda row: "yes" if row.name in config.notices.tell else "",
        },
    )


@target.command("check", cls=DataCommand)
@click.argument("name", shell_complete=completers.targets)
@click.pass_obj
def check_target(settings: Settings, name: str) -> None:
    """Check that a target can be reached, without sending anything."""
    reply = ask(settings, TargetCheckRequest(name), doing=f"connecting to {name}")
    text = (
        f"{name} can be reached."
        if reply.checked
        else f"{name}: its plugin cannot check that; gazelled target test {name} sends a message."
    )
    show(settings, reply, lambda _: output.message(text))


@target.command("test", cls=DataCommand)
@click.argument("name", shell_complete=completers.targets)
@click.pass_obj
def test_target(settings: Settings, name: str) -> None:
    """Send a target a test message."""
    send_test(settings, name)


def send_test(settings: Settings, name: str) -> None:
    """Send a target a test message, and print that it was delivered."""
    reply = ask(settings, TargetTestRequest(name), doing=f"sending to {name}")
    show(settings, reply, lambda _: output.message(f"{name}: a test message was delivered."))
