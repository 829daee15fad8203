"""Watches that have become silent are reported once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.errors import RequestRefused
from gazelled.model import Event, EventKind, Item
from gazelled.service.notices.silences import silence_of
from gazelled.testing import Fault

if TYPE_CHECKING:
    from gazelled.service.app import App

    from .conftest import House, HouseClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GAPS = st.lists(st.timedeltas(timedelta(), 8 * DAY), min_size=9, max_size=20)


@given(GAPS, st.timedeltas(timedelta(), 90 * DAY))
def test_silence_is_three_times_the_longest_gap(gaps: list[timedelta], passed: timedelta) -> None:
    """For any gaps; one of less than an hour counts as an hour, and none at all as unknown."""
    times = [NOON + after for after in accumulate(gaps, initial=timedelta())]
    silence = silence_of(times, times[-1] + passed)
    is_silent = max(gaps) > timedelta() and passed > 3 * max(*gaps, HOUR)
    assert (silence is not None) == is_silent
    if silence:
        assert (silence.since, silence.events) == (times[-1], len(gaps) + 1)


@given(GAPS, st.timedeltas(timedelta(), 90 * DAY), st.timedeltas(timedelta(), 90 * DAY))
def test_what_is_silent_stays_so(gaps: list[timedelta], passed: timedelta, more: timedelta) -> None:
    """Until an event comes, which ends it whatever its gap was."""
    times = [NOON + after for after in accumulate(gaps, initial=timedelta())]
    if silence_of(times, times[-1] + passed):
        assert silence_of(times, times[-1] + passed + more)
    later = times[-1] + passed
    assert silence_of([*times, later], later) is None


@given(st.lists(st.timedeltas(timedelta(), 8 * DAY), max_size=8), st.timedeltas(DAY, 90 * DAY))
def test_nine_events_teach_nothing(gaps: list[timedelta], passed: timedelta) -> None:
    """However long it is silent."""
    times = [NOON + after for after in accumulate(gaps, initial=timedelta())]
    assert silence_of(times, times[-1] + passed) is None


async def report(app: App, at: datetime, *, watch: str = "yeast") -> None:
    """Store an event of a watch."""
    item = Item(id=str(at.timestamp()), kind="torrent", title="S288C reads")
    event = Event(f"{watch}:new:{at}", EventKind.NEW, watch, at, "S288C reads", "", (item,))
    await app.store.outbox.add(event, ["journal"])


async def silences(app: App) -> list[Event]:
    """Let the daemon look for silences; return the notices that there are by now."""
    await app._notify_of_silences()
    return await app.store.archive.notices(["silent-"], NOON - 900 * DAY)


@pytest.fixture
async def begun(house: House, clock: HouseClock) -> datetime:
    """Let a watch have reported something on ten days, the last of them now."""
    clock.speed = 1.0
    async with house.opened() as app:
        now = app.clock.now()
        for days in range(10):
            await report(app, now - days * DAY)
    return now


async def test_it_is_reported_once_and_again_after_the_next_event(
    house: House, clock: HouseClock, begun: datetime
) -> None:
    """By the looks that work; the daemon may have ended meanwhile."""
    async with house.opened() as app:
        clock.skip(3 * 86400 - 600)
        await app.run_watch("yeast")
        assert await silences(app) == []
        clock.skip(3600)
        await app.run_watch("yeast")
        (notice,) = await silences(app)
        assert notice.title.startswith("yeast has reported nothing since 2026-03-02 ")
        assert "10 events within 90 days, at most 1d apart" in notice.text
        assert await silences(app) == [notice]
    async with house.opened() as app:
        clock.skip(5 * 86400)
        await app.run_watch("yeast")
        assert await silences(app) == [notice]
        await report(app, app.clock.now())
        assert await silences(app) == [notice]
        clock.skip(20 * 86400)  # its longest gap is eight days by now
        await app.run_watch("yeast")
        assert await silences(app) == [notice]
        clock.skip(7 * 86400)
        await app.run_watch("yeast")
        assert len(await silences(app)) == 2
    assert begun < app.clock.now()


@pytest.mark.usefixtures("begun")
async def test_who_cannot_see_is_not_silent(house: House, clock: HouseClock) -> None:
    """No look, or none that works: that has notices of its own."""
    async with house.opened() as app:
        await app.run_watch("yeast")
        clock.skip(30 * 86400)
        assert await silences(app) == []
        house.sim.fail(Fault.STATUS_ERROR, times=1)
        with pytest.raises(RequestRefused):
            await app.run_watch("yeast")
        assert await silences(app) == []
        await app.run_watch("yeast")
        assert len(await silences(app)) == 1


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("where", ["watch", "defaults"])
async def test_it_can_be_turned_off(house: House, clock: HouseClock, where: str) -> None:
    """For a watch, or for all."""
    if where == "watch":
        house.watches += "may_be_silent = true\n"
    else:
        house.more = "[watch-defaults]\nmay_be_silent = true\n"
    async with house.opened() as app:
        clock.skip(30 * 86400)
        await app.run_watch("yeast")
        assert await silences(app) == []


@pytest.mark.usefixtures("begun")
async def test_the_daemon_looks_when_it_tidies_up(house: House, clock: HouseClock) -> None:
    """The notice arrives like others."""
    clock.skip(30 * 86400)
    async with house.opened() as app:
        await app.run_watch("yeast")
    async with house.running():
        await house.until(
            lambda: any(title.startswith("yeast has reported nothing") for title in house.titles())
        )
