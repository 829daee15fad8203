"""`gazelled watch`: add, list, show, run, disable and remove watches."""

from __future__ import annotations

import asyncio
import sys

import click

from gazelled.cli import completion, output
from gazelled.cli.client import Line, only, says, set_up_logs, whole_config
from gazelled.cli.commands.watch_add import add_watch, drop_ins_of, say_cost
from gazelled.cli.offline_state import past
from gazelled.cli.render.watch_details import show_watch
from gazelled.cli.restarting import say_restart
from gazelled.cli.settings import Settings, with_json
from gazelled.errors import ConfigError
from gazelled.planning.plan import freshness
from gazelled.regular_file import is_regular
from gazelled.service.check import plan_of
from gazelled.service.drop_ins import DropIns, Place
from gazelled.store.opening import NAME
from gazelled.text import meant


@click.group()
def watch() -> None:
    """Add, list, show, run, disable and remove watches."""


watch.add_command(add_watch)
watch.add_command(show_watch)


@watch.command("list")
@with_json
@click.pass_obj
def list_watches(settings: Settings) -> None:
    """List the watches of the config, disabled ones too, and where they stand."""
    set_up_logs(settings)
    config = whole_config(settings)
    plan = plan_of(config, past(settings.state_folder), output.now())
    places = drop_ins_of(settings).places()
    rows = [
        {
            "name": each.name,
            "about": each.about,
            "ask": each.ask,
            "kind": each.kind,
            "fresh": plan.of(each.name).fresh,
            "really": plan.of(each.name).really,
            "tell": list(each.tell),
            "disabled": False,
            "place": str(places.get(each.name.partition(":")[0], "")),
        }
        for each in config.watches.values()
    ]
    rows += [_disabled(each) for each in places.values() if each.table.get("disabled")]
    if settings.as_json:
        output.as_json(rows)
        return
    output.table(
        ["WATCH", "ASKS", "FRESH WITHIN", "TELLS", "STANDS IN", "ABOUT"],
        [
            [
                str(row["name"]),
                str(row["ask"]),
                "disabled" if row["fresh"] is None else freshness(float(str(row["fresh"]))),
                ", ".join(row["tell"] if isinstance(row["tell"], list) else []),
                str(row["place"]),
                str(row["about"]),
            ]
            for row in rows
        ],
    )


def _disabled(place: Place) -> dict[str, object]:
    table = place.table
    return {
        "name": place.name,
        "about": table.get("about", ""),
        "ask": table.get("ask", ""),
        "kind": table.get("kind", ""),
        "fresh": None,
        "really": None,
        "tell": table.get("tell", []),
        "disabled": True,
        "place": str(place),
    }


@watch.command("run")
@click.argument("name", shell_complete=completion.watches)
@with_json
@click.pass_obj
def run_watch(settings: Settings, name: str) -> None:
    """Run a watch now, and deliver what it finds."""
    set_up_logs(settings)
    said: Line = asyncio.run(only(says(settings, "watch.run", {"name": name})))
    if settings.as_json:
        output.as_json(said)
        return
    events = said["events"]
    output.words(f"{name}: {events} to tell" if events else f"{name}: nothing new")


@watch.command("disable")
@click.argument("name", shell_complete=completion.watches)
@with_json
@click.pass_obj
def disable_watch(settings: Settings, name: str) -> None:
    """Let a watch rest that gazelled wrote; it keeps what it knows."""
    set_up_logs(settings)
    _switch(settings, name, off=True)


@watch.command("enable")
@click.argument("name", shell_complete=completion.watches)
@with_json
@click.pass_obj
def enable_watch(settings: Settings, name: str) -> None:
    """Let a watch go on that was disabled."""
    set_up_logs(settings)
    _switch(settings, name, off=False)


@watch.command("rm")
@click.argument("name", shell_complete=completion.watches)
@click.option("--yes", is_flag=True, help="Remove it without asking.")
@with_json
@click.pass_obj
def remove_watch(settings: Settings, name: str, *, yes: bool) -> None:
    """Remove a watch that gazelled wrote, and forget what it knows; what it told stays."""
    set_up_logs(settings)
    drop_ins = drop_ins_of(settings)
    place = _find(drop_ins, name)
    if not place.ours:
        raise ConfigError(_yours(place, "take out"))
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise click.UsageError(f"this removes {place}; say --yes if you mean it")
        click.confirm(f"Remove {name} ({place})?", abort=True, err=True)
    drop_ins.remove(place)
    said: Line = {"forgotten": True, "runs": False}
    if is_regular(settings.state_folder / NAME):
        said = asyncio.run(only(says(settings, "watch.forget", {"name": name})))
    if settings.as_json:
        output.as_json({"removed": name, "file": str(place.file), "forgotten": said["forgotten"]})
        return
    output.words(f"Removed: {place.file}")
    if said["runs"]:
        output.words(
            f"{name} runs until the next start, and what it knows is let go after a while."
        )
    say_restart(settings)


def _switch(settings: Settings, name: str, *, off: bool) -> None:
    """
    Disable a watch of ours, or enable it.

    Raises:
        ConfigError: If it isn't ours, or the config would be wrong.

    """
    drop_ins = drop_ins_of(settings)
    place = _find(drop_ins, name)
    state = "disabled" if off else "enabled"
    if (place.table.get("disabled") is True) is off:
        _said(settings, place, off, f"{name} is {state} already.")
        return
    if not place.ours:
        do = "add disabled = true below" if off else "take disabled = true out of"
        raise ConfigError(_yours(place, do))
    table = {key: value for key, value in place.table.items() if key != "disabled"}
    checked = drop_ins.change(place, {**table, "disabled": True} if off else table)
    _said(settings, place, off, f"{name} is {state} now.")
    if not settings.as_json:
        if not off:
            say_cost(checked, name)
        say_restart(settings)


def _said(settings: Settings, place: Place, off: bool, text: str) -> None:  # noqa: FBT001 - what is so
    if settings.as_json:
        output.as_json({"watch": place.name, "disabled": off, "file": str(place.file)})
    else:
        output.words(text)


def _yours(place: Place, do: str) -> str:
    return f"{place.name} stands in {place}, which is yours: {do} [watch.{place.name}] there"


def _find(drop_ins: DropIns, name: str) -> Place:
    """
    Find a watch by the name of its table.

    Raises:
        ConfigError: If there is none.

    """
    places = drop_ins.places()
    if name not in places:
        made_by = name.partition(":")[0]
        if made_by in places:
            raise ConfigError(f"{name} is one of those that {made_by} makes; name {made_by}")
        raise ConfigError(f'there is no watch "{name}"{meant(name, places)}')
    return places[name]
