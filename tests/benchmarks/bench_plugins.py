"""
What plugins cost that have nothing to do: the time of a page, and memory.

    python -m tests.benchmarks.bench_plugins            # about three minutes

Two daemons run side by side against a simulated tracker each: one without plugins of a user, one
with ten that implement every hook that sees what the daemon does, and return at once. Both are told
to look at a page, in turns, so that what else the machine does meets both: one on which nothing is
new, which is nearly every page, and one with news, each of which means calls of every plugin. The
processor time is read from /proc. The exit code is 1 if a goal is missed.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tests.benchmarks.bench_daemon import (
    PER,
    SETTLE,
    Goal,
    Home,
    cpu,
    memory,
    more,
    run_time,
)

from gazelled.testing import Simulator

PLUGINS = 10
NEW = 5
"""So many data sets are new on a page with news: each is decided on, stored and sent twice."""

IDLE = '''
"""Sees everything and does nothing."""
from gazelled.plugin import *

@hookimpl
def gazelled_match_fields(register):
    register("field_{n}", COUNT, about="a number that is never known")

@hookimpl
async def gazelled_setup(context):
    yield

@hookimpl
async def gazelled_answered(answer, context): pass

@hookimpl
async def gazelled_request_failed(failure, context): pass

@hookimpl
async def gazelled_item_decided(decision, context): return None

@hookimpl
async def gazelled_event_stored(stored, context): pass

@hookimpl
async def gazelled_delivered(done, context): pass

@hookimpl
async def gazelled_delivery_failed(failure, context): pass

@hookimpl
async def gazelled_tracker_changed(change, context): pass
'''


class Daemon:
    """
    A daemon with some idle plugins, its home and its tracker.

    Args:
        folder: An empty folder.
        sim: The tracker.
        plugins: How many plugins there are.

    """

    def __init__(self, folder: Path, sim: Simulator, plugins: int) -> None:
        self.home = Home(folder, sim, 1)
        self.sim = sim
        self.pid = 0
        self.pages: dict[int, list[float]] = {0: [], NEW: []}
        (folder / "plugins").mkdir()
        with (folder / "config.toml").open("a") as config:
            for number in range(plugins):
                file = folder / "plugins" / f"idle_{number}.py"
                file.write_text(IDLE.replace("{n}", str(number)))
                config.write(f'[plugin.idle-{number}]\nfile = "{file.name}"\n')

    async def look(self, number: int, new: int) -> None:
        """Have it look at a page with some new data sets, and note the processor time."""
        for index in range(new):
            self.sim.world.publish(f"w0 reads {number} {index}")
        before = cpu(self.pid)
        await run_time(["watch", "run", "w0"], self.home.environ)
        await asyncio.sleep(SETTLE / 10)  # deliveries belong to it
        self.pages[new].append(more(cpu(self.pid), before) / 1e6)


async def measure(pages: int) -> list[Goal]:
    """Measure everything."""
    async with AsyncExitStack() as stack:
        daemons: list[Daemon] = []
        for plugins in (0, PLUGINS):
            sim = await stack.enter_async_context(Simulator(per=PER, allowed=2))
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            daemon = Daemon(Path(folder), sim, plugins)
            daemon.pid, _ = await stack.enter_async_context(daemon.home.daemon())
            daemons.append(daemon)
        await asyncio.sleep(SETTLE)
        for number in range(pages):
            for daemon in daemons if number % 2 else reversed(daemons):
                await daemon.look(number, 0)
                await daemon.look(number, NEW)
        without, with_ = daemons
        weights = [memory(daemon.pid)[1] for daemon in daemons]
    more: dict[int, float] = {}
    for new in (0, NEW):
        plain, loaded = (statistics.median(daemon.pages[new]) for daemon in (without, with_))
        more[new] = loaded - plain
        print(f"a page with {new} news: {plain:.2f} ms without plugins, {loaded:.2f} with ten")
    without_news = without.pages[0]
    plain = statistics.median(without_news)
    noise = statistics.median(abs(page - plain) for page in without_news)
    print(f"pages without news differ by {noise:.2f} ms in the median")
    return [
        Goal("a page with ten idle plugins, more", more[0], max(noise, plain / 20), "ms"),
        Goal("memory of an idle plugin", (weights[1] - weights[0]) / PLUGINS, 0.3, "MiB"),
    ]


def main() -> int:
    """Measure, print and compare with the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=40)
    goals = asyncio.run(measure(parser.parse_args().pages))
    for goal in goals:
        print(goal)
    return int(any(goal.value > goal.most for goal in goals))


if __name__ == "__main__":
    sys.exit(main())
