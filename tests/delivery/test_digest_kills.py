"""A process that is killed at any statement of a digest loses no event and reports none twice."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.delivery.test_policy import DIGEST, MERGING, NOON, Room, upload

from gazelled.model import Event, StreamId
from gazelled.store import LookTransaction, Store
from gazelled.store.backup.verifying import verify

if TYPE_CHECKING:
    from gazelled.delivery import TargetPolicy

    from .conftest import HandClock, World

pytestmark = [pytest.mark.timeout(300)]

EVENTS = (upload(1), upload(2), upload(1, "fungi"), replace(upload(3), urgent=True), upload(4))

CHILD = """
import asyncio, json, os, shutil, signal, sys
from datetime import timedelta
from pathlib import Path
from gazelled.store import Store
from gazelled.delivery import Deliverer
from tests.delivery.conftest import HandClock
from tests.delivery import test_policy

template, policy, step = Path(sys.argv[1]), getattr(test_policy, sys.argv[2]), int(sys.argv[3])

async def deliver(folder, last):
    def write(delivery):
        keys = [event.key for event in delivery.event.events or (delivery.event,)]
        with (folder / "sink").open("a") as sink:
            sink.write(json.dumps([delivery.key, keys]) + "\\n")

    async def send(delivery):
        write(delivery)

    async def on_change(change):
        pass

    async with await Store.open(folder) as store:
        done = 0
        def statement(text):
            nonlocal done
            done += 1
            if done == last:
                os.kill(os.getpid(), signal.SIGKILL)
        connection = store._database.connection
        await store._database.run(lambda: connection.set_trace_callback(statement))
        clock = HandClock()
        deliverer = Deliverer(store, send, clock, on_change, {"phone": policy})
        await deliverer.drain(30)
        clock.move(16 * 60)
        await deliverer.drain(30)

number, killed = 1 - step, True
while killed:
    number += step
    folder = template.parent / f"killed-{number}"
    shutil.copytree(template, folder)
    child = os.fork()  # this process has one thread, and loads everything once
    if not child:
        try:
            asyncio.run(deliver(folder, number))
        finally:
            os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
print(number)
"""


@pytest.mark.parametrize(
    ("name", "policy", "number_of_messages", "step"),
    [("DIGEST", DIGEST, 2, 1), ("MERGING", MERGING, 4, 3)],
)
async def test_a_kill_at_any_statement(  # noqa: PLR0917 - fixtures and cases
    tmp_path: Path,
    world: World,
    clock: HandClock,
    name: str,
    policy: TargetPolicy,
    number_of_messages: int,
    step: int,
) -> None:
    """Each event is in one message, which arrives again only if it was being sent."""
    template = tmp_path / "template"
    template.mkdir()
    async with await Store.open(template) as store:
        found: list[tuple[Event, Sequence[str]]] = [(event, ["phone"]) for event in EVENTS]
        await store.commit_look(LookTransaction(StreamId("browse"), events=found))
    command = [sys.executable, "-c", CHILD, str(template), name, str(step)]
    child = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    count = int(child.stdout.split()[-1])
    assert count > 20

    for number in range(1, count + 1, step):
        folder = tmp_path / f"killed-{number}"
        sink = folder / "sink"
        lines = sink.read_text().splitlines() if sink.exists() else []
        before = [(key, tuple(keys)) for key, keys in map(json.loads, lines)]
        clock.moment = NOON + timedelta(hours=1)
        async with await Store.open(folder) as store:
            room = Room(store, world, clock, {"phone": policy})
            for _ in range(3):
                await room.drain(1000)
            counts = await store.counts()
            assert verify(store.path).wrong == ()
        after = [
            (delivery.key, tuple(event.key for event in delivery.event.events or (delivery.event,)))
            for delivery in room.arrived
        ]
        messages = {*before, *after}
        keys = [key for _, keys in messages for key in keys]
        assert sorted(keys) == ["yeast:new:1", "yeast:new:2", "yeast:new:3", "yeast:new:4"], number
        assert len(before) == len({*before})
        assert len({*before} & {*after}) <= 1, number
        assert len(messages) == number_of_messages
        assert counts["pending"] == 0
