"""`gazelled status`: how everything is, told by the daemon, or by what the last one left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from gazelled.cli import show
from gazelled.cli.asking import Line, daemon_says, learn_secrets, only, set_up_logs
from gazelled.cli.resting import last_runs, not_read, paused, stopped, troubles
from gazelled.cli.settings import Settings, with_json
from gazelled.regular_file import is_regular
from gazelled.service.control import NobodyThereError
from gazelled.service.plan import freshness, number
from gazelled.wording import with_reason


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
        show.as_json(said)
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
    now = show.now()
    pause = paused(settings.state_folder, now)
    if settings.as_json:
        found = {asks: at.isoformat(timespec="seconds") for asks, at in runs.items()}
        until = pause[0].isoformat(timespec="seconds") if pause else None
        show.as_json(
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
    show.words(f"No gazelled is running. To start it: {begin}")
    if why:
        show.words(f"It stopped until you act: {why}")
        show.words("Once that is done: gazelled resume (a new secret or config needs no resume)")
    if pause and not why:
        show.words(settings.redactor.scrub(held(show.moment(pause[0], now), pause[1])))
    show.table(
        ["ASKED", "LAST", "TROUBLE"],
        [[asks, show.moment(at, now), wrong.get(asks, "")] for asks, at in runs.items()],
    )


def held(until: str, why: str) -> str:
    """Return a sentence about a pause that the tracker wants, and how to end it."""
    return with_reason(f"Nothing is sent until {until}", why, "; to try at once: gazelled resume")


def _print(said: Line) -> None:
    now = show.now()
    tracker = _table(said, "tracker")
    show.line(f"{tracker['name']}  {tracker['url']}  {_state(tracker, now)}")
    if tracker["problem"]:
        show.line(str(tracker["problem"]))
    if tracker["held_until"]:
        why = str(tracker["held_because"])
        why = "" if why == tracker["problem"] else why
        show.line(held(show.moment(tracker["held_until"], now), why))
    for each in tracker["failing"]:
        since = show.moment(each["since"], now)
        show.line(f"{each['action']} has failed since {since}: {each['problem']}")
    if tracker["shared_since"]:
        since, slowness = show.moment(tracker["shared_since"], now), tracker["slowness"]
        show.line(
            f"Someone else uses your account's requests since {since}: gazelled waits {slowness} "
            "times as long between its own."
        )
    show.line()
    show.table(
        ["WATCH", "ASKS", "LAST", "NEXT", "PROMISED", "REALLY", "TROUBLE"],
        [
            [
                each["name"],
                each["asks"],
                show.moment(each["last"], now) or "never",
                show.moment(each["next"], now),
                freshness(each["fresh_within"]),
                _age(each),
                each["trouble"] or not_read(each["unreadable"]),
            ]
            for each in _rows(said, "watches")
        ],
    )
    show.line()
    show.table(
        ["TARGET", "PLUGIN", "ADDRESS", "TROUBLE"],
        [
            [each["name"], each["plugin"], each["address"], each["problem"]]
            for each in _rows(said, "targets")
        ],
    )
    show.line()
    show.table(
        ["PLUGIN", "FAILURES", "DROPPED", "RESTS"],
        [
            [name, str(each["failures"]), str(each["drops"]), "yes" if each["resting"] else ""]
            for name, each in _table(said, "plugins").items()
            if each["failures"] or each["drops"]
        ],
    )
    requests = _table(said, "requests")
    show.line(
        f"{requests['sent']} requests since {show.moment(requests['since'], now)}: "
        f"{number(requests['per_hour'])} an hour; the watches need {_planned(requests)}"
    )
    counts = _table(said, "counts")
    show.line(
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
            return f"hasn't answered since {show.moment(tracker['since'], now)}"
        case _ if tracker["last_answer"]:
            return f"answered {show.moment(tracker['last_answer'], now)}"
        case _:
            return "not asked yet"


def _table(said: Line, name: str) -> Mapping[str, Any]:
    found = said[name]
    return found if isinstance(found, Mapping) else {}


def _rows(said: Line, name: str) -> Sequence[Mapping[str, Any]]:
    found = said[name]
    return found if isinstance(found, Sequence) else ()
