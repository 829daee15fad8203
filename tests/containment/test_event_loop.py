"""Plugins' code can neither stop the event loop nor end what isn't its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable

import pytest
from tests.containment.conftest import LONG, Call

from gazelled.containment import event_loop
from gazelled.containment.contained_plugin import MOST_LEFT, MOST_TASKS, ContainedPlugin


async def stop_the_loop() -> None:
    """Stop everything."""
    asyncio.get_running_loop().stop()


async def stop_it_later() -> None:
    """Stop everything from a callback."""
    asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)


async def exit_at_once() -> None:
    """Raise what ends programs."""
    sys.exit(3)


async def interrupt() -> None:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt


async def exit_in_a_task() -> None:
    """Raise it where nobody awaits it."""
    task = asyncio.create_task(exit_at_once())
    assert not task.done()


async def interrupt_in_a_callback() -> None:
    """Raise it where no task is."""

    def raising() -> None:
        raise KeyboardInterrupt

    asyncio.get_running_loop().call_soon(raising)


async def cancel_everything() -> None:
    """End whatever runs."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def cancel_itself() -> None:
    """End its own call."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


async def handle_signals() -> None:
    """Take the signal that ends the daemon."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print)


async def change_the_executor() -> None:
    """Take the threads of everyone."""
    with contextlib.suppress(RuntimeError):
        await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.parametrize(
    ("deed", "refused"),
    [
        (stop_the_loop, ["stop the event loop"]),
        (stop_it_later, ["stop the event loop"]),
        (exit_at_once, []),
        (interrupt, []),
        (exit_in_a_task, ["end the process (SystemExit)"]),
        (interrupt_in_a_callback, ["end the process (KeyboardInterrupt)"]),
        (cancel_everything, ["cancel tasks that are not its own"]),
        (cancel_itself, []),
        (handle_signals, ["handle signals"]),
        (change_the_executor, ["change the event loop"]),
    ],
)
def test_the_daemon_goes_on(
    call: Call,
    plugin: ContainedPlugin,
    deed: Callable[[], Awaitable[None]],
    refused: list[str],
) -> None:
    """What a plugin does to the loop is refused and counted, and the loop's work is done."""

    async def others() -> str:
        for _ in range(20):
            await asyncio.sleep(0.001)
        return await asyncio.to_thread(str, "done")

    async def main() -> str:
        other = asyncio.create_task(others())
        await call(deed)
        return await other

    assert event_loop.run(main()) == "done"
    assert [*plugin.contained().refused] == refused


def test_what_a_call_raised_is_returned(call: Call) -> None:
    """Whatever it is, but a cancellation of the caller."""
    results: list[BaseException | None] = []

    async def main() -> None:
        results.append(await call(exit_at_once))
        results.append(await call(interrupt))
        results.append(await call(cancel_itself))

    event_loop.run(main())
    assert [type(each) for each in results] == [SystemExit, KeyboardInterrupt, RuntimeError]


def test_a_plugin_may_cancel_its_own_tasks(call: Call, plugin: ContainedPlugin) -> None:
    """Those that it made, and by a time limit of its own."""
    ended: list[str] = []

    async def work() -> None:
        task = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.sleep(0)
        assert task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        ended.append("task")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(1000), 0.001)
        ended.append("limit")

    async def main() -> None:
        assert await call(work) is None

    event_loop.run(main())
    assert ended == ["task", "limit"]
    assert plugin.contained().refused == {}


def test_tasks_that_outlive_their_calls_are_ended(call: Call, plugin: ContainedPlugin) -> None:
    """Some may stay; of too many those of the newest call are ended and counted."""

    async def leak(count: int) -> None:
        tasks = [asyncio.create_task(asyncio.sleep(1000)) for _ in range(count)]
        await asyncio.sleep(0)
        assert tasks

    async def main() -> None:
        await call(lambda: leak(MOST_LEFT))
        assert plugin.contained().tasks == MOST_LEFT
        assert plugin.contained().tasks_ended == 0
        for _ in range(3):
            await call(lambda: leak(500))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert plugin.contained().tasks == MOST_LEFT
        assert plugin.contained().tasks_ended == 1500

    event_loop.run(main())


def test_tasks_of_one_call_are_bounded(call: Call, plugin: ContainedPlugin) -> None:
    """One too many is an error of the plugin's."""

    async def work() -> None:
        tasks = [asyncio.create_task(asyncio.sleep(1000)) for _ in range(MOST_TASKS + 1)]
        assert not tasks

    async def main() -> BaseException | None:
        return await call(work)

    error = event_loop.run(main())
    assert isinstance(error, RuntimeError)
    assert str(error) == f"{MOST_TASKS} tasks of the plugin lab have not ended"
    assert plugin.contained().refused == {f"have more than {MOST_TASKS} tasks": 1}


def test_a_task_that_refuses_to_end_is_left_behind() -> None:
    """The program ends all the same."""
    program = """
    import asyncio
    from gazelled.containment import event_loop
    from gazelled.containment.contained_plugin import ContainedPlugin
    from gazelled.hooks import isolation

    async def refuse():
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

    async def main():
        await isolation.run(refuse, [], "call", 0.1, plugin=ContainedPlugin("lab"))
        print("over")

    event_loop.run(main())
    """
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        timeout=LONG,
        check=True,
    )
    assert ended.stdout == b"over\n"
