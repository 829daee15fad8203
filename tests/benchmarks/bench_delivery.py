"""
How many deliveries a second there are with 10, 1,000 and 40,000 waiting, and what they need.

The feed of 1,000 entries, beside feedgen, follows in the same run.

    python tests/benchmarks/bench_delivery.py    # feedgen beside it: pip install feedgen
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import asyncio
import logging
import runpy
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from gazelled.clock import Clock
from gazelled.delivery import Deliverer, TargetChange
from gazelled.model import Delivery, Event, EventKind, Item, StreamId
from gazelled.store import LookTransaction, Store

WAITING = (10, 1_000, 40_000)
MEASURED = 200
ROUNDS = 20
"""So often it is measured where fewer wait than are measured."""
BATCH = 1_000
MOST_TIMES = 2.0
"""A delivery takes at most so many times as long, and as much memory, when 40,000 wait."""
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Figures:
    """What deliveries cost: each in milliseconds, of time and of a processor, and peak bytes."""

    seconds: float = 0.0
    processor: float = 0.0
    memory: int = 0
    number: int = 0

    @property
    def each(self) -> float:
        """The milliseconds of a processor that one takes."""
        return self.processor / self.number * 1000


def event(number: int) -> Event:
    """Make an event."""
    item = Item(str(number), "torrent", f"Reads of run {number}", size=7_000_000_000)
    return Event(f"yeast:new:{number}", EventKind.NEW, "yeast", AT, item.title, "", (item,))


async def deliver(store: Store, most: int, figures: Figures) -> None:
    """Deliver so many to a target that takes everything at once, and stop."""
    number = 0
    processor = seconds = 0.0

    async def send(delivery: Delivery) -> None:
        nonlocal number, processor, seconds
        del delivery
        number += 1
        if number == 1:  # the start is not what is measured
            processor, seconds = time.process_time(), time.perf_counter()
        if number > most:
            figures.processor += time.process_time() - processor
            figures.seconds += time.perf_counter() - seconds
            figures.number += most
            deliverer.end()

    async def on_change(change: TargetChange) -> None:
        raise AssertionError(change)

    deliverer = Deliverer(store, send, Clock(), on_change)
    await deliverer.run()


async def fill(store: Store, first: int, number: int) -> None:
    """Let events wait."""
    for start in range(first, first + number, BATCH):
        numbers = range(start, min(start + BATCH, first + number))
        events: list[tuple[Event, Sequence[str]]] = [(event(one), ["phone"]) for one in numbers]
        await store.commit_look(LookTransaction(StreamId("browse"), events=events))


async def measure(folder: Path, waiting: int) -> Figures:
    """Measure deliveries while about so many wait."""
    figures = Figures()
    async with await Store.open(folder) as store:
        next_number, each = 0, min(waiting - 1, MEASURED)
        await fill(store, next_number, waiting)
        next_number += waiting
        for _ in range(ROUNDS if each < MEASURED else 1):
            await deliver(store, each, figures)
            await fill(store, next_number, each + 1)
            next_number += each + 1
        tracemalloc.start()
        await deliver(store, each, Figures())
        figures.memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return figures


def bench(folder: Path) -> None:
    """Print the figures; raise AssertionError if they depend on how many wait."""
    results: dict[int, Figures] = {}
    for waiting in WAITING:
        own = folder / str(waiting)
        own.mkdir()
        figures = results[waiting] = asyncio.run(measure(own, waiting))
        print(
            f"{waiting:6,} waiting: {figures.number / figures.seconds:6.0f} deliveries a second, "
            f"{figures.each:.2f} ms of a processor each, {figures.memory / 1000:,.0f} kB at most"
        )
    few, many = results[WAITING[1]], results[WAITING[-1]]
    assert many.each <= MOST_TIMES * few.each
    assert many.memory <= MOST_TIMES * few.memory


def main() -> None:
    """Print all figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        bench(Path(folder))
    runpy.run_path(str(Path(__file__).with_name("bench_feed.py")), run_name="__main__")


if __name__ == "__main__":
    main()
