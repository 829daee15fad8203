"""
What the daemon costs while it has nothing to do, and how long it takes to start.

    python tests/benchmarks/bench_daemon.py                # about two minutes
    python tests/benchmarks/bench_daemon.py --seconds 600  # a longer look at the idle daemon
    python tests/benchmarks/bench_daemon.py --growth       # what 1, 100 and 1,000 watches weigh

It runs `gazelled run` with watches, a journal, a feed and the web server against a simulated
tracker, lets it have its first looks, and then watches it do nothing. Everything is read from
/proc, so nothing disturbs it. The exit code is 1 if a goal is missed.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from gazelled.store import NAME
from gazelled.testing import Simulator

MAIN = """
import sys
sys.modules["rich"] = None  # else structlog loads it, and it is here for tools of development alone
from gazelled.cli import main
main()
"""
PROGRAM = (sys.executable, "-c", MAIN)
PER = 0.05
SETTLE = 5.0
QUIET = 20.0
"""Seconds after which the connections of the first looks are closed."""
LONG = 120.0
RUNGS = (1, 100, 1_000)
MOST_ADDED = 5.0
"""MiB that 999 watches add: 1.2 for rules, and 3.3 for patterns of their own in Rust's engine."""
SEARCH = 'with = { searchstr = "w{n}" }\n'
RULES = (
    "match = { title_regex = 'S{n}C' }\n",
    'match = { tags.any = ["tag{n}"], license = ["CC0"], size.max = "{n}0 GiB", title = "w{n}" }\n',
    'match = { tags.any = ["tag{n}"] }\nif = "seeders <= {n} and year > {n}"\n',
    'match = { platform = ["Illumina MiSeq"], title = "run {n}" }\n',
)
"""A quarter of the watches has a pattern that no other has."""
MIB = 1024.0


@dataclass(frozen=True)
class Goal:
    """
    What was measured, and the most that it may be.

    Attributes:
        name: What it is.
        value: What was measured.
        most: The most that it may be.
        unit: The unit of both.

    """

    name: str
    value: float
    most: float
    unit: str

    def __str__(self) -> str:
        """Return it in a line."""
        verdict = "" if self.value <= self.most else "   MISSED"
        return f"{self.name:<34}{self.value:>9.3f} {self.unit:<6}(at most {self.most:g}){verdict}"


class Home:
    """
    A config and a state in a folder, and the daemon that lives there.

    Args:
        folder: An empty folder.
        sim: The tracker.
        watches: How many watches there are, each with a search of its own.
        shared: Whether they have rules of their own on one stream instead.

    """

    def __init__(self, folder: Path, sim: Simulator, watches: int, *, shared: bool = False) -> None:
        self.folder = folder
        self._notify = folder / "notify"
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        looks = "".join(
            f'[watch.w{number}]\nask = "browse"\nevery = "6h"\ntell = ["journal", "feed"]\n'
            + (RULES[number % len(RULES)] if shared else SEARCH).replace("{n}", str(number))
            for number in range(watches)
        )
        (folder / "config.toml").write_text(
            f'[tracker]\nurl = "{sim.url}"\ntoken = {{ env = "TOKEN" }}\n'
            f"[tracker.limit]\nper = {PER}\n"
            f'{looks}[target.journal]\nplugin = "journal"\n[target.feed]\nplugin = "feed"\n'
            f'[web]\nlisten = "127.0.0.1:{port}"\n'
        )
        self.environ = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "TOKEN": sim.token(),
            "GAZELLED_CONFIG": str(folder / "config.toml"),
            "STATE_DIRECTORY": str(folder / "state"),
            "NOTIFY_SOCKET": str(self._notify),
            "WATCHDOG_USEC": "180000000",  # what the unit asks for
        }

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[tuple[int, float]]:
        """Start the daemon; tell its process and how long it took until READY."""
        self._notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(str(self._notify))
            heard.setblocking(False)  # noqa: FBT003 - the socket's own signature
            with (self.folder / "log").open("ab") as log:
                began = time.perf_counter()
                process = await asyncio.create_subprocess_exec(
                    *PROGRAM, "run", env=self.environ, stdout=log, stderr=log
                )
            try:
                async with asyncio.timeout(LONG):
                    while b"READY=1" not in await asyncio.get_running_loop().sock_recv(heard, 4096):
                        pass
                yield process.pid, time.perf_counter() - began
            finally:
                process.send_signal(signal.SIGTERM)
                await process.wait()


def wakeups(pid: int) -> dict[str, int]:
    """Return how often each thread of a process has slept and gone on, by its number."""
    return {
        status.parent.name: int(line.split()[1])
        for status in Path(f"/proc/{pid}/task").glob("*/status")
        for line in status.read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    }


def cpu(pid: int) -> dict[str, int]:
    """Return the nanoseconds of CPU time that each thread of a process has used, by its number."""
    stats = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return {stat.parent.name: int(stat.read_text().split()[0]) for stat in stats}


def processor_time(pid: int) -> float:
    """Return the seconds of CPU time that a process has used: others' load counts less in it."""
    return sum(cpu(pid).values()) / 1e9


def more(after: Mapping[str, int], before: Mapping[str, int]) -> int:
    """Return the sum of what came since; threads that have ended meanwhile took theirs along."""
    return sum(count - before.get(thread, 0) for thread, count in after.items())


