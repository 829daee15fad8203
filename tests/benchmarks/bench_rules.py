"""
How long rules take to decide, and what a thousand of them weigh.

    python tests/benchmarks/bench_rules.py

`decides` is the verdict by itself, `says` comes with its reasons in words, which is done for what
fits. Each item is another one, as they come; watches after the first look at the same items again.
Exits with 1 if a goal is missed.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import gc
import sys
import time
import tomllib
import tracemalloc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from gazelled.fields import AGE, COUNT, FILES, FLAG, SIZE, TAGS, TEXT, FieldType
from gazelled.model import Item
from gazelled.rules import CompileContext, Rule, parse_expression, parse_match

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS: Mapping[str, FieldType] = {
    "age": AGE,
    "files": FILES,
    "freeleech": FLAG,
    "license": TEXT,
    "seeders": COUNT,
    "size": SIZE,
    "tags": TAGS,
    "year": COUNT,
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
MATCHES = {
    "": 5.0,
    'tags.any = ["mouse", "human"]': 5.0,
    'tags.any = ["yeast", "dna"]\nlicense = ["CC0"]': 5.0,
    'tags.any = ["yeast"]\nlicense = ["CC BY"]\nsize.max = "50 GiB"\ntitle = "mouse"': 5.0,
    'tags.any = ["yeast"]\ntitle_regex = "\\\\bS288C\\\\b|W303"\nlicense = ["CC BY"]': 25.0,
    'tags.any = ["yeast"]\nfiles.any = "*.fasta"': 25.0,
}
"""Rules, and the most microseconds that each may take."""

WATCHES = {
    "different watches": (
        """
        tags.any = ["tag{n}", "yeast{n}"]
        license = ["CC0", "Public Domain"]
        size.max = "{n} GiB"
        title = "strain{n} reads"
        """,
        'seeders <= {n} and age > "{n}d"',
    ),
    "similar watches": (
        """
        tags.any = ["yeast", "dna"]
        license = ["CC0", "Public Domain"]
        size.max = "50 GiB"
        title = "strain{n} reads"
        """,
        'seeders <= 1 and age > "30d"',
    ),
    "different watches with or": (
        'tags.any = ["tag{n}", "yeast{n}"]',
        '(seeders <= {n} or age > "{n}d") and size < "50 GiB"',
    ),
}
PATTERNS = ('title_regex = "\\\\bS{n}C\\\\b"', "seeders <= {n}")
HEAVIEST = 1200

ITEMS = [
    Item(
        id=str(number),
        kind="torrent",
        title=f"Saccharomyces cerevisiae strain S288C, whole genome reads, run {number}",
        time=NOW - timedelta(days=number),
        tags=("yeast", "fungi", "open.data", "whole.genome", "illumina"),
        size=7 * 2**30 + number,
        fields={
            "files": tuple(f"reads/run_{number}_{part}.fastq.gz" for part in range(10)),
            "freeleech": False,
            "license": "CC BY",
            "seeders": number % 7,
            "year": 2021,
        },
    )
    for number in range(50)
]
ROUNDS = 20_000
REPEATS = 5
THOUSAND = 1000


def each(work: Callable[[Item, datetime], object]) -> float:
    """Return the best of its times for an item, in microseconds."""
    best = float("inf")
    for _ in range(REPEATS):
        items = cycle(ITEMS)
        began = time.process_time()
        for _ in range(ROUNDS):
            work(next(items), NOW)
        best = min(best, time.process_time() - began)
    return best / ROUNDS * 1e6


def resident() -> int:
    """Return the memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def rule(texts: tuple[str, str], number: int) -> Rule:
    """Read a match and an expression, as the config does."""
    table, text = (each.replace("{n}", str(number)) for each in texts)
    match, mistakes = parse_match(tomllib.loads(table), CompileContext(FIELDS))
    expression, problems = parse_expression(text, CompileContext(FIELDS))
    if mistakes or problems:
        raise ValueError(mistakes, problems)
    return match & expression


def weigh(texts: tuple[str, str]) -> tuple[float, float, float]:
    """Return what a rule of a thousand weighs, of Python and in all, and how long a look takes."""
    rule(texts, THOUSAND).decide(ITEMS[0], NOW)
    gc.collect()
    before = resident()
    tracemalloc.start()
    kept = [rule(texts, number) for number in range(1, THOUSAND + 1)]
    gc.collect()
    python = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    began = time.process_time()
    for match in kept:
        for item in ITEMS[:10]:
            match.holds(item, NOW)
    took = (time.process_time() - began) / THOUSAND / 10 * 1e6
    return python / THOUSAND, (resident() - before) / THOUSAND, took


def main() -> int:
    """Print a line for each rule, then what a thousand weigh."""
    missed = 0
    print(f"{'decides µs':>10} {'says µs':>8}")
    for text in EXPRESSIONS:
        found, _ = parse_expression(text, CompileContext(FIELDS))
        print(f"{each(found.holds):>10.2f} {each(found.decide):>8.2f}  {text}")
    for text, most in MATCHES.items():
        match, _ = parse_match(tomllib.loads(text), CompileContext(FIELDS))
        took = each(match.holds)
        missed += took > most
        shown = "; ".join(text.split("\n")) or "no clause"
        verdict = "" if took <= most else "   MISSED"
        print(f"{took:>10.2f} {each(match.decide):>8.2f}  {shown} (at most {most:g}){verdict}")

    print(f"\n{'bytes':>10} {'decides µs':>10}")
    for name, texts in WATCHES.items():
        python, _, took = weigh(texts)
        missed += python > HEAVIEST
        verdict = "" if python <= HEAVIEST else "   MISSED"
        print(f"{python:>10.0f} {took:>10.2f}  {name} (at most {HEAVIEST}){verdict}")
    python, everything, took = weigh(PATTERNS)
    print(
        f"{python:>10.0f} {took:>10.2f}  with a pattern that no other has,"
        f" and {everything - python:.0f} in its engine"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
