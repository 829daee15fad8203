"""
What a scrape of `/metrics` costs, with as many watches and targets as a laboratory has.

    python tests/benchmarks/bench_scrape.py
    python tests/benchmarks/bench_scrape.py 1000     # so many watches, without a bound
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import structlog

from gazelled.clock import Clock
from gazelled.config import load
from gazelled.redact import Redactor
from gazelled.service.compose import open_app
from gazelled.service.monitoring.exposition import metrics_text

WATCHES = 20
MEASURED = 200
MOST_MS = 5.0
"""A scrape may cost at most, in milliseconds of a processor."""

HEAD = """
[tracker]
url = "http://127.0.0.1:9"
token = { env = "TOKEN" }
[target.journal]
plugin = "journal"
[target.feed]
plugin = "feed"
"""
WATCH = """
[watch.{name}]
ask = "browse"
match.title = "{name}"
every = "1h"
tell = ["journal", "feed"]
"""


async def bench(folder: Path, watches: int) -> None:
    """Put a daemon together and scrape it."""
    file = folder / "config.toml"
    names = [f"watch-{number}" for number in range(watches)]
    file.write_text(HEAD + "".join(WATCH.format(name=name) for name in names))
    config = load(file, {"TOKEN": "x" * 32}).config
    assert config is not None
    state = folder / "state"
    async with open_app(
        config, state, clock=Clock(), redactor=Redactor(), environ={}, web=False
    ) as app:
        began = time.process_time()
        text, _ = await metrics_text(app)
        first = (time.process_time() - began) * 1000
        costs = []
        for _ in range(MEASURED):
            began = time.process_time()
            await metrics_text(app)
            costs.append((time.process_time() - began) * 1000)
    print(f"{watches} watches: a scrape of {len(text):,} bytes costs {median(costs):.2f} ms")
    print(f"the first one, with the library loaded, {first:.0f} ms")
    assert watches > WATCHES or median(costs) <= MOST_MS


def main() -> None:
    """Print the figures; raise AssertionError if a scrape costs too much."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(bench(Path(folder), int(sys.argv[1]) if sys.argv[1:] else WATCHES))


if __name__ == "__main__":
    main()
