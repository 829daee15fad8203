"""Whether all is well: one report, which everything that shows the daemon's health reads."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import RequestRefused, TrackerUnavailable
from gazelled.service.app import App
from gazelled.service.control.status_reply import WatchStatus
from gazelled.service.health_report import HealthProblem, HealthReport, health_report
from gazelled.service.monitoring.watch_problems import watch_problems
from gazelled.testing import Fault
from gazelled.watches.events import notice_event
from gazelled.watches.source_failures import SourceFailure

if TYPE_CHECKING:
    from .conftest import House

WARNING = HealthProblem("web", "x", None, "warning")
ERROR = HealthProblem("tracker", "y", None, "error")


@pytest.fixture(autouse=True)
def rarely(house: House) -> None:
    """Let no watch be late on a slow machine: a quarter of an hour is half a second there."""
    house.watches = house.watches.replace("15m", "7d")


async def subjects(app: App) -> list[str]:
    """Return what has a problem."""
    return [problem.subject for problem in (await health_report(app)).problems]


async def test_nothing_is_wrong_with_a_new_daemon(house: House) -> None:
    """No watch has looked yet, and none could have been expected to."""
    async with house.opened() as app:
        report = await health_report(app)
    assert (report.state, report.problems) == ("ok", ())


@pytest.mark.parametrize(
    ("problems", "state"),
    [([], "ok"), ([WARNING], "degraded"), ([WARNING, ERROR], "failing")],
)
def test_the_worst_problem_decides_and_stands_first(
    problems: list[HealthProblem], state: str
) -> None:
    """A warning means degraded, an error failing."""
    report = HealthReport.of(problems)
    assert report.state == state
    assert report.problems == tuple(reversed(problems))


async def test_a_watch_that_is_refused_is_a_warning_with_its_since(house: House) -> None:
    """The tracker itself answers."""
    async with house.opened() as app:
        house.sim.fail(Fault.STATUS_ERROR)
        with pytest.raises(RequestRefused):
            await app.run_watch("yeast")
        report = await health_report(app)
    (problem,) = report.problems
    assert (problem.subject, problem.severity, report.state) == (
        "watch yeast",
        "warning",
        "degraded",
    )
    assert problem.since is not None


def test_watches_that_fail_together_are_one_problem() -> None:
    """They have a source in common; so are the late by the oldest look. The paused are the last."""
    at, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    states = [
        WatchStatus(
            name=f"w{number}",
            asks="search" if number % 2 else "news",
            last=at,
            next=later,
            trouble="502 Bad Gateway" if number % 2 else "",
            unreadable=(),
            fresh_within=60.0,
            really_within=60.0,
            seen=at if number == 8 else later,
            age=7200.0 if number == 8 else 3600.0,
            late=number in {2, 8},
            paused={0: later, 4: at, 6: later}.get(number),
        )
        for number in range(20)
    ]
    failures = {"search": SourceFailure("x", "502 Bad Gateway", at)}
    found = watch_problems(states, failures, tracker_answers=True)
    assert [(problem.subject, problem.since) for problem in found] == [
        ("watches w1, w3, w5, w7 and 6 more", at),
        ("watches w8 and w2", at),
        ("watches w0, w4 and w6", at),
    ]
    assert found[1].text == "late: last look 2h ago, promised within 60s"
    assert [problem.advice for problem in found] == [
        "gazelled watch show w1",
        "",
        "gazelled watch resume w0",
    ]


async def test_a_late_watch_is_a_warning(house: House) -> None:
    """More time has passed than was promised."""
    async with house.opened() as app:
        app.started -= timedelta(days=8)
        (problem,) = (await health_report(app)).problems
        assert problem.subject == "watch yeast"
        assert problem.text.startswith("late: no look yet, promised within ")


@pytest.mark.parametrize(("seconds", "late"), [(30, False), (90, True)])
async def test_a_watch_is_called_late_where_that_is_a_problem(
    house: House, monkeypatch: pytest.MonkeyPatch, seconds: int, *, late: bool
) -> None:
    """A look takes a while: for a moment after its time nothing is wrong, wherever it is shown."""
    async with house.opened() as app:
        (watch,) = (await house.status())["watches"]
        then = app.started + timedelta(seconds=watch["really_within"] + seconds)
        monkeypatch.setattr(app.clock, "now", lambda: then)
        found = await house.status()
        assert found["watches"][0]["late"] is late
        assert found["state"] == ("degraded" if late else "ok")


async def test_a_stopped_tracker_is_an_error_that_explains_the_late_watches(house: House) -> None:
    """What follows from it isn't listed beside it."""
    async with house.opened() as app:
        app.started -= timedelta(hours=1)
        app.dispatcher.health.stopped = "the token was revoked"
        report = await health_report(app)
    assert [problem.subject for problem in report.problems] == ["tracker"]
    assert report.state == "failing"
    assert report.problems[0].advice == "gazelled resume"


