"""A sign of life."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.schedule import Timetable
from gazelled.service.notices.heartbeat import Heartbeat
from gazelled.store import Store
from gazelled.watches.keys.schedules import Every

if TYPE_CHECKING:
    from .conftest import House

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOURLY = Timetable([Every(3600)], 0.0)


def signs(house: House) -> list[str]:
    """Read the signs of life in the journal."""
    return [line["text"] for line in house.journal() if line["title"] == "gazelled is alive"]


def given(house: House, pattern: str) -> Callable[[], bool]:
    """Make a condition: a sign was given that reads so."""
    return lambda: any(re.fullmatch(pattern, sign, re.DOTALL) for sign in signs(house))


async def test_it_says_regularly_that_it_lives(house: House) -> None:
    """Each sign tells of the time since the one before it."""
    house.watches = f'alive = "1h"\n{house.watches}'
    async with house.running():
        await house.until(
            given(house, r"1 watch\. Since .*: \d+ looks?, 1 event, nothing missed\..*")
        )
        number = len(signs(house))
        await house.until(lambda: len(signs(house)) > number)
        await house.until(
            given(
                house,
                r"1 watch\. Since .*: [1-9]\d* looks?, 0 events, nothing missed\.\n"
                r"BioTorrents\.de answered \d\d:\d\d\.\nNothing is failing\.",
            )
        )
    assert sum(" 1 event," in sign for sign in signs(house)) == 1


async def test_it_says_nothing_unless_asked_to(house: House) -> None:
    """Without `alive` nothing is counted and nothing is told."""
    async with house.running() as app:
        await house.told("Watching yeast")
        await house.clock.sleep(1800)
        kept = await app.store.get_kv("alive")
    assert (signs(house), kept) == ([], None)


async def test_what_fails_is_named(house: House) -> None:
    """A target that can't be reached stands in the sign, which comes by the others."""
    house.watches = f'alive = "1h"\n{house.watches}'
    house.mood("later")
    async with house.running():
        await house.until(given(house, r".*\nFailing:\nmoody: Not today\."))
    assert house.arrived() == []


@pytest.mark.parametrize("looks", [0, 3])
async def test_the_count_survives_a_restart(tmp_path: Path, looks: int) -> None:
    """Looks are counted on, since when the counting began."""
    async with await Store.open(tmp_path) as store:
        await (await Heartbeat.load(HOURLY, store, Clock(start=NINE))).looked()
        later = await Heartbeat.load(HOURLY, store, Clock(start=NINE + timedelta(days=1)))
        for _ in range(looks):
            await later.looked()
        kept = await store.get_kv("alive") or ""
    assert f'"looks": {looks + 1}' in kept
    assert '"at": "2026-03-02T09:00:00' in kept


async def test_quiet_hours_hold_what_is_not_urgent(house: House) -> None:
    """A target with quiet hours in the config is told when they are over."""
    house.watches = house.watches.replace('"feed"', '"feed", "night"')
    house.more = '[target.night]\nplugin = "journal"\nquiet = "08:00-09:40"\n'
    file = house.folder / "targets" / "night" / "journal.jsonl"
    async with house.running():
        await house.told("Watching yeast")
        await house.until(file.exists)
        now = house.clock.now()
    assert now >= NINE + timedelta(minutes=40)
