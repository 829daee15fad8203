"""
What a known id costs, in bytes and in time, and how long a page takes to commit.

    python tests/benchmarks/bench_store.py
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from gazelled.store import Look, Store

PAGE = 50
PAGES = 200
BATCH = 50_000


async def bench(folder: Path, rows: int, *, ascending: bool) -> None:
    """Fill a store with ids, then time pages against it."""
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


async def main() -> None:
    """Print a line for each size."""
    print("                             open    µs per id  (median of pages of 50)   p99 ms")
    print("    known   order  bytes/row     ms     unseen        add       seen       page")
    for rows in (0, 100_000, 1_000_000):
        for ascending in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                await bench(Path(folder), rows, ascending=ascending)


if __name__ == "__main__":
    asyncio.run(main())
