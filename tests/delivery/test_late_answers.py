"""A receiver that answers after the time of its target: the message is not sent a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gazelled.clock import Clock
from gazelled.delivery import Deliverer
from gazelled.hooks import Bus
from gazelled.model import Delivery, Event
from gazelled.plugin import Context
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import World

SHORT = 1.5
"""The limit of a delivery, in seconds; its thread is abandoned after ten times that."""

PLUGIN = """
import time
from gazelled.plugin import PluginConfig, RetryLater, target

def post(folder, key):
    with (folder / "sent").open("a") as file:
        print(key, file=file)
    while not (folder / "answer").exists():
        time.sleep(0.005)
    return (folder / "answer").read_text()

@target(PluginConfig)
async def late(delivery, options, context):
    answer = await context.in_thread(delivery, post, context.folder, delivery.key)
    if answer != "250":
        raise RetryLater(answer)
"""


async def test_a_late_answer_is_waited_for(
    tmp_path: Path, store: Store, world: World, make_event: Callable[[str], Event]
) -> None:
    """The delivery counts as being sent until then, and those behind it wait."""
    (tmp_path / "late.py").write_text(PLUGIN)
    sent = tmp_path / "sent"
    context = Context(
        target="phone",
        folder=tmp_path,
        public=tmp_path,
        address="",
        site_name="",
        site_url="",
        log=structlog.stdlib.get_logger("test"),
    )
    for key in "ab":
        await store.outbox.add(make_event(key), ["phone"])
    async with Bus(deliver_limit=SHORT) as bus:
        assert bus.load({"late": tmp_path / "late.py"}, []) == []
        options = bus.check_options("late", {})
        assert not isinstance(options, list)

        async def send(delivery: Delivery) -> None:
            await bus.targets.deliver("late", delivery, options, context)

        deliverer = Deliverer(store, send, Clock(), world.on_change)
        task = asyncio.create_task(deliverer.run(), name="deliverer")
        async with asyncio.timeout(120):
            while not sent.exists():  # noqa: ASYNC110 - the plugin makes it
                await asyncio.sleep(0.005)
            await asyncio.sleep(SHORT * 1.3)
            states = [(await store.archive.deliveries_of(key))[0].state for key in "ab"]
            keys = sent.read_text().split()
            (tmp_path / "answer").write_text("250")
            while (await store.counts())["pending"]:  # noqa: ASYNC110 - what is waited for is stored
                await asyncio.sleep(0.005)
        deliverer.end()
        await task

    assert (states, keys) == (["sending", "waiting"], ["a@phone"])
    assert sent.read_text().split() == ["a@phone", "b@phone"]
    assert world.changes == []
