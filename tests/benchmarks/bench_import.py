"""
How long the client library takes to import, beside the libraries that it is compared with.

    python tests/benchmarks/bench_import.py

Each is imported by a process of its own, in turns, with bytecode at hand as after an installation;
the least CPU time counts.
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

ROUNDS = 15
BASE = "import aiohttp, pydantic"
MEASURED = (
    "import gazelled.tracker",
    "from gazelled.tracker import connect",
    "from gazelled.tracker import connect_sync",
)
CODE = "import time; begun = time.process_time(); {}; print(time.process_time() - begun)"


def seconds(statement: str, cache: str) -> float:
    """Return the CPU time of an import in a new process."""
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", CODE.format(statement)],
        check=True,
        capture_output=True,
        text=True,
        env=environ,
    )
    return float(done.stdout)


def main() -> None:
    """Print a line for each import."""
    with tempfile.TemporaryDirectory() as cache:
        for statement in (BASE, *MEASURED):
            seconds(statement, cache)  # makes the bytecode
        best = dict.fromkeys((BASE, *MEASURED), float("inf"))
        for _ in range(ROUNDS):
            for statement, before in best.items():
                best[statement] = min(before, seconds(statement, cache))
    for statement, took in best.items():
        print(f"{took * 1000:6.0f} ms {took / best[BASE]:6.2f}  {statement}")


if __name__ == "__main__":
    main()
