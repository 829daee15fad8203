"""Jobs and tasks of plugins run, survive failures and restarts, and end with the plugin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gazelled.clock import Clock
from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.plugin_call import caller
from gazelled.errors import GazelledError
from gazelled.service.plugins.plugin_jobs import JobFunction, PluginJobs
from gazelled.service.plugins.plugin_tasks import MOST, PluginTasks
from gazelled.store import Store
from gazelled.store.database import read_last_runs

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


class Plugin:
    """A plugin as far as its tasks are concerned."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.tasks = PluginTasks(ContainedPlugin("sheet"), self.errors.append)
        self.ran = 0
        self.going = asyncio.Event()

    async def work(self) -> None:
        """Count a run."""
        assert caller() is not None, "it runs as the plugin's code"
        self.ran += 1

    async def fail(self) -> None:
        """Fail each time."""
        self.ran += 1
        raise KeyboardInterrupt

    async def hang(self) -> None:
        """Begin, and never end."""
        self.ran += 1
        self.going.set()
        await asyncio.Event().wait()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open a store and close it afterwards."""
    async with await Store.open(tmp_path / "state") as opened:
        yield opened


@asynccontextmanager
async def daemon(store: Store, clock: Clock) -> AsyncIterator[PluginJobs]:
    """Return the jobs of a daemon's run."""
    jobs = PluginJobs(store, clock, await store.plugin_records.job_runs(), "")
    try:
        yield jobs
    finally:
        jobs.end()


def add(
    jobs: PluginJobs,
    plugin: Plugin,
    function: JobFunction | None = None,
    **keys: str,
) -> None:
    """Add a job to a plugin."""
    every = {"every": "", "cron": "", "zone": "", "name": "", **keys}
    jobs.add("sheet", plugin.tasks, function or plugin.work, **every)


async def until(condition: Callable[[], bool]) -> None:
    """Let others go on until something is so."""
    for _ in range(20_000):
        if condition():
            return
        await asyncio.sleep(0.003)
    pytest.fail("it never came")


async def test_a_job_runs_at_its_times(store: Store) -> None:
    """At once if it never ran, then after each pause; also if it is added after the start."""
    plugin, clock = Plugin(), Clock(speed=3600.0, start=NOON)
    async with daemon(store, clock) as jobs:
        jobs.begin()
        add(jobs, plugin, every="15m")
        await until(lambda: plugin.ran > 3)
        (status,) = jobs.status()

    assert (status.plugin, status.name) == ("sheet", "work")
    assert status.last is not None
    assert status.last >= NOON + timedelta(minutes=45)
    assert await store.plugin_records.job_runs() == {("sheet", "work"): status.last}


async def test_a_restart_doesnt_run_it_again(store: Store, tmp_path: Path) -> None:
    """A job that ran waits for its time; it is nobody else's run."""
    await store.plugin_records.mark_job("sheet", "work", NOON)
    plugin, clock = Plugin(), Clock(start=NOON + timedelta(minutes=5))
    async with daemon(store, clock) as jobs:
        add(jobs, plugin, every="1d")
        jobs.begin()
        await jobs.run_due()
        (status,) = jobs.status()

    assert (plugin.ran, status.last, status.next) == (0, NOON, NOON + timedelta(days=1))
    assert await store.last_runs() == {}
    assert read_last_runs(tmp_path / "state") == {}
    assert await store.plugin_records.forget("sheet") == 1
    assert await store.plugin_records.job_runs() == {}


async def test_clock_times_have_a_zone(store: Store) -> None:
    """It is UTC unless one is given; summer time counts."""
    plugin, clock = Plugin(), Clock(start=NOON)
    async with daemon(store, clock) as jobs:
        add(jobs, plugin, cron="0 8 * * *", name="utc")
        add(jobs, plugin, cron="0 8 * * *", zone="Europe/Berlin", name="berlin")
        add(jobs, plugin, every="mon 08:00", zone="Europe/Berlin", name="weekly")
        due = {status.name: status.next for status in jobs.status()}

    morning = datetime(2026, 3, 30, 8, tzinfo=UTC)
    assert due == {
        "utc": morning,
        "berlin": morning - timedelta(hours=2),
        "weekly": morning - timedelta(hours=2),
    }


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "expected either every"),
        ({"every": "1h", "cron": "0 7 * * *"}, "expected either every"),
        ({"every": "soon"}, "expected a duration"),
        ({"every": "0.01s"}, "at least 1s"),
        ({"cron": "7 *"}, "expected five fields"),
        ({"every": "1h", "zone": "Europe/Bern"}, "unknown time zone"),
        ({"every": "1h", "name": "taken"}, 'there is a job "taken" already'),
    ],
)
async def test_what_cannot_be_read_is_an_error(
    store: Store, keys: dict[str, str], problem: str
) -> None:
    """Right where the plugin says it."""
    async with daemon(store, Clock(start=NOON)) as jobs:
        add(jobs, Plugin(), every="1h", name="taken")
        with pytest.raises(ValueError, match=problem):
            add(jobs, Plugin(), None, **keys)


