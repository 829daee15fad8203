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

from gazelled.model import Event, EventKind, Item
from gazelled.store import Look, Store, verify
from gazelled.store.history import MOST_ITEMS

PAGE = 50
PAGES = 200
BATCH = 50_000
MB = 1_000_000

WEIGHED = 5_000
RULE = '{"ask": "browse", "match": {"tags": {"any": ["yeast", "dna"]}, "size": {"max": "50 GiB"}}}'
SHARE = 60
"""Looks in an hour: a tenth of the tracker's limit."""
UPLOADS = 500
"""In a day: BioTorrents.de has a few; a large tracker has this many."""
STREAMS = 5
"""So many streams see each upload."""
TOLD = 100
"""Events in a day."""
YEAR = {
    "known id": (UPLOADS * 365 * STREAMS, f"{UPLOADS} a day, each in {STREAMS} streams, for ever"),
    "item": (MOST_ITEMS, "as many as are kept at most"),
    "event": (TOLD * 90, f"{TOLD} a day to two targets, for 90 days"),
    "rule": (1_000 * 3, "a thousand watches, each changed twice"),
    "gap": (1_000, "for ever"),
}
MOST_MB = 200


async def bench(folder: Path, rows: int, *, ascending: bool) -> float:
    """Fill a store with ids, then time pages against it; tell the bytes of an id."""
    first = 1_000_000
    ids = [str(first + number) for number in range(rows)]
    if not ascending:
        random.Random(rows).shuffle(ids)  # noqa: S311 - no secret
    async with await Store.open(folder) as store:
        empty = store.path.stat().st_size
        for start in range(0, rows, BATCH):
            await store.commit_look(Look("uploads", add=ids[start : start + BATCH]))
    began = time.perf_counter()
    store = await Store.open(folder)
    opened = time.perf_counter() - began
    size = (store.path.stat().st_size - empty) / rows if rows else 0.0

    pages = [
        [str(first + rows + page * PAGE + number) for number in range(PAGE)]
        for page in range(PAGES)
    ]
    unseen = [await timed(store.known("uploads", page)) for page in pages]
    commits = [await timed(store.commit_look(Look("uploads", add=page))) for page in pages]
    seen = [await timed(store.known("uploads", page)) for page in pages]
    await store.close()
    print(
        f"{rows:>9,} {'rising' if ascending else 'random':>7} {size:>10.1f} {opened * 1000:>8.0f}"
        f" {middle(unseen) / PAGE * 1e6:>10.1f} {middle(commits) / PAGE * 1e6:>10.1f}"
        f" {middle(seen) / PAGE * 1e6:>10.1f} {last(commits) * 1000:>10.1f}"
    )
    return size


async def timed(work: Awaitable[object]) -> float:
    """Tell how many seconds it takes."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def middle(times: list[float]) -> float:
    """Tell the median."""
    return sorted(times)[len(times) // 2]


def last(times: list[float]) -> float:
    """Tell the 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


async def weigh(folder: Path) -> dict[str, float]:
    """Tell the bytes of a kept item, an event with two deliveries, and a version of a rule."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    found = {}
    for what in ("item", "event", "rule", "gap"):
        async with await Store.open(folder / what) as store:
            empty = store.path.stat().st_size
            for start in range(0, WEIGHED, PAGE):
                numbers = range(start, start + PAGE)
                items = [upload(number) for number in numbers]
                look = {
                    "item": Look("uploads", at=noon + timedelta(seconds=start), items=items),
                    "event": Look("uploads", events=[told(item, noon) for item in items]),
                    "rule": Look("uploads", at=noon, rules=[(f"w{n}", RULE) for n in numbers]),
                    "gap": Look("uploads", gaps=[(str(each), str(each + 1)) for each in numbers]),
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
    print(f"\nA year at the full rate: {SHARE * 24 * 365:,} looks, {UPLOADS * 365:,} uploads")
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
            await store.commit_look(Look("uploads", at=at, items=items, add=[i.id for i in items]))
        newest = noon + timedelta(minutes=MOST_ITEMS * 2 / 3)
        commits = [
            await timed(
                store.commit_look(
                    Look(
                        "uploads",
                        at=noon + timedelta(days=90),
                        items=[upload(MOST_ITEMS + page * PAGE + each) for each in range(PAGE)],
                    )
                )
            )
            for page in range(PAGES)
        ]
        reads = {
            "one item by its id": await timed(store.item("60007")),
            "a third of the items": await timed(store.items("uploads", newest)),
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
    """Print a line for each size."""
    print("                             open    µs per id  (median of pages of 50)   p99 ms")
    print("    known   order  bytes/row     ms     unseen        add       seen       page")
    known = 0.0
    for rows in (0, 100_000, 1_000_000):
        for ascending in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                known = await bench(Path(folder), rows, ascending=ascending)
    for part in (history, partial(year, known=known)):
        with tempfile.TemporaryDirectory() as folder:
            await part(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
