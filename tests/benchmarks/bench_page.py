"""
What the first page costs with a thousand watches: processor time, and bytes.

    python tests/benchmarks/bench_page.py
    python tests/benchmarks/bench_page.py --watches 100
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from gazelled.clock import Clock
from gazelled.config import Config, load
from gazelled.model import Event, EventKind, Item
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.web.models.overview_page import overview
from gazelled.service.web.rendering import render
from gazelled.service.web.web_page import Frame, PageRequest
from gazelled.store import LookTransaction

WATCHES = 1000
TIMES = 30
MOST = 0.1
"""Seconds of a processor that the page may take."""


def config_of(folder: Path, watches: int) -> Config:
    """Load a config with many watches, on ten lists; each has a rule of its own."""
    tables = "\n".join(
        f'[watch.w{number}]\nask = "browse"\nwith = {{ searchstr = "list {number % 10}" }}\n'
        f'every = "6h"\nmatch.title = "strain {number}"\ntell = ["journal"]'
        for number in range(watches)
    )
    file = folder / "config.toml"
    file.write_text(
        '[tracker]\nurl = "http://127.0.0.1:9"\ntoken = { env = "TOKEN" }\n'
        f'[target.journal]\nplugin = "journal"\n{tables}\n'
    )
    config = load(file, {"TOKEN": "a-token-of-the-benchmark"}).config
    assert config is not None
    return config


async def fill(app: App) -> None:
    """Let each watch have looked, and have found ten things."""
    now = app.clock.now()
    for source, watches in app.watcher.sources.items():
        events: list[tuple[Event, Sequence[str]]] = [
            (
                Event(
                    f"{watch.name}:new:{number}",
                    EventKind.NEW,
                    watch.name,
                    now - timedelta(hours=number),
                    f"Reads {number} of {watch.name}",
                    "",
                    (Item(str(number), "torrent", f"Reads {number}"),),
                ),
                ["journal"],
            )
            for watch in watches
            for number in range(10)
        ]
        items = [Item(str(number), "torrent", f"Reads {number}") for number in range(500)]
        await app.store.commit_look(
            LookTransaction(source, at=now, items=items, events=events, begun=[])
        )
        await app.store.mark_run(source, now - timedelta(hours=1))


async def measure(watches: int) -> tuple[list[float], int]:
    """Return what each of many pages took, in seconds of a processor, and how long one is."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        config = config_of(folder, watches)
        async with open_app(
            config, folder / "state", clock=Clock(), redactor=Redactor(), environ={}, web=False
        ) as app:
            await fill(app)
            seconds, size = [], 0
            for _ in range(TIMES):
                begun = time.process_time()
                model = await overview(app, PageRequest("/"))
                html = render("overview.html", model, Frame(csrf="0"))
                seconds.append(time.process_time() - begun)
                size = len(html.encode())
            return seconds, size


def main() -> int:
    """Print the figures; return 1 if a page costs too much."""
    parser = argparse.ArgumentParser(description="What the first page costs.")
    parser.add_argument("--watches", type=int, default=WATCHES)
    watches = parser.parse_args().watches
    (first, *others), size = asyncio.run(measure(watches))
    median, worst = statistics.median(others), max(others)
    print(f"{watches:,} watches, {size / 1000:.0f} kB")
    print(f"the first page  {first * 1000:6.1f} ms of a processor, with what it loads")
    print(f"then            {median * 1000:6.1f} ms, at most {worst * 1000:.1f} ms")
    if median > MOST:
        print(f"more than {MOST * 1000:.0f} ms")
    return int(median > MOST)


if __name__ == "__main__":
    sys.exit(main())
