"""How each watch is: when it looked, what is wrong with it, and what was promised beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isinf

from gazelled.model import StreamId
from gazelled.planning.plan import Plan, Planned
from gazelled.service.app import App
from gazelled.service.control.status_reply import WatchStatus
from gazelled.watches.plugins.undecided import failure_of
from gazelled.watches.source_failures import SourceFailure
from gazelled.watches.watch import Watch

A_MOMENT = 60.0
"""By so many seconds more than foreseen a look may be old: it takes a while until it has ended."""


async def watch_states(
    app: App, plan: Plan, last_runs: Mapping[str, datetime]
) -> tuple[WatchStatus, ...]:
    """
    Return how each watch is, in the order of their sources.

    Args:
        app: The daemon.
        plan: What the watches cost, and how fresh they are.
        last_runs: When each source was asked last.

    """
    failures = await app.watcher.troubles.failing()
    planned = {watch: group for group in plan.planned for watch in group.watches}
    unreadable = {
        source: await app.watcher.unreadable.here(source) for source in app.watcher.sources
    }
    return tuple(
        row
        for source, watches in app.watcher.sources.items()
        for row in _states(
            app,
            source,
            watches,
            planned,
            last=last_runs.get(source),
            failures=failures,
            unreadable=unreadable[source],
        )
    )


def _states(
    app: App,
    source: StreamId,
    watches: Sequence[Watch],
    planned: Mapping[str, Planned],
    *,
    last: datetime | None,
    failures: Mapping[str, SourceFailure],
    unreadable: Sequence[str],
) -> list[WatchStatus]:
    scrub = app.redactor.scrub
    action = app.dispatcher.health.actions.of(watches[0].call)
    failure = failures.get(source)
    trouble = failure.text if failure else f"{action.name}: {action.text}" if action else ""
    # Looks after its trouble began saw nothing.
    seen = min(last, failure.since) if last and failure else last
    age = (app.clock.now() - (seen or app.started)).total_seconds()
    next_run = app.runs.next_run(source)
    return [
        WatchStatus(
            name=name,
            asks=source,
            last=last,
            next=None if app.wiring.paused.is_paused(name) else next_run,
            trouble=scrub(trouble or _of_kind(failures, name)),
            unreadable=tuple(map(scrub, unreadable)),
            fresh_within=group.fresh,
            really_within=None if isinf(group.really) else group.really,
            seen=seen,
            age=age if seen else None,
            late=age > group.really + A_MOMENT and not app.wiring.paused.is_paused(name),
            progress=group.progress,
            paused=app.wiring.paused.since(name),
        )
        for name, group in ((watch.name, planned[watch.name]) for watch in watches)
    ]


def _of_kind(failures: Mapping[str, SourceFailure], watch: str) -> str:
    failure = failures.get(failure_of(watch))
    return failure.text if failure else ""
