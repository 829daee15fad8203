"""
What an event costs a feed that keeps 1,000 entries, beside feedgen in the same run.

    python tests/benchmarks/bench_feed.py        # feedgen beside it: pip install feedgen
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import structlog

from gazelled.model import Event
from gazelled.plugin import WebFile
from gazelled.testing.plugin_kit import AT, PluginKit, PluginTarget

KEEP = 1_000
MEASURED = 100
MOST_MS = 5.0
"""An event may cost at most, in milliseconds of a processor."""
WATCHES = 10


def event(kit: PluginKit, number: int) -> Event:
    """Make an event such as most are."""
    return kit.event(
        title=f"Saccharomyces cerevisiae S288C, sequencing reads of run {number} & its controls",
        at=AT + timedelta(minutes=number),
        watch=f"yeast-{number % WATCHES}",
        size=7_000_000_000 + number,
        tags=("yeast", "dna", "illumina", "reads"),
        authors=("Ada Lovelace", "Barbara McClintock"),
        license="CC0",
        format="FASTQ",
        lab="Sanger Institute",
        accession=f"NC_{number:06d}.9",
    )


def milliseconds(function: Callable[[], object]) -> float:
    """Return what a call costs, in milliseconds of a processor."""
    began = time.process_time()
    function()
    return (time.process_time() - began) * 1000


def served(target: PluginTarget, path: str) -> WebFile:
    """Ask for a feed."""
    file = target.get(path)
    assert file is not None
    return file


def bench(folder: Path) -> None:
    """Fill a feed, then deliver and read."""
    kit = PluginKit(here=folder, state=folder)
    target = kit.target("feed", keep=KEEP)
    target.prepare()
    for number in range(KEEP):
        target.deliver(event(kit, number))
    later = [event(kit, KEEP + number) for number in range(MEASURED)]
    empty = median(milliseconds(lambda: asyncio.run(asyncio.sleep(0))) for _ in range(MEASURED))
    costs = [milliseconds(partial(target.deliver, one)) - empty for one in later]
    print(f"an event into {KEEP:,} entries      {median(costs):7.2f} ms, at most {max(costs):.2f}")
    assert median(costs) <= MOST_MS
    for ending in ("atom", "rss", "json"):
        first = milliseconds(partial(served, target, f"target.{ending}"))
        again = milliseconds(partial(served, target, f"target.{ending}"))
        size = len(served(target, f"target.{ending}").content) / 1e6
        print(f"{ending:4} of {size:.2f} MB, when asked for {first:7.2f} ms, again {again:.2f}")


def bench_feedgen(folder: Path) -> None:
    """Do the same with feedgen, which writes all of it at each event."""
    try:
        from feedgen.feed import FeedGenerator  # noqa: PLC0415 - it is no dependency
    except ImportError:
        print("feedgen isn't installed: pip install feedgen")
        return
    kit = PluginKit(here=folder, state=folder)
    feed = FeedGenerator()
    feed.id("tag:biotorrents.de,2026:feed")
    feed.title("Yeast data")
    feed.link(href="https://biotorrents.de")

    def add(one: Event) -> None:
        entry: Any = feed.add_entry()
        entry.id(f"tag:biotorrents.de,2026:{one.key}")
        entry.title(one.title)
        entry.published(one.at)
        entry.updated(one.at)
        entry.link(href=one.item.url)
        entry.author([{"name": author} for author in one.item.fields["authors"]])
        entry.category([{"term": tag} for tag in one.item.tags or ()])
        entry.rights("CC0")
        entry.content("7.1 GiB FASTQ · CC0", type="text")

    def publish(one: Event) -> None:
        add(one)
        del feed.entry()[KEEP:]
        feed.atom_file(str(folder / "feedgen.atom"))

    for number in range(KEEP):
        add(event(kit, number))
    later = [event(kit, KEEP + number) for number in range(10)]
    costs = [milliseconds(partial(publish, one)) for one in later]
    print(f"feedgen, the same                 {median(costs):7.2f} ms, Atom alone")


def main() -> None:
    """Print the figures; raise AssertionError if an event costs too much."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        bench(Path(folder))
        bench_feedgen(Path(folder))


if __name__ == "__main__":
    main()
