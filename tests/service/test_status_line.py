"""The line of the daemon in `systemctl status`: renewed by what happens, with what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gazelled.errors import StateError
from gazelled.service.monitoring.health_problem import HealthProblem, HealthReport
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.service.systemd.status_line import keep_status_line
from gazelled.service.web.live.changes import TIME, Changes
from gazelled.testing import Fault

if TYPE_CHECKING:
    from .conftest import House


class Manager(Notifier):
    """A service manager that keeps the lines, and doesn't watch the daemon."""

    def __init__(self) -> None:
        super().__init__({"NOTIFY_SOCKET": "/nowhere"})
        self.lines: list[str] = []
        self._heard = asyncio.Event()

    def status(self, text: str) -> None:
        self.lines.append(text)
        self._heard.set()

    async def heard(self) -> None:
        """Wait for a line."""
        await self._heard.wait()
        self._heard.clear()


async def test_it_follows_the_tracker_and_the_deliveries(house: House) -> None:
    """Each is there before the next sign of life to the watchdog, which is a minute away."""
    manager = Manager()
    async with house.running(manager) as app:
        await house.until(lambda: any("answered" in line for line in manager.lines))
        await house.until(lambda: "; next yeast" in manager.lines[-1])
        before = len(manager.lines)
        house.sim.fail(Fault.FORBIDDEN)
        await app.dispatcher.resume()
        await house.until(lambda: "stopped until you act" in manager.lines[-1])
    assert len(manager.lines) > before
    assert all(one != two for one, two in zip(manager.lines, manager.lines[1:], strict=False))


async def test_of_many_watches_that_look_next_it_names_three(house: House) -> None:
    """The line stays one that can be read."""
    terms = ", ".join(f'"W{number}"' for number in range(9))
    house.watches = f"""[watch.strains]
ask = "browse"
each = [{terms}]
match.title = "{{each}}"
every = "1h"
tell = ["journal"]
"""
    async with house.running() as app:
        await house.until(lambda: "; next strains" in app.summary())
        assert "; next strains:W0, strains:W1, strains:W2 and 6 more " in app.summary()


async def test_it_names_the_first_problem_and_counts_the_others() -> None:
    """What the summary says isn't said twice, and a state that fails hides nothing."""
    manager, changes = Manager(), Changes()
    reports: list[HealthReport | None] = [
        HealthReport(),
        HealthReport.of(
            [
                HealthProblem("tracker", "down", None, "error"),
                HealthProblem("target phone", "503", None, "warning"),
                HealthProblem("gaps", "3 open", None, "warning"),
            ]
        ),
        None,
    ]

    async def report() -> HealthReport:
        if (current := reports[0]) is None:
            raise StateError("The disk is full.")
        return current

    task = asyncio.create_task(keep_status_line(manager, changes, lambda: "Watching 1", report))
    for _ in range(2):
        await manager.heard()
        del reports[0]
        changes.announce("deliveries")
    await manager.heard()
    task.cancel()
    assert manager.lines == [
        "Watching 1",
        "Watching 1; target phone: 503 (and 1 more: gazelled status)",
        "Watching 1",
    ]


async def test_without_a_service_manager_nothing_is_worked_out() -> None:
    """It ends at once."""

    async def report() -> HealthReport:
        raise AssertionError

    await keep_status_line(Notifier({}), Changes(), lambda: "", report)


async def test_where_only_time_passes_the_state_is_read_rarely() -> None:
    """A change of what the summary says is shown with the next beat all the same."""
    manager, changes, summary, reports = Manager(), Changes(), ["one"], 0

    async def report() -> HealthReport:
        nonlocal reports
        reports += 1
        return HealthReport()

    async def beat() -> None:
        changes.announce(TIME)
        for _ in range(5):
            await asyncio.sleep(0)

    task = asyncio.create_task(keep_status_line(manager, changes, lambda: summary[0], report))
    await manager.heard()
    for _ in range(10):
        await beat()
    assert reports == 1
    await beat()
    assert reports == 2
    summary[0] = "two"
    await beat()
    assert reports == 3
    assert manager.lines == ["one", "two"]
    changes.announce("deliveries")
    await beat()
    assert reports == 4
    task.cancel()
