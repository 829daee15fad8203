"""`gazelled watch`: list watches, run one now."""

from __future__ import annotations

import asyncio

import click

from gazelled.cli import show
from gazelled.cli.asking import Line, only, says, set_up_logs, whole_config
from gazelled.cli.resting import past
from gazelled.cli.settings import Settings, with_json
from gazelled.service.check import plan_of
from gazelled.service.plan import freshness


@click.group()
def watch() -> None:
    """List watches, or run one now."""


@watch.command("list")
@with_json
@click.pass_obj
def list_watches(settings: Settings) -> None:
    """List the watches of the config."""
    set_up_logs(settings)
    config = whole_config(settings)
    plan = plan_of(config, past(settings.state_folder), show.now())
    fresh = {name: each.fresh for each in plan.planned for name in each.watches}
    if settings.as_json:
        show.as_json(
            [
                {
                    "name": each.name,
                    "about": each.about,
                    "ask": each.ask,
                    "kind": each.kind,
                    "fresh": fresh[each.name],
                    "tell": list(each.tell),
                }
                for each in config.watches.values()
            ]
        )
        return
    show.table(
        ["WATCH", "ASKS", "FRESH WITHIN", "TELLS", "ABOUT"],
        [
            [each.name, each.ask, freshness(fresh[each.name]), ", ".join(each.tell), each.about]
            for each in config.watches.values()
        ],
    )


@watch.command("run")
@click.argument("name")
@with_json
@click.pass_obj
def run_watch(settings: Settings, name: str) -> None:
    """Run a watch now, and deliver what it finds."""
    set_up_logs(settings)
    said: Line = asyncio.run(only(says(settings, "watch.run", {"name": name})))
    if settings.as_json:
        show.as_json(said)
        return
    events = said["events"]
    show.words(f"{name}: {events} to tell" if events else f"{name}: nothing new")
