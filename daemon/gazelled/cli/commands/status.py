"""`gazelled status`: how everything is, told by the daemon, or by what the last one left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from gazelled.cli import output
from gazelled.cli.client import Line, daemon_says, learn_secrets, only, set_up_logs
from gazelled.cli.offline_state import last_runs, not_read, paused, stopped, troubles
from gazelled.cli.settings import Settings, with_json
from gazelled.planning.plan import freshness, number
from gazelled.regular_file import is_regular
from gazelled.service.control.server import NobodyThereError
from gazelled.text import with_reason


@click.command()
@with_json
@click.pass_obj
def status(settings: Settings) -> None:
    """Tell how everything is."""
    set_up_logs(settings)
    try:
        said = asyncio.run(only(daemon_says(settings, "status", {})))
    except NobodyThereError:
        said = {}
    if not said.get("running"):
        _nobody(settings)
    elif settings.as_json:
        output.as_json(said)
    else:
        _print(said)


def _nobody(settings: Settings) -> None:
    """Tell what is known without a daemon."""
    learn_secrets(settings)  # an earlier release kept the tracker's words as they came
    runs = last_runs(settings.state_folder)
    why = settings.redactor.scrub(stopped(settings.state_folder))
    wrong = {
        source: settings.redactor.scrub(text)
        for source, text in troubles(settings.state_folder).items()
        if text and source in runs
    }
    now = output.now()
    pause = paused(settings.state_folder, now)
    if settings.as_json:
        found = {asks: at.isoformat(timespec="seconds") for asks, at in runs.items()}
        until = pause[0].isoformat(timespec="seconds") if pause else None
        output.as_json(
            {
                "running": False,
                "stopped": why,
                "held_until": until,
                "last_runs": found,
                "troubles": wrong,
            }
        )
        return
    begin = (
        "gazelled run" if is_regular(settings.config_file) else "gazelled init, then gazelled run"
    )
    output.words(f"No gazelled is running. To start it: {begin}")
    if why:
        output.words(f"It stopped until you act: {why}")
        output.words("Once that is done: gazelled resume (a new secret or config needs no resume)")
    if pause and not why:
        output.words(settings.redactor.scrub(held(output.moment(pause[0], now), pause[1])))
    output.table(
        ["ASKED", "LAST", "TROUBLE"],
        [[asks, output.moment(at, now), wrong.get(asks, "")] for asks, at in runs.items()],
    )


def held(until: str, why: str) -> str:
    """Return a sentence about a pause that the tracker wants, and how to end it."""
    return with_reason(f"Nothing is sent until {until}", why, "; to try at once: gazelled resume")


def _print(said: Line) -> None:
    now = output.now()
    tracker = _table(said, "tracker")
    output.line(f"{tracker['name']}  {tracker['url']}  {_state(tracker, now)}")
    if tracker["problem"]:
        output.line(str(tracker["problem"]))
    if tracker["held_until"]:
        why = str(tracker["held_because"])
        why = "" if why == tracker["problem"] else why
        output.line(held(output.moment(tracker["held_until"], now), why))
    for each in tracker["failing"]:
        since = output.moment(each["since"], now)
        output.line(f"{each['action']} has failed since {since}: {each['problem']}")
    if tracker["shared_since"]:
        since, slowness = output.moment(tracker["shared_since"], now), tracker["slowness"]
        output.line(
            f"Someone else uses your account's requests since {since}: gazelled waits {slowness} "
            "times as long between its own."
        )
    output.line()
    output.table(
        ["WATCH", "ASKS", "LAST", "NEXT", "PROMISED", "REALLY", "TROUBLE"],
        [
            [
                each["name"],
                each["asks"],
                output.moment(each["last"], now) or "never",
                output.moment(each["next"], now),
                freshness(each["fresh_within"]),
                _age(each),
                each["trouble"] or not_read(each["unreadable"]),
            ]
            for each in _rows(said, "watches")
        ],
    )
    output.line()
    output.table(
        ["TARGET", "PLUGIN", "ADDRESS", "TROUBLE"],
        [
            [each["name"], each["plugin"], each["address"], each["problem"]]
            for each in _rows(said, "targets")
        ],
    )
    output.line()
    output.table(
        ["PLUGIN", "FAILURES", "DROPPED", "RESTS"],
        [
            [name, str(each["failures"]), str(each["drops"]), "yes" if each["resting"] else ""]
            for name, each in _table(said, "plugins").items()
            if each["failures"] or each["drops"]
        ],
    )
    requests = _table(said, "requests")
    output.line(
        f"{requests['sent']} requests since {output.moment(requests['since'], now)}: "
        f"{number(requests['per_hour'])} an hour; the watches need {_planned(requests)}"
    )
    counts = _table(said, "counts")
    output.line(
        f"{counts['events']} told about; deliveries: {counts['done']} done, "
        f"{counts['pending']} waiting, {counts['given_up']} given up; {counts['gaps']} missed"
    )


def _age(watch: Mapping[str, Any]) -> str:
    """Say how old the last look is that worked, and whether that is worse than promised."""
    age = "" if watch["age"] is None else freshness(watch["age"])
    return ", ".join(part for part in (age, "late" if watch["late"] else "") if part)


def _planned(requests: Mapping[str, Any]) -> str:
    needed, allowed = number(requests["planned_per_hour"]), requests["allowed_per_hour"]
    return needed if allowed is None else f"{needed} of {number(allowed)}"


def _state(tracker: Mapping[str, Any], now: datetime) -> str:
    match tracker["state"]:
        case "elsewhere":
            return "stands by: another process uses your account"
        case "stopped":
            return "stopped until you act: gazelled resume"
        case "down":
            return f"hasn't answered since {output.moment(tracker['since'], now)}"
        case _ if tracker["last_answer"]:
            return f"answered {output.moment(tracker['last_answer'], now)}"
        case _:
            return "not asked yet"


def _table(said: Line, name: str) -> Mapping[str, Any]:
    found = said[name]
    return found if isinstance(found, Mapping) else {}


def _rows(said: Line, name: str) -> Sequence[Mapping[str, Any]]:
    found = said[name]
    return found if isinstance(found, Sequence) else ()