def memory(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process, and its fair share of it, in MiB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in rollup[1:]}
    return float(found["Rss"]) / MIB, float(found["Pss"]) / MIB


async def run_time(arguments: Sequence[str], environ: Mapping[str, str]) -> float:
    """Return how many seconds a command takes."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        env=environ,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.wait()
    return time.perf_counter() - began


async def measure(watches: int, seconds: float) -> list[Goal]:
    """Measure everything."""
    found: list[Goal] = []
    async with Simulator(per=PER, allowed=2) as sim:
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder), sim, watches)
            for option in ("--version", "--help"):
                took = [await run_time([option], home.environ) for _ in range(7)]
                found.append(Goal(f"gazelled {option}", statistics.median(took), 0.12, "s"))
            async with home.daemon() as (pid, first):
                async with asyncio.timeout(LONG):
                    while len(sim.arrivals) < watches:  # noqa: ASYNC110 - the daemon makes it so
                        await asyncio.sleep(0.1)
                await told(home)
                await asyncio.sleep(QUIET)
                rss, pss = memory(pid)
                woken, used, began = wakeups(pid), cpu(pid), time.monotonic()
                await asyncio.sleep(seconds)
                passed = time.monotonic() - began
                woken_since, used_since = more(wakeups(pid), woken), more(cpu(pid), used)
            starts, worked = [], []
            for _ in range(5):
                async with home.daemon() as (pid, took_to_ready):
                    worked.append(processor_time(pid))
                    starts.append(took_to_ready)
    found += [
        Goal("the very first start to READY", first, 1.0, "s"),
        Goal("start to READY", statistics.median(starts), 0.6, "s"),
        Goal("start to READY, of a processor", min(worked), 0.6, "s"),
        Goal(f"RSS, {watches} watches", rss, 60.0, "MiB"),
        Goal(f"PSS, {watches} watches", pss, 42.0, "MiB"),
        Goal("wakeups, nothing due", woken_since / passed, 0.05, "/s"),
        Goal("CPU, nothing due", used_since / 1e6 / passed * 60, 1.0, "ms/min"),
    ]
    return found


async def told(home: Home) -> None:
    """Wait until there was something to tell and all of it is told; the daemon isn't asked."""
    waiting = "SELECT count(*), sum(settled_at IS NULL) FROM delivery"
    with closing(sqlite3.connect(home.folder / "state" / NAME)) as db:
        async with asyncio.timeout(LONG):
            while True:
                some, pending = db.execute(waiting).fetchone()
                if some and not pending:
                    return
                await asyncio.sleep(SETTLE / 10)


async def weigh(home: Home, sim: Simulator) -> tuple[float, float, float]:
    """
    Return what a daemon weighs that has looked and told, and how much it worked until READY.

    Returns:
        The resident memory and the fair share of it, in MiB, and the seconds of CPU time.

    """
    async with home.daemon() as (pid, _):
        took = processor_time(pid)
        sim.world.publish("What all of them decide on, and none is for")
        await run_time(["watch", "run", "w0"], home.environ)
        await asyncio.sleep(SETTLE)
        return *memory(pid), took


async def grow() -> list[Goal]:
    """
    Measure what watches weigh that share a stream, and how long a person waits with many.

    Weighed is what stays: a daemon that has looked since it started, over a state in which all
    first looks have been told. What it weighs right after those, a message for each watch and
    target, is told beside it.
    """
    weights: dict[int, float] = {}
    found: list[Goal] = []
    for watches in RUNGS:
        async with Simulator(per=PER, allowed=2) as sim:
            with tempfile.TemporaryDirectory() as folder:
                home = Home(Path(folder), sim, watches, shared=True)
                async with home.daemon() as (pid, _):
                    await told(home)
                    at_first, _ = memory(pid)
                weighed = [await weigh(home, sim) for _ in range(3)]
                weights[watches], pss, ready = map(statistics.median, zip(*weighed, strict=True))
                print(
                    f"{watches:>6,} watches: RSS {weights[watches]:.1f} MiB, PSS {pss:.1f} MiB, "
                    f"READY after {ready:.2f} s of a processor; "
                    f"RSS after the first looks {at_first:.1f} MiB",
                    flush=True,
                )
                if watches == max(RUNGS):
                    took = await run_time(["check"], home.environ)
                    found.append(Goal(f"gazelled check, {watches:,} watches", took, 3.0, "s"))
                    took = await run_time(["status"], home.environ)
                    found.append(Goal(f"gazelled status, {watches:,} watches", took, 3.0, "s"))
    added = weights[max(RUNGS)] - weights[min(RUNGS)]
    return [Goal("RSS that 999 watches add", added, MOST_ADDED, "MiB"), *found]


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(description="Measure the idle daemon.")
    parser.add_argument("--watches", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=90.0, help="of doing nothing")
    parser.add_argument("--growth", action="store_true", help="weigh 1, 100 and 1,000 watches")
    given = parser.parse_args()
    found = asyncio.run(grow() if given.growth else measure(given.watches, given.seconds))
    for each in found:
        print(each)
    return int(any(each.value > each.most for each in found))


if __name__ == "__main__":
    sys.exit(main())
