"""What is wrong with watches: those that fail, are late, rest, or have missed something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gazelled.model import Event
from gazelled.planning.plan import freshness, name_watches
from gazelled.service.control.status_reply import WatchStatus
from gazelled.service.monitoring.health_problem import HealthProblem
from gazelled.watches.source_failures import SourceFailure

GAPS_SHOWN = timedelta(days=1)
"""For so long a gap is a problem; after that it is history, which `status` counts."""

GAPS = ("missed-", "unlisted-")
"""How the topics of notices begin that report a gap."""


class _Trouble(NamedTuple):
    """What is wrong with a watch; several that have a source in common have that in common, too."""

    text: str
    since: datetime | None
    command: str


def watch_problems(
    states: Iterable[WatchStatus],
    failures: Mapping[str, SourceFailure],
    *,
    tracker_answers: bool,
) -> list[HealthProblem]:
    """
    Return what is wrong with watches; what is so for several at once is one problem.

    So are those that are late, and, as the last, those that a person has paused: since the first of
    them.

    Args:
        states: How each watch is.
        failures: What is wrong with sources, by their names.
        tracker_answers: Whether requests are sent and answered; otherwise that all watches are
            late follows from it, and is no problem of theirs.

    """
    groups: dict[_Trouble, list[str]] = {}
    late: list[WatchStatus] = []
    paused: dict[str, datetime] = {}
    for watch in states:
        failure = failures.get(watch.asks)
        if watch.paused:
            paused[watch.name] = watch.paused
            continue
        if watch.trouble and (failure or tracker_answers):
            trouble = _Trouble(watch.trouble, failure.since if failure else None, "show")
            groups.setdefault(trouble, []).append(watch.name)
        elif watch.late and tracker_answers:
            late.append(watch)
    if late:
        late.sort(key=_looked)
        groups[_lateness(late[0])] = [watch.name for watch in late]
    if paused:
        groups[_Trouble("paused", min(paused.values()), "resume")] = [*paused]
    return [_problem(trouble, names) for trouble, names in groups.items()]


def _looked(watch: WatchStatus) -> datetime:
    """Return when a watch looked last; one that never did comes first."""
    return watch.seen or datetime.min.replace(tzinfo=UTC)


def _lateness(watch: WatchStatus) -> _Trouble:
    """Return how late the watch is that has looked least recently."""
    looked = "no look yet" if watch.age is None else f"last look {freshness(watch.age)} ago"
    promised = freshness(watch.really_within or watch.fresh_within)
    return _Trouble(f"late: {looked}, promised within {promised}", watch.seen, "")


def _problem(trouble: _Trouble, names: Sequence[str]) -> HealthProblem:
    watches = f"{'watches' if len(names) > 1 else 'watch'} {name_watches(names)}"
    advice = f"gazelled watch {trouble.command} {names[0]}" if trouble.command else ""
    return HealthProblem(watches, trouble.text, trouble.since, "warning", advice)


def gap_problems(events: Iterable[Event]) -> list[HealthProblem]:
    """Return what was missed, by the notices of the last day about it."""
    return [HealthProblem("gaps", event.title, event.at, "warning", event.text) for event in events]
