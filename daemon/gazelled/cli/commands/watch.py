"""`gazelled watch`: add, edit, list, show, run, disable and remove watches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import click

from gazelled.cli import completers, output
from gazelled.cli.client import apply_change, ask, print_applied, show
from gazelled.cli.commands.watch_add import add_watch, drop_ins_of, print_cost
from gazelled.cli.commands.watch_edit import edit_watch, find_watch
from gazelled.cli.commands.watch_pause import pause_watch, resume_watch
from gazelled.cli.commands.watch_show import show_watch
from gazelled.cli.options import DataCommand, confirmed
from gazelled.cli.owner import load_config
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.errors import ConfigError
from gazelled.planning.config_plan import plan_of
from gazelled.planning.plan import freshness
from gazelled.regular_file import is_regular
from gazelled.service.configuration.drop_ins import WatchLocation
from gazelled.service.control.offline import read_past
from gazelled.service.control.protocol import WatchForgetReply, WatchForgetRequest, WatchRunRequest
from gazelled.store.opening import NAME
from gazelled.text import counted

_name = click.argument("name", shell_complete=completers.watches)


@click.group(cls=CommandGroup)
def watch() -> None:
    """Add, edit, list, show, run, pause, disable and remove watches."""


watch.add_command(add_watch)
watch.add_command(show_watch)
watch.add_command(edit_watch)
watch.add_command(pause_watch)
watch.add_command(resume_watch)


@watch.command("list", cls=DataCommand)
@click.pass_obj
def list_watches(settings: Settings) -> None:
    """List the watches of the config, also disabled ones, and their files."""
    config = load_config(settings)
    plan = plan_of(config, read_past(settings.state_folder), output.now())
    places = drop_ins_of(settings).places()
    rows: list[dict[str, Any]] = [
        {
            "name": watch.name,
            "about": watch.about,
            "ask": watch.call.action,
            "kind": watch.kind.name,
            "fresh": plan.of(watch.name).fresh,
            "really": plan.of(watch.name).really,
            "tell": watch.tell,
            "disabled": False,
            "place": str(places.get(watch.name.partition(":")[0], "")),
        }
        for watch in config.watches.values()
    ]
    rows += [_disabled(place) for place in places.values() if place.table.get("disabled")]
    show(settings, rows, _print)


def _disabled(place: WatchLocation) -> dict[str, Any]:
    keys = {key: str(place.table.get(key, "")) for key in ("about", "ask", "kind")}
    tell = place.table.get("tell")
    targets = [str(name) for name in tell] if isinstance(tell, list) else []
    rest = {"tell": targets, "disabled": True, "place": str(place)}
    return {"name": place.name, **keys, "fresh": None, "really": None, **rest}


def _print(rows: Sequence[dict[str, Any]]) -> None:
    output.table(
        rows,
        {
            "WATCH": itemgetter("name"),
            "ASKS": itemgetter("ask"),
            "FRESH WITHIN": lambda row: "disabled" if row["disabled"] else freshness(row["fresh"]),
            "TARGETS": lambda row: ", ".join(row["tell"]),
            "IN": itemgetter("place"),
            "ABOUT": itemgetter("about"),
        },
    )


@watch.command("run", cls=DataCommand)
@_name
@click.pass_obj
def run_watch(settings: Settings, name: str) -> None:
    """Run a watch now, and deliver its messages."""
    reply = ask(settings, WatchRunRequest(name))
    events = counted(reply.events, "event", "events") if reply.events else "nothing new"
    show(settings, reply, lambda _: output.message(f"{name}: {events}"))


@watch.command("disable", cls=DataCommand)
@_name
@click.pass_obj
def disable_watch(settings: Settings, name: str) -> None:
    """Disable a watch that gazelled wrote; its state is kept."""
    _switch(settings, name, off=True)


@watch.command("enable", cls=DataCommand)
@_name
@click.pass_obj
def enable_watch(settings: Settings, name: str) -> None:
    """Enable a watch that was disabled."""
    _switch(settings, name, off=False)


@watch.command("rm", cls=DataCommand)
@_name
@click.option("--yes", is_flag=True, help="Remove it without asking.")
@click.pass_obj
def remove_watch(settings: Settings, name: str, *, yes: bool) -> None:
    """Remove a watch that gazelled wrote, and its state; its past messages stay."""
    drop_ins = drop_ins_of(settings)
    place = find_watch(drop_ins, name)
    if not place.managed:
        raise ConfigError(_yours(place, "take out"))
    if not confirmed(name, f"Remove {name} ({place})?", yes=yes):
        raise click.UsageError(f"this removes {place}; add --yes to confirm")
    before = place.file.read_bytes()
    drop_ins.remove(place)
    applied = apply_change(settings, partial(drop_ins.put_back, place.file, before))
    reply = WatchForgetReply(name, forgotten=True, runs=False)
    if is_regular(settings.state_folder / NAME):
        reply = ask(settings, WatchForgetRequest(name))
    if settings.as_json:
        data = {"removed": name, "file": str(place.file), "forgotten": reply.forgotten}
        output.as_json({**data, "applied": applied is not None})
        return
    output.message(f"Removed: {place.file}")
    print_applied(settings, applied)


def _switch(settings: Settings, name: str, *, off: bool) -> None:
    """Disable a watch that gazelled wrote, or enable it."""
    drop_ins = drop_ins_of(settings)
    place = find_watch(drop_ins, name)
    is_off = place.table.get("disabled") is True
    table = {key: value for key, value in place.table.items() if key != "disabled"}
    checked = reply = None
    if is_off is not off:
        if not place.managed:
            do = "add disabled = true below" if off else "take disabled = true out of"
            raise ConfigError(_yours(place, do))
        before = place.file.read_bytes()
        checked = drop_ins.change(place, {**table, "disabled": True} if off else table)
        reply = apply_change(settings, partial(drop_ins.put_back, place.file, before))
    if settings.as_json:
        data = {"watch": place.name, "disabled": off, "file": str(place.file)}
        output.as_json({**data, "applied": reply is not None})
        return
    state = "disabled" if off else "enabled"
    output.message(f"{name} is {state} {'now' if checked else 'already'}.")
    if checked:
        if not off:
            print_cost(checked, name)
        print_applied(settings, reply)


def _yours(place: WatchLocation, do: str) -> str:
    return f"{place.name} is in {place}, which is yours: {do} [watch.{place.name}] there"
