"""Who holds the event loop is noticed, and nobody who doesn't is blamed."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

import pytest
from tests.containment.conftest import Call, until

from gazelled.containment import event_loop
from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.loop_watcher import (
    EVERY,
    LATE,
    MOST_PAGE_FAULTS,
    BlockedLoop,
    LoopWatcher,
    _Clocks,
)
from gazelled.containment.plugin_call import as_daemon, calling


def block(reported: Event) -> None:
    """Hold the event loop until that is noticed."""
    while not reported.is_set():
        time.sleep(0.01)


def test_the_line_of_a_plugin_that_holds_the_loop(call: Call, plugin: ContainedPlugin) -> None:
    """In its call, in a task that it makes and in a callback."""
    cases: list[BlockedLoop] = []

    async def later() -> None:
        block(Reported(plugin, 2))

    async def work() -> None:
        block(Reported(plugin, 1))
        await asyncio.create_task(later())
        asyncio.get_running_loop().call_soon(block, Reported(plugin, 3))

    async def main() -> None:
        with LoopWatcher(cases.append).watching():
            assert await call(work) is None
            await until(lambda: len(cases) == 3)

    event_loop.run(main())
    assert {case.plugin for case in cases} == {plugin}
    assert {case.file for case in cases} == {__file__}
    assert all("time.sleep(0.01)" in case.stack for case in cases)
    assert plugin.contained().blocked == 3


class Counting(LoopWatcher):
    """A watcher that counts its samples."""

    samples = 0

    def _clocks(self) -> _Clocks:
        self.samples += 1
        return super()._clocks()


async def sleeping(watcher: Counting) -> None:
    """Wait until the watcher sleeps."""
    while (samples := watcher.samples) == 0 or await asyncio.sleep(2.5 * EVERY, samples) != (
        watcher.samples
    ):
        pass


def from_timer(reported: Event) -> None:
    """Have the loop held by a timer's callback."""
    asyncio.get_running_loop().call_later(4 * EVERY, block, reported)


def from_socket(reported: Event) -> None:
    """Have the loop held by what reads a socket."""
    loop = asyncio.get_running_loop()
    mine, other = socket.socketpair()

    def read() -> None:
        loop.remove_reader(mine)
        mine.close()
        block(reported)

    loop.add_reader(mine, read)
    context = contextvars.Context()  # the daemon's
    context.run(loop.call_later, 4 * EVERY, other.close)


def from_thread(reported: Event) -> None:
    """Have the loop held by what a thread wants called."""
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()

    def call() -> None:
        time.sleep(4 * EVERY)
        loop.call_soon_threadsafe(block, reported, context=context)

    Thread(target=call).start()


@pytest.mark.parametrize("how", [from_timer, from_socket, from_thread])
def test_it_sleeps_until_code_of_a_plugin_is_due(
    call: Call, plugin: ContainedPlugin, how: Callable[[Event], None]
) -> None:
    """And is there when that holds the loop, whichever way it came into the loop."""
    cases: list[BlockedLoop] = []

    async def work() -> None:
        how(Reported(plugin, 1))

    async def main() -> None:
        watcher = Counting(cases.append)
        with watcher.watching():
            assert await call(work) is None
            await sleeping(watcher)
            await until(lambda: cases)
            await sleeping(watcher)

    event_loop.run(main())
    assert [case.plugin for case in cases] == [plugin]


def test_a_hook_that_the_daemon_calls_wakes_it(plugin: ContainedPlugin) -> None:
    """Without a task of the plugin's, in a callback of the daemon's."""
    cases: list[BlockedLoop] = []

    async def main() -> None:
        watcher = Counting(cases.append)
        with watcher.watching():
            with calling(plugin, "options"):
                pass
            await sleeping(watcher)
            with calling(plugin, "options"):
                block(Reported(plugin, 1))
            await until(lambda: cases)

    event_loop.run(main())
    assert [case.file for case in cases] == [__file__]


class Reported(Event):
    """Set once a plugin was seen so often, or else after a long time."""

    def __init__(self, plugin: ContainedPlugin, times: int) -> None:
        super().__init__()
        self._plugin, self._times, self._last = plugin, times, time.monotonic() + 100

    def is_set(self) -> bool:
        return self._plugin.blocked >= self._times or time.monotonic() > self._last


def test_nobody_else_is_blamed(call: Call, plugin: ContainedPlugin) -> None:
    """Neither for many short steps, nor for what the daemon does, alone or when it is awaited."""
    cases: list[BlockedLoop] = []

    async def work() -> None:
        last = time.monotonic() + 2.5 * EVERY
        while time.monotonic() < last:
            time.sleep(0.05)  # noqa: ASYNC251 - it blocks, but never long
            await asyncio.sleep(0)
        with as_daemon():
            time.sleep(2.5 * EVERY)  # noqa: ASYNC251 - the daemon's

    async def main() -> None:
        with LoopWatcher(cases.append).watching():
            assert await call(work) is None
            time.sleep(2.5 * EVERY)  # noqa: ASYNC251 - the daemon's

    event_loop.run(main())
    assert cases == []
    assert plugin.contained().blocked == 0


def test_a_process_that_did_not_run_blames_nobody() -> None:
    """A suspended machine, a stopped, starved or swapped process; one at work does."""
    start = _Clocks(real=100.0, boot=100.0, cpu=5.0, queued=1.0, page_faults=10)
    waited = replace(start, real=101.0, boot=101.0)
    assert waited.ran_since(start)
    assert not replace(waited, boot=101.0 + 2 * LATE).ran_since(start)
    stopped = replace(waited, real=110.0, boot=110.0)
    assert not stopped.ran_since(start)
    assert replace(stopped, cpu=14.0).ran_since(start)
    assert not replace(waited, queued=1.8).ran_since(start)
    assert not replace(waited, page_faults=11 + MOST_PAGE_FAULTS).ran_since(start)
