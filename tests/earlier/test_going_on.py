"""A state and a config of an earlier gazelled: today's goes on where it was."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tests.earlier.household import HERE, TARGETS, Household
from tests.earlier.make import go_on
from tests.earlier.scenario import world_when_stopped

pytestmark = [pytest.mark.timeout(120)]

STATE = gzip.decompress((HERE / "state.sql.gz").read_bytes()).decode()
EXPECTED = json.loads((HERE / "expected.json").read_text("utf-8"))
"""What the earlier gazelled itself told when it went on."""

A_DAY = 3
"""
What the seedbox takes a day, by the clock of the daemon, whose last day ends as the next begins.

The earlier gazelled counted by the clock of the machine, for which all of it was one day.
"""

RECORDERS = {"record": "record", "night": "night", "lab": "lab-record"}
"""The targets that write down what they are told, by the file."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Household:
    """Go on from the earlier state, with the config unchanged, through all that happened next."""
    home = Household(tmp_path_factory.mktemp("home"), world_when_stopped())
    home.move_in()
    home.restore(STATE)
    logging.disable()
    try:
        asyncio.run(go_on(home))
    finally:
        logging.disable(logging.NOTSET)
    return home


@pytest.fixture(scope="module")
def told(home: Household) -> dict[str, Any]:
    """Return what was told."""
    return home.told()


@pytest.mark.parametrize(
    ("target", "watch"), [(target, watch) for target in TARGETS for watch in EXPECTED[target]]
)
def test_each_watch_tells_what_the_earlier_one_would(
    told: dict[str, Any], target: str, watch: str
) -> None:
    """The same events in the same order, of the same items with the same fields."""
    assert told[target].get(watch) == EXPECTED[target][watch]


@pytest.mark.parametrize("what", [*TARGETS, "moody", "seedbox", "answered", "deliveries"])
def test_nothing_else_is_told_and_nothing_is_left_out(told: dict[str, Any], what: str) -> None:
    """Each target gets the same, and every delivery ends as it did."""
    ours, theirs = told[what], EXPECTED[what]
    if what == "seedbox":
        assert ours[: len(theirs)] == theirs
        assert 0 <= len(ours) - len(theirs) <= A_DAY, "as much of the day as has passed"
    elif what == "deliveries":
        assert [*map(without_limit, ours)] == [*map(without_limit, theirs)]
    else:
        assert [*ours] == [*theirs]


def without_limit(row: list[str]) -> list[str]:
    """Return a delivery without the state that depends on which day it is for the limit."""
    key, target, state = row
    return [key, target, "" if target == "seedbox" and state in {"pending", "done"} else state]


@pytest.mark.parametrize("target", RECORDERS)
def test_nothing_is_told_twice(home: Household, tmp_path: Path, target: str) -> None:
    """Neither by today's program nor by both together."""
    keys = [json.loads(line)["key"] for line in home.lines(f"{target}.jsonl")]
    before = Household(tmp_path, home.world)
    before.restore(STATE)
    done = before.rows(
        "SELECT event.key, target FROM delivery JOIN event ON event.id = delivery.event"
        " WHERE state = 'done'"
    )
    assert len(keys) == len({*keys})
    assert {*keys}.isdisjoint(key for key, name in done if name == RECORDERS[target])


def test_nothing_is_lost(home: Household) -> None:
    """What was being asked for id by id was asked for, and no delivery waits any more."""
    assert home.rows("SELECT low, high FROM hole") == []
    waiting = home.rows("SELECT DISTINCT target FROM delivery WHERE settled_at IS NULL")
    assert waiting == [("seedbox",)], "which takes three a day"
