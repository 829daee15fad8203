"""
What a known id and a kept item cost, in bytes and in time, and how large a year makes the state.

    python tests/benchmarks/bench_store.py
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from gazelled.model import Event, EventKind, Item, StreamId
from gazelled.store import NAME, LookTransaction, Mark, MarkChanges, Store
from gazelled.store.backup.verifying import verify
from gazelled.store.history.archive import MOST_ITEMS

PAGE = 50
PAGES = 200
BATCH = 50_000
MB = 1_000_000

MANY = 1_000_000
SHAPES = {
    "upload": "{0}",
    "conversation": "{0}:2026-11-23 12:00:00",
    "thread": "{0}:{1}",
}
"""What ids look like, by what they are of; a revision stands after the colon."""
STREAMS = 300
MOST_BYTES = 40
"""An id costs at most."""
MOST_TIMES = 2.0
"""A look takes at most so many times as long when a million ids are known as when none is."""

WEIGHED = 5_000
STATE = '{"seeders":3,"leechers":0,"size":7623566336}'
RULE = '{"ask": "browse", "match": {"tags": {"any": ["yeast", "dna"]}, "size": {"max": "50 GiB"}}}'
REQUESTS = 600
"""Looks in an hour: the tracker's whole limit, ten times what watches take by default."""
NEW = REQUESTS * PAGE // 100
"""Ids in an hour: of all that is seen one in a hundred is new."""
TOLD = 100
"""Events in a day."""
YEAR = {
    "known id": (NEW * 24 * 365, f"{NEW} an hour, for ever, each as large as the largest kind"),
    "item": (MOST_ITEMS, "as many as are kept at most"),
    "event": (TOLD * 90, f"{TOLD} a day to two targets, for 90 days"),
    "mark": (20 * 1_000, "twenty watches of a thousand things each"),
    "rule": (1_000 * 3, "a thousand watches, each changed twice"),
    "gap": (1_000, "for ever"),
}
MOST_MB = 200


async def bench(folder: Path, kind: str) -> float:
    """Fill a store with ids, then time looks at it and at an empty one; tell the bytes of an id."""
    chance = random.Random(kind)  # noqa: S311 - no secret
    ids = [SHAPES[kind].format(60_000 + each, 10_000_000 + 7 * each) for each in range(2 * MANY)]
    chance.shuffle(ids)
    here, later = ids[:MANY], ids[MANY:]
    async with await Store.open(folder / "full") as store:
        for number in range(STREAMS):  # the number of a later one takes more room
            await store.commit_look(LookTransaction(StreamId(f"stream {number}")))
    empty = (folder / "full" / NAME).stat().st_size
    async with await Store.open(folder / "full") as store:
        for start in range(0, MANY, BATCH):
            await store.commit_look(
                LookTransaction(StreamId("uploads"), known=here[start : start + BATCH])
            )
    size = ((folder / "full" / NAME).stat().st_size - empty) / MANY
    assert size <= MOST_BYTES

    began = time.perf_counter()
    full = await Store.open(folder / "full")
    opened = time.perf_counter() - began
    print(f"{kind:<13} {size:>9.1f} {opened * 1000:>8.0f}", end="")
    async with full, await Store.open(folder / "empty") as bare:
        for new in (0, 1, PAGE):
            pages = [
                [*chance.sample(here, PAGE - new), *later[page * PAGE :][:new]]
                for page in range(PAGES)
            ]
            # The empty one knows what it is shown: its looks are the same but for the million.
            await bare.commit_look(
                LookTransaction(
                    StreamId("uploads"), known=[i for p in pages for i in p[: PAGE - new]]
                )
            )
            times = [(await look(bare, page), await look(full, page)) for page in pages]
            less, more = (middle(list(each)) for each in zip(*times, strict=True))
            print(f"   {less * 1000:>5.2f} {more * 1000:>5.2f} {more / less:>4.1f}x", end="")
            assert more / less <= MOST_TIMES
            later = later[PAGES * PAGE :]
    print(flush=True)
    return size


async def look(store: Store, page: list[str]) -> float:
    """Return how long a look takes the store: what of a page is known, and adding what isn't."""
    began = time.perf_counter()
    known = await store.streams.known(StreamId("uploads"), page)
    await store.commit_look(
        LookTransaction(StreamId("uploads"), known=[each for each in page if each not in known])
    )
    return time.perf_counter() - began


async def timed(work: Awaitable[object]) -> float:
    """Return how many seconds it takes."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def middle(times: list[float]) -> float:
    """Return the median."""
    return sorted(times)[len(times) // 2]


def last(times: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


async def weigh(folder: Path) -> dict[str, float]:
    """Return the bytes of a row of each kind; an event is one with its two deliveries."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    found = {}
    for what in ("item", "event", "mark", "rule", "gap"):
        async with await Store.open(folder / what) as store:
            empty = store.path.stat().st_size
            for start in range(0, WEIGHED, PAGE):
                numbers = range(start, start + PAGE)
                items = [upload(number) for number in numbers]
                look = {
                    "item": LookTransaction(
                        StreamId("uploads"), at=noon + timedelta(seconds=start), items=items
                    ),
                    "event": LookTransaction(
                        StreamId("uploads"), events=[told(item, noon) for item in items]
                    ),
                    "mark": LookTransaction(
                        StreamId("uploads"),
                        marks=[
                            MarkChanges("w", "change 01234567", {i.id: Mark(STATE) for i in items})
                        ],
                    ),
                    "rule": LookTransaction(
                        StreamId("uploads"), at=noon, rules={f"w{n}": RULE for n in numbers}
                    ),
                    "gap": LookTransaction(
                        StreamId("uploads"), gaps=[(str(each), str(each + 1)) for each in numbers]
                    ),
                }
                await store.commit_look(look[what])
        found[what] = (store.path.stat().st_size - empty) / WEIGHED
    return found


