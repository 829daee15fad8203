"""The status of a daemon, or of what the last one left, as tables and lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gazelled.cli import output
from gazelled.cli.render.daemon_lines import print_daemon
from gazelled.cli.render.plan_table import progress_text
from gazelled.planning.plan import freshness, number
from gazelled.service.control.offline import OfflineStatus, unreadable_text
from gazelled.service.control.status_reply import (
    StatusReply,
    TrackerStatus,
    WatchStatus,
)
from gazelled.service.plugins.budgets import PluginUsage
from gazelled.text import counted, shortened, with_reason

_LONGEST_TROUBLE = 100
_FEW = 3


def print_status(status: StatusReply, restart: str) -> None:
    """Print the state of the daemon, tracker, watches, targets and plugins; how to restart it."""
    now = output.now()
    print_daemon(status, now, restart)
    output.line()
    _print_tracker(status.tracker, now)
    output.line()
    output.table(
        status.watches,
        {
            "WATCH": lambda watch: watch.name,
            "ASKS": lambda watch: watch.asks,
            "LAST": lambda watch: output.moment(watch.last, now) or "never",
            "NEXT": lambda watch: output.moment(watch.next, now),
            "PROMISED": lambda watch: freshness(watch.fresh_within),
            "REALLY": _age,
            "TROUBLE": lambda watch: output.bad(watch.trouble or unreadable_text(watch.unreadable)),
        },
    )
    for watch in status.watches:
        if watch.progress:
            output.line(f"{watch.name}: {progress_text(watch.progress)}")
    output.line()
    output.table(
        status.targets,
        {
            "TARGET": lambda target: target.name,
            "PLUGIN": lambda target: target.plugin,
            "ADDRESS": lambda target: target.address,
            "OPEN": lambda target: str(target.open or ""),
            "DEAD": lambda target: output.bad(str(target.dead or "")),
            "TROUBLE": lambda target: output.bad(target.problem),
        },
    )
    output.line()
    _print_plugins(status)
    requests, counts = status.requests, status.counts
    needed, allowed = number(requests.planned_per_hour), requests.allowed_per_hour
    needed += "" if allowed is None else f" of {number(allowed)}"
    sent = counted(requests.sent, "request", "requests")
    output.line(
        f"{sent} since {output.moment(requests.since, now)}: "
        f"{number(requests.per_hour)} an hour; the watches need {needed}"
    )
    events = counted(counts["events"], "event", "events")
    output.line(f"{events}; deliveries: {delivery_counts(counts)}; {counts['gaps']} missed")
    if counts.get("dead"):
        output.line("To see what is dead: gazelled deliveries --state dead")


def _print_plugins(status: StatusReply) -> None:
    """Print the plugins that failed, missed something, are in trouble or sent requests."""
    requests = {name: used.requests for name, used in status.resources.items()}
    idle = PluginUsage(0, 0, None, None)
    rows = [
        (name, health, requests.get(name, idle))
        for name, health in status.plugins.items()
        if health.failures or health.drops or health.trouble or requests.get(name, idle).calls
    ]
    output.table(
        rows,
        {
            "PLUGIN": lambda row: row[0],
            "FAILURES": lambda row: str(row[1].failures),
            "DROPPED": lambda row: str(row[1].drops),
            "PAUSED": lambda row: "yes" if row[1].resting else "",
            "REQUESTS": lambda row: str(row[2].calls or ""),
            "WAITING": lambda row: str(row[2].waiting or ""),
            "AN HOUR": lambda row: _allowed(row[2]),
            "TROUBLE": lambda row: output.bad(shortened(row[1].trouble, _LONGEST_TROUBLE)),
        },
    )


def _allowed(usage: PluginUsage) -> str:
    """Return how many requests an hour a plugin may send, if it sends any."""
    if not (usage.calls and usage.per_hour):
        return ""
    return f"{number(usage.per_hour)}{'' if usage.share is None else ' of its own'}"


def delivery_counts(counts: Mapping[str, int]) -> str:
    """Return how many deliveries are in which state, those that there are, in one line."""
    always = ("done", "waiting")
    shown = [
        f"{counts.get(state, 0)} {state}"
        for state in (*always, "held", "sending", "failed", "dead")
        if counts.get(state) or state in always
    ]
    return ", ".join(shown)


def print_offline_status(status: OfflineStatus, how_to_start: str) -> None:
    """Print what the last daemon left, and how to start one."""
    now = output.now()
    if status.state:
        output.message("gazelled is not running, and its state can't be used:")
        output.message(output.bad(status.state))
    if status.config:
        count = counted(len(status.config), "error", "errors")
        output.message(f"gazelled is not running, and its config has {count}:")
        for error in status.config[:_FEW]:
            output.message(output.bad(error))
        output.message(f"Fix that first (gazelled check). To start it: {how_to_start}")
    elif not status.state:
        output.message(f"gazelled is not running. To start it: {how_to_start}")
    if status.stopped:
        output.message(f"It stopped until you act: {status.stopped}")
        output.message(
            "Once that is done: gazelled resume (not needed after a change of the config or of a "
            "secret)"
        )
    elif status.held_until:
        output.message(_held(output.moment(status.held_until, now), status.held_because))
    output.table(
        status.last_runs.items(),
        {
            "ASKED": lambda row: row[0],
            "LAST": lambda row: output.moment(row[1], now),
            "TROUBLE": lambda row: output.bad(status.troubles.get(row[0], "")),
        },
    )
    output.table(
        status.targets.items(),
        {"TARGET": lambda row: row[0], "TROUBLE": lambda row: output.bad(row[1])},
    )
    if status.deliveries:
        counts = ", ".join(f"{count} {state}" for state, count in status.deliveries.items())
        output.line(f"deliveries: {counts}; to see them: gazelled deliveries")


def _print_tracker(tracker: TrackerStatus, now: datetime) -> None:
    output.line(f"{tracker.name}  {tracker.url}  {_state(tracker, now)}")
    if tracker.problem:
        output.line(output.bad(tracker.problem))
    if tracker.endpoint:
        output.line(f"its API is at {tracker.endpoint}, not at the endpoint of the config")
    if tracker.held_until:
        why = "" if tracker.held_because == tracker.problem else tracker.held_because
        output.line(_held(output.moment(tracker.held_until, now), why))
    for trouble in tracker.failing:
        since = output.moment(trouble.since, now)
        output.line(f"{trouble.action} has failed since {since}: {trouble.problem}")
    if tracker.shared_since:
        output.line(
            "Another client has been using this account's rate limit since "
            f"{output.moment(tracker.shared_since, now)}: gazelled waits {tracker.slowness} times "
            "as long between its requests."
        )


def _state(tracker: TrackerStatus, now: datetime) -> str:
    match tracker.state:
        case "elsewhere":
            return "on standby: another process uses your account"
        case "stopped":
            return "stopped until you act: gazelled resume"
        case "down":
            return f"hasn't answered since {output.moment(tracker.since, now)}"
    answered = output.moment(tracker.last_answer, now)
    return f"answered {answered}" if answered else "no request sent yet"


def _held(until: str, why: str) -> str:
    return with_reason(f"Nothing is sent until {until}", why, "; to try at once: gazelled resume")


def _age(watch: WatchStatus) -> str:
    """Return how old the last look is that worked, and whether that is worse than foreseen."""
    age = "" if watch.age is None else freshness(watch.age)
    text = ", ".join(part for part in (age, _marked(watch)) if part)
    return output.late(text) if _marked(watch) else text


def _marked(watch: WatchStatus) -> str:
    return "paused" if watch.paused else "late" if watch.late else ""
