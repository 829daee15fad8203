"""
How many items a second of CPU time go from an answer to the outbox: extract, decide, commit.

    python tests/benchmarks/bench_pipeline.py    # about half a minute

Pages of the tracker's own shape, 50 data sets each, go through the watcher into a real store, with
the daemon's log written as JSON to nowhere. First all are new, then all are known. The exit code is
1 if a goal is missed; it is for the case that is marked, where a watch wants a tenth.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
import time
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gazelled import logs
from gazelled.clock import Clock
from gazelled.model import Answer, Call, Event
from gazelled.redact import Redactor
from gazelled.rules import parse_match
from gazelled.store import Store
from gazelled.tracker.actions import ACTIONS
from gazelled.tracker.site import Site
from gazelled.watches.watch import Missed, Trouble, Watch
from gazelled.watches.watcher import Watcher

PAGE = 50
NEW = PAGE - 1
GOALS = (10_000.0, 40_000.0)


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
    """A tracker in memory: asking it costs no network, and it holds ever newer data sets."""

    def __init__(self) -> None:
        self.newest = 0
        self._entries: dict[int, dict[str, object]] = {}

    def more(self) -> None:
        """Let a page of data sets be uploaded, but for one: the page's last is known then."""
        self.newest += NEW
        for number in range(self.newest - PAGE, self.newest + 1):
            self._entries.setdefault(number, entry(number))

    async def ask(self, call: Call) -> Answer:
        """Answer with the newest page."""
        page = dict(call.params).get("page", "1")
        first = self.newest - (int(page) - 1) * PAGE
        results = [self._entries[number] for number in range(first, max(first - PAGE, 0), -1)]
        pages = -(-self.newest // PAGE)
        payload = {"currentPage": int(page), "pages": pages, "results": results}
        return Answer(call, payload, b"", datetime.now(UTC), 0.0)


def make_watcher(
    store: Store, uploads: Uploads, watches: int, match: Mapping[str, object]
) -> Watcher:
    """Make a watcher as the daemon does."""
    listing = ACTIONS["browse"].listing()
    assert listing is not None
    rule, problems = parse_match(match, listing.fields)
    assert not problems
    call = Call("browse", tuple(sorted(listing.with_)))

    def missed(found: Missed) -> tuple[Event, Sequence[str]]:
        raise AssertionError(found)

    async def trouble(found: Trouble) -> None:
        raise AssertionError(found)

    return Watcher(
        [Watch(f"w{n}", call, listing, rule, tell=("phone", "feed")) for n in range(watches)],
        Site(url="https://biotorrents.example/", name="BioTorrents.de"),
        store,
        Clock(),
        ask=uploads.ask,
        committed=lambda: None,
        missed=missed,
        on_trouble=trouble,
    )


async def measure(watches: int, match: Mapping[str, object], pages: int) -> tuple[float, float]:
    """Tell the items a second, first when all are new, then when all are known."""
    with tempfile.TemporaryDirectory() as folder:
        async with await Store.open(Path(folder)) as store:
            uploads = Uploads()
            uploads.more()
            watcher = make_watcher(store, uploads, watches, match)
            (source,) = watcher.sources
            await watcher.run(source)  # the first look tells nothing
            new = []
            for _ in range(pages):
                uploads.more()
                new.append(await timed(watcher.run(source)))
            known = [await timed(watcher.run(source)) for _ in range(pages)]
            events = (await store.counts())["events"]
            print(f"{watches:>8}{events:>9}", end="")
            return NEW / quick(new), PAGE / quick(known)


async def timed(work: Awaitable[None]) -> float:
    """Tell how many seconds of CPU time it takes, in all threads."""
    began = time.process_time()
    await work
    return time.process_time() - began


def quick(times: list[float]) -> float:
    """Tell what a quick page takes: the others had to share the machine with somebody."""
    return sorted(times)[len(times) // 10]


async def run(pages: int) -> bool:
    """Measure all cases; tell whether the goals are reached."""
    print(" watches   events   new, items/s   known, items/s")
    reached = True
    for watches, match, judged in (
        (1, {}, False),
        (1, {"license": ["CC0"], "tags": {"any": ["yeast"]}}, True),
        (10, {"license": ["CC0"], "tags": {"any": ["yeast"]}}, False),
    ):
        found = await measure(watches, match, pages)
        well = all(rate >= goal for rate, goal in zip(found, GOALS, strict=True))
        reached = reached and (well or not judged)
        print(
            "".join(f"{rate:>15,.0f}" for rate in found),
            f"  goal {GOALS}: {'reached' if well else 'MISSED'}" if judged else "",
        )
    return reached


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(description="Measure the pipeline.")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--level", default="info", help="what is logged")
    given = parser.parse_args()
    redactor = Redactor()
    redactor.add("a-token-of-some-length-0123456789", "another-secret-value")
    logs.set_up(format="json", level=given.level, redactor=redactor, stream=io.StringIO())
    return int(not asyncio.run(run(given.pages)))


if __name__ == "__main__":
    sys.exit(main())
