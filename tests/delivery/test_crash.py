"""A process that is killed during a delivery delivers it again."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.delivery import Deliverer
from gazelled.delivery.retry import pause_after_kill
from gazelled.model import Event
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

CHILD = """
import asyncio, sys
from pathlib import Path
from gazelled.clock import Clock
from gazelled.delivery import Deliverer
from gazelled.store import Store

folder, stage = Path(sys.argv[1]), sys.argv[2]

def write(line):
    with (folder / "sink").open("a") as sink:
        sink.write(line + "\\n")

async def hang():
    print("now", flush=True)
    await asyncio.sleep(60)

async def send(delivery):
    if stage == "before":
        await hang()
    write(f"{delivery.key} {delivery.attempt}")
    if stage == "after" and delivery.event.key == "b":
        await hang()

async def on_change(change):
    pass

async def main():
    async with await Store.open(folder) as store:
        await Deliverer(store, send, Clock(), on_change).run()

asyncio.run(main())
"""


def run_until_killed(folder: Path, stage: str) -> list[str]:
    """Let a child deliver, kill it in the middle of a delivery; tell what had arrived."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", CHILD, str(folder), stage], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert "now\n" in child.stdout  # reads up to there
        child.kill()
    assert child.returncode == -signal.SIGKILL
    sink = folder / "sink"
    return sink.read_text().splitlines() if sink.exists() else []


@pytest.mark.parametrize(
    ("stage", "arrived", "again"),
    [
        ("before", [], [("b@phone", 1), ("c@phone", 1), ("a@phone", 2)]),
        ("after", ["a@phone 1", "b@phone 1"], [("c@phone", 1), ("b@phone", 2)]),
    ],
)
async def test_a_delivery_that_was_killed_comes_again(  # noqa: PLR0917 - fixtures and cases
    tmp_path: Path,
    world: World,
    clock: HandClock,
    make_event: Callable[[str], Event],
    stage: str,
    arrived: list[str],
    again: list[tuple[str, int]],
) -> None:
    """Killed before or after it arrived, it comes again and last; what was done doesn't."""
    async with await Store.open(tmp_path) as store:
        for key in "abc":
            await store.outbox.add(make_event(key), ["phone"])

    before = await asyncio.to_thread(run_until_killed, tmp_path, stage)
    async with await Store.open(tmp_path) as store:
        deliverer = Deliverer(store, world.send, clock, world.on_change)
        await deliverer.drain(30)
        at_once = list(world.tried)
        clock.move(pause_after_kill(1))
        await deliverer.drain(30)
        counts = await store.counts()

    assert (before, at_once) == (arrived, [])
    assert world.tried == again
    assert (counts["done"], counts["pending"]) == (3, 0)