def upload(number: int) -> Item:
    """Make an item as an upload of the tracker is, with all that its list tells."""
    return Item(
        id=str(60_000 + number),
        kind="torrent",
        title=f"Saccharomyces cerevisiae S288C whole genome sequencing reads, run {number}",
        url=f"https://biotorrents.de/torrents.php?id={20_000 + number}&torrentid={60_000 + number}",
        time=datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=number),
        tags=("saccharomyces.cerevisiae", "yeast", "dna", "whole.genome", "illumina"),
        size=7_623_566_336 + number,
        group=str(20_000 + number),
        fields={
            "authors": ("Sanger Institute", "Louis Pasteur"),
            "year": 2024,
            "category": "Sequences",
            "platform": "Illumina HiSeq",
            "format": "FASTQ",
            "license": "CC0",
            "scope": "Organism",
            "archive": "tar.gz",
            "annotated": False,
            "accession": "NC_001133.9",
            "version": None,
            "strain": "S288C",
            "seeders": 3,
            "leechers": 0,
            "snatched": 12,
            "freeleech": False,
            "description": None,
        },
    )


def told(item: Item, at: datetime) -> tuple[Event, list[str]]:
    """Make an event of an item, for two targets."""
    key = f"yeast:new:{item.id}"
    why = ("yeast", "CC0", "7.1 ≤ 50 GiB")
    event = Event(key, EventKind.NEW, "yeast", at, item.title, "", (item,), why)
    return event, ["phone", "lab-feed"]


async def year(folder: Path, known: float) -> None:
    """Compute the database of a year of full-rate polling from what its rows weigh."""
    weights = await weigh(folder) | {"known id": known}
    print(f"\nA year at the full rate: {REQUESTS * 24 * 365:,} looks")
    total = 0.0
    for what, (rows, why) in YEAR.items():
        size = rows * weights[what]
        total += size
        print(f"{rows:>11,} {what:<9} {weights[what]:>7.1f} bytes {size / MB:>7.1f} MB  {why}")
    print(f"{total / MB:>38.1f} MB, of at most {MOST_MB}")
    assert total / MB < MOST_MB


async def history(folder: Path) -> None:
    """Time what `why` and `try` read, with as many items as are kept at most."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    async with await Store.open(folder) as store:
        for start in range(0, MOST_ITEMS, BATCH // 10):
            items = [upload(number) for number in range(start, start + BATCH // 10)]
            at = noon + timedelta(minutes=start)
            await store.commit_look(
                LookTransaction(
                    StreamId("uploads"), at=at, items=items, known=[i.id for i in items]
                )
            )
        newest = noon + timedelta(minutes=MOST_ITEMS * 2 / 3)
        commits = [
            await timed(
                store.commit_look(
                    LookTransaction(
                        StreamId("uploads"),
                        at=noon + timedelta(days=90),
                        items=[upload(MOST_ITEMS + page * PAGE + each) for each in range(PAGE)],
                    )
                )
            )
            for page in range(PAGES)
        ]
        reads = {
            "one item by its id": await timed(store.archive.item("60007")),
            "a third of the items": await timed(store.archive.items(StreamId("uploads"), newest)),
            "letting go what is over": await timed(store.prune(noon)),
            "a backup": await timed(store.back_up(noon)),
        }
        before = time.perf_counter()
        wrong = verify(store.path).wrong
        reads["verifying"] = time.perf_counter() - before
        assert not wrong
        size = store.path.stat().st_size
    print(f"\nWith {MOST_ITEMS:,} kept items ({size / MB:.0f} MB), ms")
    slowest = last(commits) * 1000
    print(f"{middle(commits) * 1000:>9.1f} a page of {PAGE} kept items, p99 {slowest:.1f}")
    for what, took in reads.items():
        print(f"{took * 1000:>9.1f} {what}")


async def main() -> None:
    """Print a line for each kind of id."""
    print(f"A look at a page of {PAGE}, ms, with 0 and with {MANY:,} other ids known")
    print(f"{'':32}" + "".join(f"{f'{new} of it new':>20}" for new in (0, 1, PAGE)))
    print(f"{'known':<13} {'bytes/row':>9} {'open, ms':>8}" + f"{'0':>8} {'1m':>5} times" * 3)
    known = 0.0
    for kind in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            known = max(known, await bench(Path(folder), kind))
    for part in (history, partial(year, known=known)):
        with tempfile.TemporaryDirectory() as folder:
            await part(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
