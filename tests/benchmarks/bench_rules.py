"""
How long rules take to decide, and what a thousand of them weigh.

    python tests/benchmarks/bench_rules.py

`decides` is the verdict by itself, `says` comes with its reasons in words. Each item is another
one, as they come; watches after the first look at the same items again.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from gazelled.model import Item
from gazelled.rules import parse_expression, parse_match

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS: Mapping[str, type] = {
    "age": timedelta,
    "freeleech": bool,
    "license": str,
    "seeders": int,
    "size": int,
    "tags": tuple,
    "year": int,
}
EXPRESSIONS = (
    "seeders <= 1",
    'age < "7d"',
    'license in ["CC0", "Public Domain"]',
    '"yeast" in tags',
    '"reads" in title',
    r"matches(title, '\bS288C\b|W303')",
    'seeders <= 1 and age > "30d" and size / (seeders + 1) < "5 GiB"',
    'freeleech or "yeast" in tags or year >= 2020',
)
MATCHES: tuple[dict[str, object], ...] = (
    {"seeders": {"max": 1}},
    {"tags": {"any": ["yeast", "dna"]}, "license": ["CC0"], "size": {"max": "50 GiB"}},
    {"title_regex": r"\bS288C\b|W303", "tags": {"any": ["yeast"]}, "license": ["CC0"]},
)
ITEMS = [
    Item(
        id=str(number),
        kind="torrent",
        title=f"Saccharomyces cerevisiae strain S288C, whole genome reads, run {number}",
        time=NOW - timedelta(days=number),
        tags=("yeast", "fungi", "open.data", "whole.genome", "illumina"),
        size=7 * 2**30 + number,
        fields={"freeleech": False, "license": "CC BY", "seeders": number % 7, "year": 2021},
    )
    for number in range(50)
]
ROUNDS = 20_000
REPEATS = 5
THOUSAND = 1000


def each(work: Callable[[Item, datetime], object]) -> float:
    """Tell the best of its times for an item, in microseconds."""
    best = float("inf")
    for _ in range(REPEATS):
        items = cycle(ITEMS)
        began = time.process_time()
        for _ in range(ROUNDS):
            work(next(items), NOW)
        best = min(best, time.process_time() - began)
    return best / ROUNDS * 1e6


def resident() -> int:
    """Tell the memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def main() -> None:
    """Print a line for each rule, then what a thousand weigh."""
    print(f"{'decides µs':>10} {'says µs':>8}")
    for text in EXPRESSIONS:
        found, _ = parse_expression(text, FIELDS)
        print(f"{each(found.holds):>10.2f} {each(found.decide):>8.2f}  {text}")
    for table in MATCHES:
        match, _ = parse_match(table, FIELDS)
        print(f"{'':>10} {each(match.decide):>8.2f}  match {table}")

    before = resident()
    tracemalloc.start()
    began = time.process_time()
    kept = [
        parse_expression(rf"matches(title, '\bS{number}C\b') and seeders <= {number}", FIELDS)
        for number in range(THOUSAND)
    ]
    took = time.process_time() - began
    python = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    for found, _ in kept:
        found.holds(ITEMS[0], NOW)
    print(
        f"{THOUSAND} expressions with a pattern: {took * 1000:.0f} ms to read,"
        f" {python / 2**20:.1f} MiB of Python, {(resident() - before) / 2**20:.1f} MiB in all"
    )


if __name__ == "__main__":
    main()
