"""
Makes the state that the tests go on with, by the gazelled that is installed.

    python -m tests.earlier.make            # state.sql.gz, and what it is told afterwards

It is run once with an earlier gazelled, in an environment of its own; the tests run today's.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.earlier import scenario
from tests.earlier.household import HERE, Household

from gazelled.service.app import App
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Fault

PATIENCE = 60.0


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - a file makes it hold
            await asyncio.sleep(0.005)


async def watch(home: Household) -> str:
    """Let the earlier program watch, be interrupted, and be killed; return its state."""
    (day, evening, third, night, early, later) = scenario.WATCHED
    await home.once(scenario.FIRST_DAY)

    scenario.happen(home.world, *day)
    await home.once(day[0])

    scenario.happen(home.world, *evening)
    home.mood("never")
    async with home.daemon(evening[0]) as app:
        home.sim.settings.rewrite = scenario.with_odd_entries
        home.sim.fail(Fault.REWRITTEN, action="browse")
        home.sim.fail(Fault.REWRITTEN, action="inbox")
        await app.once()

    scenario.happen(home.world, *third)
    home.mood("later")
    async with home.daemon(third[0]) as app:
        await down_and_back(home, app)

    scenario.happen(home.world, *night)
    home.mood("hang")
    async with home.daemon(night[0]) as app:
        await killed(home, app)
    home.mood("later")

    # More uploads than pages reach: the rest is asked one by one, and was not yet when it ended.
    scenario.happen(home.world, *early)
    async with home.daemon(early[0]) as app:
        run = asyncio.create_task(app.once())
        await until(lambda: bool(home.rows("SELECT 1 FROM hole")))
        whole = home.rows("SELECT low, high FROM hole")
        await until(lambda: home.rows("SELECT low, high FROM hole") != whole)
        await cut(run)

    scenario.happen(home.world, *later)
    async with home.daemon(later[0]) as app:
        look = asyncio.create_task(app.run_watch("pages"))
        await until(lambda: bool(home.rows("SELECT 1 FROM kv WHERE key LIKE 'unfinished:1:%'")))
        dump = home.dump()
        await cut(look)
    return dump


async def down_and_back(home: Household, app: App) -> None:
    """Run the daemon while the tracker is down, until it is back and was asked again."""
    home.sim.fail(Fault.BAD_GATEWAY)
    life = asyncio.create_task(app.forever(Notifier({})))
    await until(
        lambda: any(
            '"key": "notice:tracker-down' in line for line in home.lines("record.jsonl")[-3:]
        )
    )
    home.sim.repair()
    await until(lambda: len({*home.rows("SELECT job FROM run WHERE at > 1764057600000000")}) > 30)
    await until(lambda: bool(home.rows("SELECT 1 FROM delivery WHERE settled_at IS NULL")))
    app.stopping.set()
    await life


async def killed(home: Household, app: App) -> None:
    """Run the daemon until a delivery is under way, and keep the state as a kill leaves it."""
    life = asyncio.create_task(app.once())
    await until((home.folder / "moody.hanging").exists)
    await until(lambda: bool(home.rows("SELECT 1 FROM delivery WHERE begun IS NOT NULL")))
    dump = home.dump()
    await cut(life)
    await app.store.close()
    for file in home.state.glob("gazelled.db*"):
        file.unlink()
    home.restore(dump)


async def cut(task: asyncio.Task[Any]) -> None:
    """End a task as the end of its process would."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def go_on(home: Household) -> None:
    """Let the program go on after that."""
    home.mood("")
    for at, what in scenario.AFTERWARDS:
        scenario.happen(home.world, at, what)
        await home.once(at)


def main() -> None:
    """Make the state and the expected events."""
    with tempfile.TemporaryDirectory() as folder:
        home = Household(Path(folder), scenario.first_world())
        home.move_in()
        dump = asyncio.run(watch(home))
    (HERE / "state.sql.gz").write_bytes(gzip.compress(dump.encode(), mtime=0))
    with tempfile.TemporaryDirectory() as folder:
        home = Household(Path(folder), scenario.world_when_stopped())
        home.move_in()
        home.restore(dump)
        asyncio.run(go_on(home))
        told = json.dumps(home.told(), indent=1, ensure_ascii=False)
    (HERE / "expected.json").write_text(f"{told}\n")


if __name__ == "__main__":
    main()
