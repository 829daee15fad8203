"""The control handler of the status: how everything is, and what was promised beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from math import isinf

from gazelled import __version__
from gazelled.delivery import retry
from gazelled.planning.plan import Plan, Planned
from gazelled.planning.planner import Past, make_plan
from gazelled.service.app import App

_HOUR = 3600.0


async def status(
    app: App, given: Mapping[str, object]
) -> AsyncGenerator[Mapping[str, object], None]:
    """Tell how everything is."""
    del given
    last_runs = await app.store.last_runs()
    plan = await _plan(app, last_runs)
    rests = Counter(
        each.delivery.target for each in await app.store.outbox.resting(retry.KILLS_OF_ONE)
    )
    yield {
        "version": __version__,
        "running": app.serving,
        "summary": app.redactor.scrub(app.summary()),
        "started": iso(app.started),
        "tracker": _tracker(app),
        "requests": _requests(app, plan),
        "watches": [each async for each in _watches(app, plan, last_runs)],
        "targets": [
            {
                "name": name,
                "plugin": table.plugin,
                "address": _address(app, name),
                "problem": _problem(app, name, rests[name]),
                "resting": rests[name],
            }
            for name, table in app.config.targets.items()
        ],
        "plugins": {
            name: {"failures": each.failures, "drops": each.drops, "resting": each.resting}
            for name, each in app.bus.health().items()
        },
        "counts": dict(await app.store.counts()),
    }


def iso(moment: datetime | None) -> str | None:
    """Write a time as data."""
    return None if moment is None else moment.isoformat(timespec="seconds")


async def _plan(app: App, last_runs: Mapping[str, datetime]) -> Plan:
    """Make the plan again, with what the runs up to now taught."""
    sources = app.watcher.sources
    keys = [f"{what}:{source}" for source in sources for what in ("pages", "details", "named")]
    kept = {key: await app.store.get_kv(key) or "" for key in keys}
    watches = [watch for each in sources.values() for watch in each]
    schedules = {name: watch.schedules for name, watch in app.config.watches.items()}
    past = Past.read(last_runs, kept)
    return make_plan(app.config.tracker, watches, schedules, past, _now(app))


def _tracker(app: App) -> Mapping[str, object]:
    health = app.dispatcher.health
    state = "stopped" if health.stopped else "down" if health.failing_since else "up"
    problem = "" if state == "up" else health.stopped or health.last_failure
    held = None if health.stopped else health.held_until()
    if health.elsewhere:
        state, problem, held = "elsewhere", str(health.elsewhere), None
    return {
        "name": app.site.name,
        "url": app.site.url,
        "state": state,
        "problem": app.redactor.scrub(problem),
        "since": iso(health.failing_since),
        "last_answer": iso(health.last_answer),
        "shared_since": iso(health.budget.since),
        "slowness": health.budget.slowness,
        "waiting": app.dispatcher.waiting,
        "held_until": iso(held[0]) if held else None,
        "held_because": app.redactor.scrub(held[1]) if held else "",
        "failing": [
            {
                "action": each.name,
                "since": iso(each.since),
                "problem": app.redactor.scrub(each.text),
                "tries": each.tries,
            }
            for each in health.actions.failing
        ],
    }


def _requests(app: App, plan: Plan) -> Mapping[str, object]:
    """Tell what was really sent, whoever asked, beside what the watches were planned to need."""
    hours = max((_now(app) - app.started).total_seconds() / _HOUR, 1.0)
    return {
        "sent": app.dispatcher.sent,
        "since": iso(app.started),
        "per_hour": app.dispatcher.sent / hours,
        "planned_per_hour": plan.per_hour,
        "allowed_per_hour": None if isinf(plan.allowed) else plan.allowed,
    }


async def _watches(
    app: App, plan: Plan, last_runs: Mapping[str, datetime]
) -> AsyncGenerator[Mapping[str, object], None]:
    for source, watches in app.watcher.sources.items():
        failing = app.dispatcher.health.actions.of(watches[0].call)
        own = f"{failing.name}: {failing.text}" if failing else ""
        trouble = app.redactor.scrub(await app.watcher.troubles.of(source) or own)
        unreadable = [
            app.redactor.scrub(each) for each in await app.watcher.unreadable.here(source)
        ]
        last = last_runs.get(source)
        # After its trouble began it was asked in vain.
        seen = min(last, await app.watcher.troubles.since(source) or last) if last else None
        for watch in watches:
            yield {
                "name": watch.name,
                "asks": source,
                "last": iso(last),
                "next": iso(app.next_run(source)),
                "trouble": trouble,
                "unreadable": unreadable,
                **_promise(app, plan.of(watch.name), seen),
            }


def _promise(app: App, planned: Planned, seen: datetime | None) -> Mapping[str, object]:
    """Tell what was promised, and what is so."""
    age = (_now(app) - (seen or app.started)).total_seconds()
    return {
        "fresh_within": planned.fresh,
        "really_within": None if isinf(planned.really) else planned.really,
        "seen": iso(seen),
        "age": age if seen else None,
        "late": age > planned.really,
    }


def _address(app: App, target: str) -> str:
    destination = app.destinations.get(target)
    if destination is None:
        return ""
    files = sorted(destination.context.public.glob(f"{target}.*"))
    return f"{destination.context.address}{files[0].name}" if files else ""


def _problem(app: App, name: str, resting: int) -> str:
    if name not in app.destinations:
        return "waits, since its plugin can't be used: gazelled check"
    row = app.deliverer.health.get(name)
    if resting or (row and row.rests):
        what = "everything rests" if row and row.rests else f"{resting} rest"
        return f"{what}: gazelled was killed while sending; gazelled resume tries again"
    if row is None:
        publishes = app.destinations[name].options.publishes
        return app.web.problem if publishes and app.web else ""
    return app.redactor.scrub(row.error)


def _now(app: App) -> datetime:
    return app.clock.now()
