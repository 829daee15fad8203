"""The metrics of a daemon, read when somebody asks for them; docs/metrics.md has them all."""

from __future__ import annotations

import math
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)

from gazelled import __version__
from gazelled.plugin import Metric as PluginMetric
from gazelled.service.app import App
from gazelled.service.health_report import CurrentHealth, examine
from gazelled.service.monitoring.counters import Histogram
from gazelled.service.monitoring.plugin_says import plugin_metrics
from gazelled.service.monitoring.tracker_problems import tracker_state
from gazelled.store.opening import NAME
from gazelled.watches.watch import HOUR

if TYPE_CHECKING:
    from datetime import datetime

    from prometheus_client.metrics_core import Metric

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")

Labels = TypeVar("Labels", bound=tuple[str, ...])

_HEALTH = ("ok", "degraded", "failing")
_TRACKER = ("up", "down", "stopped", "elsewhere")


async def metric_families(app: App) -> list[Metric]:
    """Return all metrics of a daemon and their values now."""
    examination = await examine(app)
    of_plugins = await plugin_metrics(app)  # first, since their failures are counted
    own = [
        *_of_daemon(app, examination),
        *await _of_state(app),
        *_of_tracker(app),
        *_of_requests(app, examination),
        *_of_watches(app, examination),
        *await _of_deliveries(app),
        *_of_plugins(app),
    ]
    # Of several with one name the first is shown: a scraper drops everything otherwise.
    families = {family.name: family for family in own}
    for name, metrics in of_plugins.items():
        for family in _brought(name, metrics):
            families.setdefault(family.name, family)
    return [*families.values()]


