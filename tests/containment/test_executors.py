"""Threads of plugins are bounded and their own, whatever they wait for."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import textwrap
import threading
from contextlib import suppress

from tests.containment.conftest import LONG, Call, until

from gazelled.containment import event_loop
from gazelled.containment.contained_plugin import MOST_THREADS, ContainedPlugin
from gazelled.containment.executors import run_in_plugin_thread
from gazelled.containment.plugin_call import as_daemon, calling
from gazelled.errors import RetryLater


def thread() -> str:
    """Return whose thread this is."""
    return threading.current_thread().name


def test_a_plugins_threads_are_its_own(call: Call) -> None:
    """Also in a task that it makes, and not what it awaits of the daemon, nor its look-ups."""
    names: dict[str, str] = {}

    async def work() -> None:
        names["own"] = await asyncio.to_thread(thread)
        names["task"] = await asyncio.create_task(asyncio.to_thread(thread))
        loop = asyncio.get_running_loop()
        names["executor"] = await loop.run_in_executor(None, thread)
        names["capability"] = await run_in_plugin_thread(thread)
        with as_daemon():
            names["daemon"] = await asyncio.to_thread(thread)
        await loop.getaddrinfo("127.0.0.1", 80)

    async def main() -> None:
        assert await call(work) is None
        names["other"] = await asyncio.to_thread(thread)

    event_loop.run(main())
    own = "the plugin lab"
    assert names == {
        "own": own,
        "task": own,
        "executor": own,
        "capability": own,
        "daemon": "gazelled",
        "other": "gazelled",
    }


def test_stuck_threads_of_a_plugin_leave_the_daemon_its_own(
    call: Call, plugin: ContainedPlugin
) -> None:
    """They are counted; further calls are refused in a sentence until one ends."""
    begun = threading.Semaphore(0)
    over = threading.Event()
    errors: list[BaseException | None] = []

    def wait() -> None:
        begun.release()
        over.wait(LONG)

    async def hang() -> None:
        await asyncio.to_thread(wait)

    async def main() -> None:
        for _ in range(MOST_THREADS):
            task = asyncio.ensure_future(call(hang))
            await until(lambda: begun.acquire(blocking=False))
            task.cancel()
            await asyncio.wait({task})
        assert plugin.contained().threads_left == MOST_THREADS
        errors.append(await call(hang))
        assert await asyncio.to_thread(thread) == "gazelled"
        loop = asyncio.get_running_loop()
        assert await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        assert plugin.problem == "10 threads of the plugin lab have not ended"
        over.set()
        await until(lambda: not plugin.problem)
        errors.append(await call(hang))

    event_loop.run(main())
    assert isinstance(errors[0], RetryLater)
    assert str(errors[0]) == "10 threads of the plugin lab have not ended."
    assert errors[1] is None


def test_functions_wait_for_a_free_thread(call: Call, plugin: ContainedPlugin) -> None:
    """More than there may be threads, and one that ends with StopIteration."""
    results: list[int] = []

    def stop() -> None:
        raise StopIteration

    async def work() -> None:
        results.extend(await asyncio.gather(*(asyncio.to_thread(abs, -n) for n in range(50))))
        with suppress(RuntimeError):
            await asyncio.to_thread(stop)
        results.append(await asyncio.to_thread(abs, -50))

    async def main() -> None:
        assert await call(work) is None

    event_loop.run(main())
    assert results == [*range(51)]
    assert plugin.contained().threads_left == 0


def test_what_is_cancelled_before_its_turn_never_runs(plugin: ContainedPlugin) -> None:
    """A function whose call is over is not begun."""
    over, ran = threading.Event(), threading.Event()
    with calling(plugin, "call"):
        jobs = [plugin.submit(lambda: over.wait(LONG), "call") for _ in range(MOST_THREADS)]
        waiting = plugin.submit(ran.set, "call")
    assert waiting.cancel()
    over.set()
    for job in jobs:
        assert job.result(LONG)
    assert plugin.submit(lambda: 1, "call").result(LONG) == 1
    assert not ran.is_set()


def test_the_process_ends_although_threads_hang() -> None:
    """Neither the end of the loop nor Python waits for them."""
    program = """
    import asyncio, threading
    from gazelled.containment import event_loop
    from gazelled.containment.contained_plugin import ContainedPlugin
    from gazelled.hooks import isolation

    async def hang():
        await asyncio.to_thread(threading.Event().wait)

    async def main():
        await isolation.run(hang, [], "call", 0.1, plugin=ContainedPlugin("lab"))
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
