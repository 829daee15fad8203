"""`gazelled why`: why an item was told or wasn't."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from gazelled.cli import completion, output
from gazelled.cli.settings import Settings, with_json

NEVER_SEEN = 1

_NOTICE = "notice"

_MARKS = {True: "✓", False: "✗", None: "?"}
_VERDICTS = {True: "fits", False: "doesn't fit", None: "unknown"}
_STATES = {
    "done": "told to {target} {settled}",
    "pending": "waits for {target}",
    "given-up": "given up for {target} {settled}",
}


@click.command()
@click.argument("item")
@click.argument("watch", required=False, shell_complete=completion.watches)
@with_json
@click.pass_context
def why(ctx: click.Context, item: str, watch: str | None) -> None:
    """
    Say why an item was told, or why it wasn't; nothing is asked from the tracker.

    ITEM is the key of an event as messages show it, which is explained as it was then; or a
    number or the address of a page: then each watch whose source saw that item decides again, by
    the rule of then, or only WATCH.
    """
    from gazelled.cli.client import only, says, set_up_logs  # noqa: PLC0415 - completion needs none

    settings = ctx.ensure_object(Settings)
    set_up_logs(settings)
    said: Any = asyncio.run(only(says(settings, "why", {"item": item, "watch": watch})))
    found = said["why"]
    if settings.as_json:
        output.as_json(found)
    else:
        _print(found)
    ctx.exit(0 if found["seen"] else NEVER_SEEN)


def _print(found: Mapping[str, Any]) -> None:
    now = output.now()
    for number, sight in enumerate(found["seen"]):
        if number:
            output.line()
        _print_sight(sight, now)
    if found["rest"]:
        output.line()
        output.line(f"and {found['rest']} more that this event is about")
    if found["seen"]:
        return
    output.line(f"{found['item']} was never seen.")
    for reason in found["unseen"]:
        names = ", ".join(reason["watches"])
        where = f"{reason['stream']} ({names}): " if reason["stream"] else ""
        output.line(f"  {where}{reason['text']}.")
    output.line("  Items are kept for 90 days.")


def _print_sight(sight: Mapping[str, Any], now: datetime) -> None:
    output.line("  ".join(each for each in (sight["id"], sight["kind"], sight["title"]) if each))
    if sight["url"]:
        output.line(f"    {sight['url']}")
    if sight["kind"] == _NOTICE:
        for watch in sight["watches"]:
            _print_verdict(watch, now)
        return
    where = f" in {sight['stream']}" if sight["stream"] else ""
    seen = f"seen {output.moment(sight['at'], now)}" if sight["at"] else "known"
    output.line(f"    {seen}{where}")
    for watch in sight["watches"]:
        _print_watch(watch, now)
    if sight["more"]:
        output.line(f"and {sight['more']} more watches; name one: gazelled why {sight['id']} WATCH")
    if not sight["watches"]:
        output.line("no watch looks there any more")


def _print_watch(watch: Mapping[str, Any], now: datetime) -> None:
    decided = watch["ruled"] or watch["clauses"] or watch["verdict"] is not None
    verdict = f": {_VERDICTS[watch['verdict']]}" if decided else ""
    output.line(f"{watch['watch']}{verdict}")
    _print_verdict(watch, now)


def _print_verdict(watch: Mapping[str, Any], now: datetime) -> None:
    _print_clauses(watch)
    for event in watch["told"]:
        _print_event(event, now)
    if watch["note"]:
        output.line(f"  {watch['note']}")
    if watch["now"]:
        output.line(f"  the rule was changed since; now: {_VERDICTS[watch['now']['verdict']]}")
        _print_clauses(watch["now"])


def _print_clauses(judged: Mapping[str, Any]) -> None:
    clauses: Sequence[Mapping[str, Any]] = judged["clauses"]
    width = max((len(each["asked"]) for each in clauses), default=0)
    for each in clauses:
        output.line(f"  {_MARKS[each['holds']]} {each['asked'].ljust(width)}  {each['has']}")
    if judged["problem"]:
        output.line(f"  {judged['problem']}")


def _print_event(event: Mapping[str, Any], now: datetime) -> None:
    if event["kind"] != "new":
        output.line(f"  {event['kind']} {output.moment(event['at'], now)}: {event['title']}")
    for change in event["changes"]:
        before, after = (_value(change[name]) for name in ("before", "after"))
        output.line(f"    {change['field']} {before} → {after}")
    for each in event["deliveries"]:
        text = _STATES[each["state"]].format(
            target=each["target"], settled=output.moment(each["settled"], now)
        )
        if each["state"] == "pending" and each["due"]:
            text += f", tried {each['tries']} times; next {output.moment(each['due'], now)}"
        error = f": {each['error']}" if each["error"] and each["state"] != "done" else ""
        output.line(f"  {text}{error}")
    if not event["deliveries"]:
        output.line("  told to nobody")


def _value(value: object) -> str:
    return "unknown" if value is None else str(value)
