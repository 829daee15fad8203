"""
The pace at the tracker's arrivals, in short runs of the benchmark's conditions.

`tests/benchmarks/bench_pace.py` has them, runs them for longer and prints what it measured.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

PATH = Path(__file__).parent.parent / "benchmarks" / "bench_pace.py"


def load() -> ModuleType:
    """Load the benchmark, which is a program beside the tests."""
    spec = importlib.util.spec_from_file_location("bench_pace", PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from tests.benchmarks import bench_pace as bench
else:
    bench = load()

HERE = [condition for condition in bench.CONDITIONS if not condition.children]
APART = [condition for condition in bench.CONDITIONS if condition.children == 4]


async def violations(
    conditions: Sequence[bench.Condition], per: float, seconds: float
) -> dict[str, tuple[int, bool]]:
    """
    Run conditions side by side; tell of each what was violated, and whether it got anywhere.

    One that got nowhere, since its deadlines are too short for a busy machine, runs again alone.
    """
    runs = (bench.measure(condition, per, seconds) for condition in conditions)
    measured = await asyncio.gather(*runs)
    found: dict[str, tuple[int, bool]] = {}
    for condition, first in zip(conditions, measured, strict=True):
        seen, violated = first, first.violations
        for longer in (2, 4):
            if len(seen.at) >= 2:
                break
            seen = await bench.measure(condition, longer * per, longer * seconds)
            violated += seen.violations
        found[condition.name] = (violated, len(seen.at) >= 2)
    return found


@pytest.mark.slow
async def test_no_two_are_too_close() -> None:
    """Whatever disturbs, no request arrives within the window of an earlier one."""
    expected = {condition.name: (0, True) for condition in HERE}
    assert await violations(HERE, per=0.2, seconds=4.0) == expected


@pytest.mark.slow
async def test_processes_share_the_pace() -> None:
    """Processes that compete for a state folder, killed or not, ask as one."""
    expected = {condition.name: (0, True) for condition in APART}
    assert await violations(APART, per=0.3, seconds=3.5) == expected


def test_a_violation_is_seen() -> None:
    """The measure is of use: arrivals that are too close count, as refusals do."""
    close = bench.Measured(per=1.0, requests=1, at=[0.0, 1.0, 1.9, 2.9])
    refused = bench.Measured(per=1.0, requests=2, at=[0.0, 0.1, 1.0, 1.1], limited=1)
    assert (close.violations, refused.violations) == (1, 1)