async def test_standby_is_an_error(house: House) -> None:
    """This daemon sends nothing."""
    async with house.opened() as app:
        app.dispatcher.stand_by(TrackerUnavailable("another process has it"))
        report = await health_report(app)
    assert report.state == "failing"
    assert "another process has it" in report.problems[0].text


async def test_a_failing_target_is_a_problem_once_it_is_no_blip(house: House) -> None:
    """One failure says nothing; those after which people are notified do."""
    house.mood("later")
    async with house.running() as app:
        await house.until(lambda: any(row.told for row in app.deliverer.health.values()))
        (problem,) = (await health_report(app)).problems
        assert (problem.subject, problem.text) == ("target moody", "not today")
        assert problem.since == app.deliverer.health["moody"].since
        assert problem.advice == "gazelled target test moody"


async def test_a_message_that_waits_for_an_hour_is_late(house: House) -> None:
    """Even where nothing is known to be wrong with its target."""
    async with house.opened() as app:
        long_ago = app.clock.now() - timedelta(hours=2)
        await app.store.outbox.add(notice_event("x", "x", "x", "", long_ago), ["journal"])
        (problem,) = (await health_report(app)).problems
        assert (problem.subject, problem.since) == ("target journal", long_ago)


async def test_a_changed_config_on_disk_is_a_problem_until_it_is_used(house: House) -> None:
    """An older time counts as a change as well; one that isn't TOML is named with its line."""
    async with house.opened() as app:
        file = app.config.file
        os.utime(file, (1, 1))
        assert "newer" in (await health_report(app)).problems[0].text
        file.write_text("[tracker\n")
        (problem,) = (await health_report(app)).problems
        assert "has an error: " in problem.text
        assert "config.toml:1" in problem.text
    async with house.opened() as app:
        assert await subjects(app) == []


async def test_what_was_missed_is_a_problem_for_a_day(house: House) -> None:
    """Later it is history."""
    async with house.opened() as app:
        for hours in (1, 30):
            at = app.clock.now() - timedelta(hours=hours)
            notice = notice_event("missed-browse-7", "yeast: something was missed", "y", "", at)
            await app.store.outbox.add(notice, [])
        (problem,) = (await health_report(app)).problems
        assert (problem.subject, problem.text) == ("gaps", "yeast: something was missed")


async def test_more_than_the_share_is_a_problem(house: House) -> None:
    """The watches need more requests than they may send."""
    house.watches = house.watches.replace("7d", "15m")
    house.auth += "\nshare = 0.005"
    async with house.opened() as app:
        assert await subjects(app) == ["limit"]


async def test_a_plugin_that_is_left_out_is_a_problem(house: House) -> None:
    """Its target can't be used, and says so, too."""
    async with house.opened() as app:
        app.plugin_guard.exclude("moody", "it held the event loop")
        assert await subjects(app) == ["plugin moody"]


async def test_no_secret_is_in_a_report(house: House) -> None:
    """The words of the tracker may hold one."""
    async with house.opened() as app:
        token = house.environ["TOKEN"]
        app.dispatcher.health.stopped = f"{token} was revoked"
        (problem,) = (await health_report(app)).problems
        assert token not in problem.text


SICK = """
from gazelled.plugin import *

calls = []

@hookimpl
async def gazelled_health_checks(at):
    calls.append(at)
    return [HealthFinding("its line is down", "look at it", at)]

@hookimpl
async def gazelled_metrics():
    return [Metric("lines", len(calls), "Its lines.", "counter", {"what": "all"})]
"""


async def test_what_plugins_say_is_part_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute long they aren't asked again, and their failure is a problem of its own."""
    (house.home / "plugins" / "sick.py").write_text(SICK)
    (house.home / "plugins" / "broken.py").write_text(SICK.replace("calls.append(at)", "1 / 0"))
    house.more = '[plugin.sick]\nfile = "sick.py"\n[plugin.broken]\nfile = "broken.py"\n'
    async with house.opened() as app:
        then = app.clock.monotonic()
        with monkeypatch.context() as stopped:
            stopped.setattr(app.clock, "monotonic", lambda: then)
            first = await health_report(app)
            again = await health_report(app)
        metrics = await app.bus.awaited.metrics("sick", app.clock.now())
    assert first.problems == again.problems
    assert first.state == "degraded"
    sick, broken = first.problems
    assert (sick.subject, sick.text, sick.advice) == (
        "plugin sick",
        "its line is down",
        "look at it",
    )
    assert sick.since is not None
    assert "ZeroDivisionError" in broken.text
    assert [metric.value for metric in metrics] == [1]