def _gauge(
    name: str, about: str, labels: Iterable[str], values: Mapping[Labels, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"gazelled_{name}", about, labels=[*labels])
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def _number(name: str, about: str, value: float) -> GaugeMetricFamily:
    return _gauge(name, about, (), {(): value})


def _counter(
    name: str, about: str, labels: Iterable[str], values: Mapping[Labels, float]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"gazelled_{name}", about, labels=[*labels])
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def _histogram(
    name: str, about: str, labels: Iterable[str], values: Mapping[Labels, Histogram]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"gazelled_{name}", about, labels=[*labels])
    for label_values, histogram in values.items():
        bounds = [*map(str, histogram.bounds), "+Inf"]
        buckets = [*zip(bounds, accumulate(histogram.counts), strict=True)]
        family.add_metric(label_values, buckets, histogram.total)
    return family


def _one_of(name: str, about: str, label: str, states: Iterable[str], now: str) -> Metric:
    return _gauge(name, about, (label,), {(state,): float(state == now) for state in states})


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment else math.nan


def _of_daemon(app: App, examination: CurrentHealth) -> Iterator[Metric]:
    report = examination.report
    version = {(__version__, platform.python_version()): 1.0}
    yield _gauge("build_info", "The version that runs.", ("version", "python"), version)
    yield _number("start_time_seconds", "When the daemon started.", _time(app.started))
    yield _one_of("health", "Whether all is well.", "state", _HEALTH, report.state)
    severities = [problem.severity for problem in report.problems]
    numbers = {(name,): float(severities.count(name)) for name in ("warning", "error")}
    yield _gauge("problems", "What is wrong now, by severity.", ("severity",), numbers)
    reloads = {(outcome,): number for outcome, number in app.happenings.counters.reloads.items()}
    yield _counter("reloads", "Reloads of the config.", ("outcome",), reloads)


async def _of_state(app: App) -> Iterator[Metric]:
    path = app.folder / NAME
    sizes = {
        (kind,): float(file.stat().st_size)
        for kind, file in (("database", path), ("log", path.with_name(f"{NAME}-wal")))
        if file.exists()
    }
    gaps, holes = await app.store.streams.gap_count(), await app.store.streams.holes()
    missing = sum(hole.high - hole.low - 1 for several in holes.values() for hole in several)
    return iter(
        [
            _gauge("state_bytes", "The size of the state.", ("file",), sizes),
            _number("gaps", "Stretches of streams that could not be read.", gaps),
            _number("catch_up_ids", "Ids that are still to be requested one by one.", missing),
        ]
    )


def _of_tracker(app: App) -> Iterator[Metric]:
    health = app.dispatcher.health
    state = tracker_state(health)
    yield _one_of("tracker_state", "The state of the tracker.", "state", _TRACKER, state)
    last = _time(health.last_answer)
    yield _number("tracker_last_answer_timestamp_seconds", "When it answered last.", last)
    failing = {(action.name,): 1.0 for action in health.actions.failing}
    yield _gauge("action_failing", "Actions that fail.", ("action",), failing)
    slowness = health.shared_use.slowness
    yield _number("limit_slowness_ratio", "How many times longer gazelled waits.", slowness)


def _of_requests(app: App, examination: CurrentHealth) -> Iterator[Metric]:
    counters, plan = app.happenings.counters, examination.plan
    about = "Requests to the tracker, by action and outcome."
    yield _counter("requests", about, ("action", "outcome"), counters.requests)
    about = "Everything that was sent to the tracker: requests, log-ins, redirects, re-sends."
    yield _counter("http_requests", about, (), {(): app.dispatcher.sent})
    about = "How long requests waited for their slot."
    waits = {(lane.name.lower(),): histogram for lane, histogram in counters.waits.items()}
    yield _histogram("request_wait_seconds", about, ("lane",), waits)
    about = "From the instant the limit allowed a request to its sending; never negative."
    yield _histogram("request_limit_gap_seconds", about, (), {(): counters.gaps})
    waiting = app.dispatcher.waiting_by_lane
    lanes = {(lane.name.lower(),): float(number) for lane, number in waiting.items()}
    yield _gauge("queue_requests", "Requests that wait, by lane.", ("lane",), lanes)
    about = "Requests a second that the watches may send; +Inf without a limit."
    yield _number("requests_allowed_per_second", about, plan.allowed / HOUR)
    about = "Requests a second that the watches need."
    yield _number("requests_planned_per_second", about, plan.per_hour / HOUR)


def _of_watches(app: App, examination: CurrentHealth) -> Iterator[Metric]:
    watches = examination.watches
    since_start = (app.clock.now() - app.started).total_seconds()
    ages = {(watch.name,): since_start if watch.age is None else watch.age for watch in watches}
    about = "How old the last look is that worked; since the start if there was none."
    yield _gauge("watch_freshness_seconds", about, ("watch",), ages)
    promises = {
        (watch.name,): math.inf if watch.really_within is None else watch.really_within
        for watch in watches
    }
    about = "How old it may be, as the schedule and the limit promise."
    yield _gauge("watch_promise_seconds", about, ("watch",), promises)
    failing = {(watch.name,): float(bool(watch.trouble)) for watch in watches}
    yield _gauge("watch_failing", "Whether a watch can't look.", ("watch",), failing)
    events = app.happenings.counters.events
    yield _counter("events", "Events, by watch and kind.", ("watch", "kind"), events)


async def _of_deliveries(app: App) -> list[Metric]:
    counts = dict.fromkeys(
        ((name, state) for name in app.config.targets for state in ("waiting", "dead")), 0.0
    )
    counts |= await app.store.deliveries.counts()
    oldest, now = await app.store.deliveries.oldest_open(), app.clock.now()
    ages = {
        (name,): (now - oldest[name]).total_seconds() if name in oldest else 0.0
        for name in app.config.targets
    }
    failing = {(name,): float(name in app.deliverer.health) for name in app.config.targets}
    about = "Deliveries that are open or dead, by target and state."
    old = "How old the oldest event is that waits for a target and isn't held on purpose."
    attempts = app.happenings.counters.attempts
    return [
        _gauge("deliveries", about, ("target", "state"), counts),
        _gauge("delivery_oldest_seconds", old, ("target",), ages),
        _gauge("target_failing", "Whether the last try failed.", ("target",), failing),
        _counter("delivery_attempts", "Attempts.", ("target", "outcome"), attempts),
    ]


def _of_plugins(app: App) -> Iterator[Metric]:
    health = app.bus.health()
    about = "Calls of plugins, and how long they took."
    calls = SummaryMetricFamily("gazelled_plugin_call_seconds", about, labels=["plugin"])
    for name, plugin in health.items():
        calls.add_metric((name,), plugin.calls, plugin.seconds)
    yield calls
    failures = {(name,): float(plugin.failures) for name, plugin in health.items()}
    yield _counter("plugin_failures", "Calls of plugins that failed.", ("plugin",), failures)
    drops = {(name,): float(plugin.drops) for name, plugin in health.items()}
    yield _counter("plugin_drops", "What plugins were not shown.", ("plugin",), drops)
    used = {
        (name,): float(not (plugin.resting or plugin.left_out)) for name, plugin in health.items()
    }
    used |= {(name,): 0.0 for name in app.left_out()}
    yield _gauge(
        "plugin_up", "Whether a plugin is used: not paused, not left out.", ("plugin",), used
    )
    usage = app.plugins.budgets.usage()
    sent = {(name,): float(one.calls) for name, one in usage.items()}
    yield _counter("plugin_requests", "Requests of plugins to the tracker.", ("plugin",), sent)
    waiting = {(name,): float(one.waiting) for name, one in usage.items()}
    about = "Requests of plugins that wait for their budget."
    yield _gauge("plugin_queue_requests", about, ("plugin",), waiting)


def _brought(plugin: str, metrics: Sequence[PluginMetric]) -> Iterator[Metric]:
    """Return the metrics that a plugin brings, which are its own by their names."""
    families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for metric in metrics:
        if metric.name not in families:
            kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            name = f"gazelled_plugin_{_NOT_IN_NAMES.sub('_', plugin)}_{metric.name}"
            families[metric.name] = kind(name, metric.help, labels=[*metric.labels])
        families[metric.name].add_metric([*metric.labels.values()], metric.value)
    yield from families.values()
