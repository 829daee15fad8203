"""
How many items a second of CPU time go from an answer to the outbox: extract, decide, commit.

    python -m tests.benchmarks.bench_pipeline            # about two minutes
    python -m tests.benchmarks.bench_pipeline --quick    # without the million

Pages of the tracker's own shape, 50 data sets each, go through the watcher into a real store, with
the daemon's log written as JSON to nowhere. First most of a page is new (what overlaps is known, so
that one page is enough), then all is known: with one watch and with a thousand on one stream, with
an empty store and with one that knows a million other ids. The exit code is 1 if a goal is missed.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.kinds import KINDS

from gazelled import logs
from gazelled.clock import Clock
from gazelled.model import Answer, Call, Event, Position
from gazelled.redact import Redactor
from gazelled.rules import CompileContext, Rule, parse_match
from gazelled.store import LookTransaction, Store
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.sites.site import Site
from gazelled.watches.findings import Finding, Skipped, Trouble
from gazelled.watches.streams.stream import OVERLAP
from gazelled.watches.watch import Watch
from gazelled.watches.watcher import Watcher

Rules = Callable[[int], Mapping[str, object]]
"""Tells the match of a watch by its number."""

PAGE = 50
NEW = PAGE - OVERLAP
MANY = 1_000_000
BATCH = 50_000
WATCHES = (1, 10, 100, 1_000)

NEW_A_SECOND, KNOWN_A_SECOND = 10_000.0, 40_000.0
"""So many items a second at least, by one watch that wants a tenth."""
MOST_SEEN, MOST_PATTERN = 2.0, 25.0
"""At most so many microseconds for each watch and item: a known one, a new one and a pattern."""
MOST_TIMES = 2.0
"""At most so many times as long when a million are known."""

TENTH: Rules = lambda _: {"license": ["CC0"], "tags": {"any": ["yeast"]}}  # noqa: E731 - one of three
PLAIN: Rules = lambda n: {"tags": {"any": [f"tag{n}", f"dna{n}"]}, "size": {"max": f"{n + 1} GiB"}}  # noqa: E731 - likewise
PATTERN: Rules = lambda n: {"title_regex": rf"\bS{n}X\b"}  # noqa: E731 - likewise


@dataclass(frozen=True)
class Measured:
    """
    The microseconds of CPU time that an item took.

    Attributes:
        new: One that is new.
        known: One that is known.

    """

    new: float
    known: float


def entry(number: int) -> dict[str, object]:
    """Make one data set as the tracker lists it."""
    torrent = {
        "torrentId": number,
        "size": number * 1_000_003,
        "seeders": number % 7,
        "leechers": 0,
        "snatches": number % 11,
        "time": "2026-03-02 09:00:00",
        "media": "Illumina HiSeq",
        "format": "FASTQ",
        "license": "CC0" if number % 10 == 0 else "CC BY-SA",
    }
    return {
        "groupId": number,
        "groupName": f"Saccharomyces cerevisiae S288C reads, run {number}",
        "tags": ["yeast", "dna", f"lane{number % 8}"],
        "groupTime": "1772442000",
        **torrent,
        "torrents": [torrent],
    }


class Uploads:
    """
    A tracker in memory: asking it costs no network, and it holds ever newer data sets.

    Args:
        first: The id below which it has none.

    """

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self.newest = first
        self._entries: dict[int, dict[str, object]] = {}

    def more(self) -> None:
        """Let a page of data sets be uploaded, but for those that one looks at again."""
        self.newest += NEW
        for number in range(max(self.newest - PAGE, self._first), self.newest + 1):
            self._entries.setdefault(number, entry(number))

    async def ask(self, call: Call) -> Answer:
        """Answer with the newest page."""
        page = dict(call.params).get("page", "1")
        first = self.newest - (int(page) - 1) * PAGE
        results = [
            self._entries[number] for number in range(first, max(first - PAGE, self._first), -1)
        ]
        pages = -(-(self.newest - self._first) // PAGE)
        payload = {"currentPage": int(page), "pages": pages, "results": results}
        return Answer(call, payload, b"", datetime.now(UTC), 0.0)


def make_watcher(store: Store, uploads: Uploads, watches: int, rules: Rules) -> Watcher:
    """Make a watcher as the daemon does."""
    listing = ACTIONS["browse"].listing()
    assert listing is not None
    call = Call("browse", tuple(sorted(listing.with_)))

    def notice(found: Finding) -> tuple[Event, Sequence[str]]:
        raise AssertionError(found)

    def match(number: int) -> Rule:
        found, problems = parse_match(rules(number), CompileContext(listing.fields))
        assert not problems
        return found

    async def trouble(found: Trouble | Skipped) -> None:
        raise AssertionError(found)

    return Watcher(
        [
            Watch(
                name=f"w{n}",
                call=call,
                listing=listing,
                match=match(n),
                kind=KINDS["new"],
                tell=("phone", "feed"),
            )
            for n in range(watches)
        ],
        Site(url="https://biotorrents.example/", name="BioTorrents.de"),
        store,
        Clock(),
        ask=uploads.ask,
        committed=lambda: None,
        notice=notice,
        on_trouble=trouble,
    )


async def measure(watches: int, rules: Rules, pages: int, others: int = 0) -> Measured:
    """Measure, in a store that knows so many other ids of the stream."""
    with tempfile.TemporaryDirectory() as folder:
        async with await Store.open(Path(folder)) as store:
            uploads = Uploads(first=others)
            uploads.more()
            watcher = make_watcher(store, uploads, watches, rules)
            (source,) = watcher.sources
            for start in range(0, others, BATCH):
                ids = [str(number) for number in range(start, start + BATCH)]
                await store.commit_look(
                    LookTransaction(source, known=ids, watermark=Position(str(others - 1)))
                )
            await watcher.run(source)  # the first look tells nothing
            new = []
            for _ in range(pages):
                uploads.more()
                new.append(await timed(watcher.run(source)))
            known = [await timed(watcher.run(source)) for _ in range(pages)]
    return Measured(quick(new) / NEW * 1e6, quick(known) / PAGE * 1e6)


async def timed(work: Awaitable[None]) -> float:
    """Return how many seconds of CPU time it takes, in all threads."""
    began = time.process_time()
    await work
    return time.process_time() - began


def quick(times: list[float]) -> float:
    """Return what a quick page takes: the others had to share the machine with somebody."""
    return sorted(times)[len(times) // 10]


def judge(name: str, value: float, goal: float, *, least: bool = False) -> bool:
    """Return how a figure compares with its goal."""
    well = value >= goal if least else value <= goal
    bound = "at least" if least else "at most"
    print(f"{name:<58}{value:>10,.1f}  ({bound} {goal:,g}){'' if well else '   MISSED'}")
    return well


async def run(pages: int, *, quickly: bool) -> bool:
    """Measure all cases; tell whether the goals are reached."""
    print(f"{'µs an item':<30}{'new':>10}{'known':>10}     items a second")
    found: dict[tuple[str, int, int], Measured] = {}
    cases = [("a tenth", TENTH, 1, each) for each in ((0,) if quickly else (0, MANY))]
    for name, rules in (("plain", PLAIN), ("pattern", PATTERN)):
        cases += [(name, rules, watches, 0) for watches in WATCHES]
    for name, rules, watches, others in cases:
        least = max(pages // max(watches // 10, 1), 10)
        each = found[name, watches, others] = await measure(watches, rules, least, others)
        rates = f"{1e6 / each.new:>10,.0f} {1e6 / each.known:>10,.0f}"
        title = f"{watches:,} x {name}" + (f", {others:,} ids" if others else "")
        print(f"{title:<30}{each.new:>10.1f}{each.known:>10.1f}     {rates}", flush=True)

    one, most = found["a tenth", 1, 0], WATCHES[-1]
    results = [
        judge("new items a second", 1e6 / one.new, NEW_A_SECOND, least=True),
        judge("known items a second", 1e6 / one.known, KNOWN_A_SECOND, least=True),
    ]
    for name in ("plain", "pattern"):
        less, more = found[name, 1, 0], found[name, most, 0]
        seen = (more.known - less.known) / (most - 1)
        fresh = (more.new - less.new) / (most - 1)
        results.append(judge(f"µs for each watch and known item, {name}", seen, MOST_SEEN))
        results.append(judge(f"µs for each watch and new item, {name}", fresh, MOST_PATTERN))
    if not quickly:
        full = found["a tenth", 1, MANY]
        results.append(
            judge("times as long with a million known, new", full.new / one.new, MOST_TIMES)
        )
        results.append(judge("the same, known", full.known / one.known, MOST_TIMES))
    return all(results)


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(description="Measure the pipeline.")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="without a million known ids")
    parser.add_argument("--level", default="info", help="what is logged")
    given = parser.parse_args()
    redactor = Redactor()
    redactor.add("a-token-of-some-length-0123456789", "another-secret-value")
    logs.set_up(format="json", level=given.level, redactor=redactor, stream=io.StringIO())
    return int(not asyncio.run(run(given.pages, quickly=given.quick)))


if __name__ == "__main__":
    sys.exit(main())
