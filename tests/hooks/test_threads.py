"""Threads of deliveries: a delivery lasts as long as its thread, and is not begun beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.hooks import Bus
from gazelled.hooks.threads import MOST, DeliveryThreads
from gazelled.model import Delivery
from gazelled.testing.plugin_kit import PluginKit

Send = Callable[..., Awaitable[None]]

SHORT = 1.0
"""The limit of a delivery in seconds, to be over before the thread ends; ten times that isn't."""

BLOCK = """
import time

def block(end=""):
    with (context.folder / "begun").open("a") as file:
        file.write("x")
    while not (context.folder / "gate").exists():
        time.sleep(0.005)
    if end:
        exec(end)

"""
"""A function that lasts until a test opens the gate, and ends as it is told."""


async def opened(sending: asyncio.Future[None], folder: Path) -> None:
    """Open the gate long after the limit; until then the delivery was begun once and lasts."""
    while not (folder / "begun").exists():  # noqa: ASYNC110 - the plugin makes it
        await asyncio.sleep(0.005)
    await asyncio.sleep(SHORT * 1.3)
    assert not sending.done()
    assert (folder / "begun").read_text() == "x"
    (folder / "gate").touch()


async def test_a_thread_that_is_late_delivers(send: Send, tmp_path: Path) -> None:
    """The message was sent after all: it is delivered, and the plugin does what follows."""
    body = f"{BLOCK}await context.in_thread(delivery, block)\n(context.folder / 'ended').touch()"
    sending = asyncio.ensure_future(send(body, Bus(deliver_limit=SHORT)))
    await opened(sending, tmp_path)

    await sending

    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("raise GiveUp('refused')", GiveUp),
        ("raise TargetFault('no such address')", TargetFault),
        ("raise ValueError('refused')", RetryLater),
    ],
)
async def test_a_thread_that_is_late_ends_the_delivery_its_way(
    send: Send, tmp_path: Path, end: str, error: type[Exception]
) -> None:
    """What the thread raises is what the delivery comes to, not that it was late."""
    body = f"{BLOCK}await context.in_thread(delivery, block, {end!r})"
    body = f"from gazelled.plugin import GiveUp, TargetFault\n{body}"
    sending = asyncio.ensure_future(send(body, Bus(deliver_limit=SHORT)))
    await opened(sending, tmp_path)

    with pytest.raises(error, match=r"refused|no such address"):
        await sending


async def test_a_thread_that_its_plugin_left_is_waited_for(send: Send, tmp_path: Path) -> None:
    """The plugin's own patience was shorter: the next attempt waits for the end of the thread."""
    body = f"{BLOCK}await asyncio.wait_for(context.in_thread(delivery, block), {SHORT})"
    sending = asyncio.ensure_future(send(body, Bus()))
    await opened(sending, tmp_path)

    with pytest.raises(RetryLater, match="TimeoutError"):
        await sending


async def test_a_thread_that_never_ends_is_abandoned(send: Send, tmp_path: Path) -> None:
    """After ten times the limit the delivery is retried."""
    body = f"{BLOCK}await context.in_thread(delivery, block)"
    try:
        with pytest.raises(RetryLater, match="TimeoutError"):
            await send(body, Bus(deliver_limit=0.02))
    finally:
        (tmp_path / "gate").touch()


async def test_several_threads_may_follow_each_other(send: Send, tmp_path: Path) -> None:
    """A delivery in parts goes on after its time as long as each is on its way."""
    body = f"{BLOCK}for _ in range(3):\n    await context.in_thread(delivery, block)"
    sending = asyncio.ensure_future(send(body, Bus(deliver_limit=SHORT)))
    await opened(sending, tmp_path)

    await sending

    assert (tmp_path / "begun").read_text() == "xxx"


async def test_a_target_has_few_threads_at_a_time(delivery: Delivery) -> None:
    """A target whose threads never end gets no more of them, while others do."""
    threads, gate = DeliveryThreads(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def block() -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    tasks = [asyncio.create_task(threads.run(delivery, block)) for _ in range(MOST)]
    await asyncio.sleep(0)
    with pytest.raises(RetryLater, match="have not ended"):
        await threads.run(delivery, block)
    assert await threads.run(Delivery(delivery.event, "other"), sorted, "ba") == ["a", "b"]

    gate.set()
    await asyncio.gather(*tasks)
    await threads.end_of(delivery, loop.time() + 60)
    assert threads.of(delivery) == []


async def test_a_thread_that_the_system_refuses_is_not_waited_for(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It doesn't count as one that runs, neither for the delivery nor for its target."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = DeliveryThreads()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(MOST):
            with pytest.raises(RuntimeError, match="can't start"):
                await threads.run(delivery, sorted, "ba")

    assert threads.of(delivery) == []
    assert await threads.run(delivery, sorted, "ba") == ["a", "b"]


async def test_an_exception_that_no_future_takes_ends_the_wait(delivery: Delivery) -> None:
    """A forgotten default of `next` fails at once, not when the time is over."""
    async with asyncio.timeout(30):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await DeliveryThreads().run(delivery, next, iter(()))


async def test_a_thread_that_was_given_up_is_not_waited_for_again(gz: PluginKit) -> None:
    """It belongs to its own attempt: another one that fails needn't wait for it."""
    threads, over = DeliveryThreads(), threading.Event()
    first = Delivery(gz.event(), "phone", 1)
    running = asyncio.create_task(threads.run(first, over.wait))
    await asyncio.sleep(0)
    of_each = [len(threads.of(replace(first, attempt=attempt))) for attempt in (1, 2)]
    over.set()
    await running
    assert of_each == [1, 0]
