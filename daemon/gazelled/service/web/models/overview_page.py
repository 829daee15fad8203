"""The first page: whether all is well, and what everything is doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gazelled.model import Lane
from gazelled.service.control.plugin_overview import PluginInfo
from gazelled.service.control.plugin_requests import PluginsRequest
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.control.status_reply import (
    RequestFigures,
    TargetStatus,
    TrackerStatus,
    WatchStatus,
)
from gazelled.service.health_report import health_report
from gazelled.service.monitoring.health_problem import HealthProblem
from gazelled.service.monitoring.request_use import HourOfRequests
from gazelled.service.web.models.account_figures import AccountFigures, account_figures
from gazelled.service.web.models.missed import MissedRange, missed_ranges
from gazelled.service.web.models.replies import reply_to, whole_number
from gazelled.service.web.web_page import PageRequest
from gazelled.store import WatchFindings

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

WATCHES_A_PAGE = 25
MOST_QUEUED = 20

LANES = {
    Lane.PERSON: "a person",
    Lane.WATCH: "a watch",
    Lane.PLUGIN: "a plugin",
    Lane.CATCH_UP: "catching up",
}


@dataclass(frozen=True, slots=True)
class WatchRow:
    """
    A watch in the list of all.

    Attributes:
        status: How it is.
        about: What it is for, in its owner's words.
        events: How many of its events are stored, without the first look; the newest one has
            `newest_key`.

    """

    status: WatchStatus
    about: str
    events: int
    newest_key: str
    newest_title: str
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """
    A request that waits or is under way.

    Attributes:
        request: The action with its parameters; of a change only the action.
        asked_by: Who asked for it: a person, a watch, a plugin, or catching up.
        expected: When it is expected to be sent; None once it is.
        tries: How often it failed.

    """

    request: str
    asked_by: str
    expected: datetime | None
    tries: int


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """
    The first page.

    Attributes:
        state: `ok`, `degraded` or `failing`.
        problems: What is wrong, the worst first.
        watches: Those on this page: the ones in trouble first, then as in the config.
        matching: How many fit `find`, of `total`.
        queue: The first requests of the queue, of `queued`.
        hours: The requests of each hour of the last day; the last hour isn't over.
        plugins: Those that are left out, rest, or may not send more requests for now.

    """

    now: datetime
    state: str
    problems: tuple[HealthProblem, ...]
    summary: str
    version: str
    started: datetime
    tracker: TrackerStatus
    requests: RequestFigures
    limit_per_hour: float | None
    hours: tuple[HourOfRequests, ...]
    queue: tuple[QueuedRequest, ...]
    queued: int
    watches: tuple[WatchRow, ...]
    matching: int
    total: int
    find: str
    number: int
    numbers: int
    targets: tuple[TargetStatus, ...]
    plugins: tuple[PluginInfo, ...]
    missed: tuple[MissedRange, ...]
    account: AccountFigures


async def overview(app: App, request: PageRequest) -> OverviewPage:
    """Return the first page; `find` chooses watches by a part of their name."""
    status = await reply_to(app, StatusRequest())
    report = await health_report(app)
    plugins = await reply_to(app, PluginsRequest())
    find = request.query.get("find", "").strip()
    chosen = _in_order([row for row in status.watches if find.casefold() in row.name.casefold()])
    numbers = max(1, -(-len(chosen) // WATCHES_A_PAGE))
    number = min(max(1, whole_number(request.query.get("page", ""))), numbers)
    shown = chosen[(number - 1) * WATCHES_A_PAGE : number * WATCHES_A_PAGE]
    queue = queued_requests(app)
    limit = app.config.tracker.effective
    return OverviewPage(
        now=app.clock.now(),
        state=report.state,
        problems=report.problems,
        summary=status.summary,
        version=status.version,
        started=status.started,
        tracker=status.tracker,
        requests=status.requests,
        limit_per_hour=limit.requests * 3600 / limit.per if limit.per else None,
        hours=app.request_use.last_day(),
        queue=queue[:MOST_QUEUED],
        queued=len(queue),
        watches=await _rows(app, shown),
        matching=len(chosen),
        total=len(status.watches),
        find=find,
        number=number,
        numbers=numbers,
        targets=status.targets,
        plugins=tuple(filter(_is_in_trouble, plugins.plugins)),
        missed=await missed_ranges(app),
        account=await account_figures(app),
    )


def queued_requests(app: App) -> tuple[QueuedRequest, ...]:
    """Return the requests under way and those that wait, in the order in which they are due."""
    now, scrub = app.clock.now(), app.redactor.scrub
    return tuple(
        QueuedRequest(
            scrub(queued.call.action if queued.call.writes else str(queued.call)),
            LANES[queued.lane],
            now + timedelta(seconds=queued.seconds) if queued.seconds else None,
            queued.tries,
        )
        for queued in app.dispatcher.expected_calls()
    )


def is_unwell(watch: WatchStatus) -> bool:
    """Return whether something is wrong with a watch."""
    return watch.late or bool(watch.trouble) or bool(watch.unreadable)


def _in_order(watches: Sequence[WatchStatus]) -> list[WatchStatus]:
    return sorted(watches, key=lambda watch: not is_unwell(watch))


async def _rows(app: App, watches: Sequence[WatchStatus]) -> tuple[WatchRow, ...]:
    findings = await app.store.archive.findings([watch.name for watch in watches])
    none = WatchFindings()
    rows = []
    for watch in watches:
        finding = findings.get(watch.name, none)
        configured = app.config.watches.get(watch.name)
        rows.append(
            WatchRow(
                watch,
                configured.about if configured else "",
                finding.count,
                finding.key,
                app.redactor.scrub_foreign(finding.title),
                finding.at,
            )
        )
    return tuple(rows)


def _is_in_trouble(plugin: PluginInfo) -> bool:
    requests = plugin.resources.requests if plugin.resources else None
    over_budget = requests is not None and requests.waiting > 0
    return plugin.state in {"left out", "resting"} or over_budget
