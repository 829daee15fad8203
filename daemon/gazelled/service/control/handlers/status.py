"""The control handler of the status: how everything is, beside what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from math import isinf

from gazelled import __version__
from gazelled.delivery import retry
from gazelled.hooks import PluginHealth
from gazelled.model import StreamId
from gazelled.planning.config_plan import learned_plan
from gazelled.planning.plan import Plan
from gazelled.service.app import App
from gazelled.service.control import status_reply
from gazelled.service.control.protocol import StatusRequest
from gazelled.watches.plugins.undecided import failure_of
from gazelled.watches.watch import HOUR, Watch

OPEN_STATES = ("waiting", "held", "sending", "failed")
"""The states of deliveries that are neither done nor dead."""


async def status(app: App, _: StatusRequest) -> AsyncGenerator[status_reply.StatusReply, None]:
    """Return how everything is."""
    last_runs = await app.store.last_runs()
    plan = await learned_plan(app.config, app.store, last_runs, app.clock.now())
    rests = Counter(
        message.delivery.target for message in await app.store.outbox.resting(retry.KILLS_OF_ONE)
    )
    states: Counter[str] = Counter(dict.fromkeys((*OPEN_STATES, "dead"), 0))
    opened: Counter[str] = Counter()
    dead: Counter[str] = Counter()
    for (target, state), count in (await app.store.deliveries.counts()).items():
        states[state] += count
        (dead if state == "dead" else opened)[target] += count
    yield status_reply.StatusReply(
        version=__version__,
        running=app.serving,
        summary=app.redactor.scrub(app.summary()),
        started=app.started,
        tracker=_tracker(app),
        requests=_requests(app, plan),
        watches=tuple(
            [
                row
                for source, watches in app.watcher.sources.items()
                for row in await _watches(app, source, watches, plan, last_runs.get(source))
            ]
        ),
        targets=tuple(
            status_reply.TargetStatus(
                name,
                table.plugin,
                _address(app, name),
                target_problem(app, name, rests[name]),
                rests[name],
                opened[name],
                dead[name],
            )
            for name, table in app.config.targets.items()
        )
        + tuple(
            status_reply.TargetStatus(name, "", "", f"removed; {number} held for it", 0)
            for name, number in (await app.store.outbox.removed_targets()).items()
        ),
        plugins={
            **{name: PluginHealth(left_out=reason) for name, reason in app.left_out().items()},
            **app.bus.health(),
        },
        counts={**await app.store.counts(), **states},
        resources=await app.plugins.resources(),
    )


def _tracker(app: App) -> status_reply.TrackerStatus:
    health, scrub = app.dispatcher.health, app.redactor.scrub
    state = "stopped" if health.stopped else "down" if health.failing_since else "up"
    problem = "" if state == "up" else health.stopped or health.last_failure
    held = None if health.stopped else health.held_until()
    if health.elsewhere:
        state, problem, held = "elsewhere", str(health.elsewhere), None
    page = app.dispatcher.session.api_page
    return status_reply.TrackerStatus(
        name=app.site.name,
        url=app.site.url,
        state=state,
        problem=scrub(problem),
        since=health.failing_since,
        last_answer=health.last_answer,
        shared_since=health.shared_use.since,
        slowness=health.shared_use.slowness,
        waiting=app.dispatcher.waiting,
        held_until=held[0] if held else None,
        held_because=scrub(held[1]) if held else "",
        failing=tuple(
            status_reply.ActionTrouble(action.name, action.since, scrub(action.text), action.tries)
            for action in health.actions.failing
        ),
        endpoint="" if page.site.endpoint == page.configured else page.site.endpoint,
    )


def _requests(app: App, plan: Plan) -> status_reply.RequestFigures:
    hours = max((app.clock.now() - app.started).total_seconds() / HOUR, 1.0)
    sent = app.dispatcher.sent
    allowed = None if isinf(plan.allowed) else plan.allowed
    return status_reply.RequestFigures(sent, app.started, sent / hours, plan.per_hour, allowed)


async def _watches(
    app: App, source: StreamId, watches: Sequence[Watch], plan: Plan, last: datetime | None
) -> list[status_reply.WatchStatus]:
    failing = app.dispatcher.health.actions.of(watches[0].call)
    failure = f"{failing.name}: {failing.text}" if failing else ""
    trouble = app.redactor.scrub(await app.watcher.troubles.of(source) or failure)
    unreadable = [app.redactor.scrub(text) for text in await app.watcher.unreadable.here(source)]
    # Looks after its trouble began saw nothing.
    seen = min(last, await app.watcher.troubles.since(source) or last) if last else None
    age = (app.clock.now() - (seen or app.started)).total_seconds()
    kinds = {
        watch.name: app.redactor.scrub(await app.watcher.troubles.of(failure_of(watch.name)))
        for watch in watches
    }
    planned = [(watch.name, plan.of(watch.name)) for watch in watches]
    return [
        status_reply.WatchStatus(
            name=name,
            asks=source,
            last=last,
            next=app.runs.next_run(source),
            trouble=trouble or kinds[name],
            unreadable=tuple(unreadable),
            fresh_within=group.fresh,
            really_within=None if isinf(group.really) else group.really,
            seen=seen,
            age=age if seen else None,
            late=age > group.really,
            progress=group.progress,
        )
        for name, group in planned
    ]


def _address(app: App, target: str) -> str:
    destination = app.destinations.get(target)
    if destination is None:
        return ""
    files = sorted(destination.context.public.glob(f"{target}.*"))
    return f"{destination.context.address}{files[0].name}" if files else ""


def target_problem(app: App, name: str, resting: int = 0) -> str:
    """Return what is wrong with a target; empty if nothing is known."""
    if name not in app.config.targets:
        return "it is not in the config any more"
    if name not in app.destinations:
        return "waiting, since its plugin can't be used: gazelled check"
    row = app.deliverer.health.get(name)
    if resting or (row and row.rests):
        what = "all messages are paused" if row and row.rests else f"{resting} paused"
        return f"{what}: gazelled was killed while sending; gazelled resume retries"
    if row is None:
        publishes = app.destinations[name].options.publishes
        return app.web.problem if publishes and app.web else ""
    return app.redactor.scrub(row.error)
