"""A process that is killed at any moment leaves each look whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.store.conftest import marks_of

from gazelled.model import StreamId
from gazelled.store import Hole, Store

UPLOADS = StreamId("uploads")

CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from gazelled.model import Event, EventKind, Item, Position
from gazelled.store import Hole, LookTransaction, Mark, MarkChanges, Store

def event(key):
    item = Item(key, "torrent", "A title", fields={"license": "CC0"})
    return Event(key, EventKind.NEW, "yeast", datetime(2026, 3, 1, tzinfo=UTC), key, "", (item,))

SCOPE = "gone 01234567"

async def main():
    store = await Store.open(Path(sys.argv[1]))
    look = int((await store.streams.state("uploads")).watermark or 0)
    while True:
        look += 1
        await store.commit_look(LookTransaction(
            "uploads",
            known=[f"{look}-{number}" for number in range(20)],
            forgotten=[f"{look - 1}-0"],
            watermark=Position(look),
            begun=[f"watch {look}"],
            events=[(event(f"{look}-{each}"), ["phone", "feed"]) for each in "ab"],
            gaps=[(str(look), str(look + 1))],
            marks=[
                MarkChanges("yeast", SCOPE, {str(look): Mark("x"), str(look - 1): None}),
                MarkChanges("mice", SCOPE, {str(n): Mark(str(look)) for n in range(20)}),
            ],
            holes=[Hole(number, look * 100) for number in range(look % 5)],
        ))
        print(look, flush=True)

asyncio.run(main())
"""


def run_and_kill(folder: Path, delay: float) -> int:
    """Let a child commit looks, kill it after a delay; tell the last one that it knew of."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        last = child.stdout.readline()
        time.sleep(delay)
        child.kill()
        lines = [last, *child.stdout.read().splitlines(keepends=True)]
    # The kill can cut the last line short.
    return int([each for each in lines if each.endswith("\n")][-1])


async def remembered(folder: Path) -> tuple[dict[str, str], dict[str, str], list[Hole]]:
    """Return what the two watches remember, and the holes."""
    async with await Store.open(folder) as store:
        holes = (await store.streams.holes()).get(UPLOADS, [])
        return (
            await marks_of(store, "yeast"),
            await marks_of(store, "mice"),
            holes,
        )


async def look_back(folder: Path) -> tuple[int, dict[str, int], set[str], bool]:
    """Return the last look, the counts, the known ids around it, and whether its watch began."""
    async with await Store.open(folder) as store:
        look = int((await store.streams.state(UPLOADS)).watermark or 0)
        asked = [f"{each}-{number}" for each in range(1, look + 2) for number in range(20)]
        known = await store.streams.known(UPLOADS, asked)
        begun = f"watch {look}" in (await store.streams.state(UPLOADS)).watches
        return look, dict(await store.counts()), known, begun


@pytest.mark.slow
async def test_a_killed_process_leaves_whole_looks(tmp_path: Path) -> None:
    """After each of twenty kills all of each look is there or nothing, and all it knew of is."""
    chance = random.Random(datetime.now(UTC).date().toordinal())  # noqa: S311 - no secret
    for _ in range(20):
        told = run_and_kill(tmp_path, chance.uniform(0, 0.03))
        look, counts, known, begun = await look_back(tmp_path)
        yeast, mice, holes = await remembered(tmp_path)

        assert look in {told, told + 1}
        assert begun
        assert yeast == {str(look): "x"}
        assert mice == {str(number): str(look) for number in range(20)}
        assert holes == [(number, look * 100) for number in range(look % 5)]
        assert counts == {
            "pending": 4 * look,
            "done": 0,
            "given_up": 0,
            "events": 2 * look,
            "gaps": look,
        }
        assert known == {
            f"{each}-{number}" for each in range(1, look + 1) for number in range(20)
        } - {f"{each}-0" for each in range(1, look)}
