"""
How long answers take to become models, beside decoding their JSON.

    python tests/benchmarks/bench_models.py
"""
# ruff: noqa: T201 - printing is what it is for

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "recorded"
NAMES = ("browse", "browse-ungrouped", "torrentgroup", "inbox-cookie", "top10-cookie", "ontology")
ROUNDS = 200


def middle(work: Callable[[], object]) -> float:
    """Return the median of its times, in milliseconds."""
    times: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return sorted(times)[ROUNDS // 2] * 1000


def main() -> None:
    """Print a line for each answer."""
    began = time.perf_counter()
    from gazelled.tracker.models import decode  # noqa: PLC0415 - what it costs is measured

    print(f"import {(time.perf_counter() - began) * 1000:.0f} ms")
    print("          answer      bytes    first ms   json ms  model ms")
    for name in NAMES:
        body: str = json.loads(next(FOLDER.rglob(f"{name}.json")).read_text("utf-8"))["body"]
        payload = json.loads(body)["response"]
        action = name.partition("-")[0]
        began = time.perf_counter()
        drift = decode(action, payload).drift
        first = (time.perf_counter() - began) * 1000
        parsing = middle(lambda body=body: json.loads(body))  # type: ignore[misc]  # a default
        reading = middle(lambda a=action, p=payload: decode(a, p))  # type: ignore[misc]  # likewise
        print(f"{name:>16} {len(body):>10,} {first:>11.1f} {parsing:>9.2f} {reading:>9.2f}", *drift)


if __name__ == "__main__":
    main()