async def test_a_job_survives_its_failures(store: Store) -> None:
    """They are counted, and it runs again at its time."""
    plugin, clock = Plugin(), Clock(speed=3600.0, start=NOON)
    async with daemon(store, clock) as jobs:
        add(jobs, plugin, plugin.fail, every="15m")
        add(jobs, plugin, lambda: None, every="15m", name="not async")  # type: ignore[arg-type,return-value] # wrong
        jobs.begin()
        await until(lambda: plugin.ran > 2 and len(plugin.errors) > 4)

    assert {type(error) for error in plugin.errors} == {KeyboardInterrupt, TypeError}


async def test_a_job_never_runs_twice_at_once(store: Store) -> None:
    """One that hangs is left alone until it ends, and others go on."""
    plugin, clock = Plugin(), Clock(speed=3600.0, start=NOON)
    async with daemon(store, clock) as jobs:
        add(jobs, plugin, plugin.hang, every="15m")
        other = Plugin()
        add(jobs, other, every="15m", name="other")
        jobs.begin()
        await until(lambda: other.ran > 3)
        running = {status.name: status.running for status in jobs.status()}
        await plugin.tasks.end()

    assert plugin.ran == 1
    assert running["hang"]


async def test_what_is_due_is_run_and_waited_for(store: Store) -> None:
    """As in a daemon that runs once."""
    plugin = Plugin()
    async with daemon(store, Clock(start=NOON)) as jobs:
        add(jobs, plugin, every="1h")
        add(jobs, plugin, plugin.fail, cron="0 8 * * *")
        await jobs.run_due()

    assert plugin.ran == 1


async def test_tasks_end_with_the_plugin() -> None:
    """They are cancelled, and nothing is started any more."""
    plugin = Plugin()
    plugin.tasks.spawn(plugin.hang(), name="reader")
    await plugin.going.wait()
    names = plugin.tasks.names
    await plugin.tasks.end()
    late = plugin.work()
    with pytest.raises(GazelledError, match="has ended"):
        plugin.tasks.spawn(late, name="late")

    assert names == ("plugin sheet: task reader",)
    assert plugin.tasks.names == ()
    assert plugin.errors == []


async def test_a_task_that_does_not_end_is_left_behind() -> None:
    """In bounded time."""
    plugin, stubborn = Plugin(), asyncio.Event()

    async def ignore() -> None:
        while not stubborn.is_set():
            try:
                await stubborn.wait()
            except asyncio.CancelledError:
                plugin.ran += 1

    plugin.tasks.spawn(ignore(), name="stubborn")
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await plugin.tasks.end()
    left = plugin.tasks.names
    stubborn.set()
    await until(lambda: not plugin.tasks.names)

    assert (plugin.ran, left) == (1, ("plugin sheet: task stubborn",))


async def test_failures_of_tasks_are_counted() -> None:
    """Whatever they raise stays the plugin's."""
    plugin = Plugin()
    for name in ("one", "two"):
        plugin.tasks.spawn(plugin.fail(), name=name)
    await until(lambda: not plugin.tasks.names)

    assert [type(error) for error in plugin.errors] == [KeyboardInterrupt] * 2


async def test_the_number_of_tasks_is_bounded() -> None:
    """One too many is an error, and so is what is no coroutine."""
    plugin = Plugin()
    for number in range(MOST):
        plugin.tasks.spawn(plugin.hang(), name=str(number))
    with pytest.raises(GazelledError, match=f"{MOST} tasks of the plugin sheet run already"):
        plugin.tasks.spawn(plugin.work(), name="too many")
    with pytest.raises(TypeError, match="expected a coroutine for the task work, not method"):
        plugin.tasks.spawn(plugin.work, name="work")  # type: ignore[arg-type] # wrong
    await plugin.tasks.end()
