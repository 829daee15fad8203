"""What the daemon does for its state by itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gazelled.clock import Clock
from gazelled.model import Event, EventKind, Item, StreamId
from gazelled.service.maintenance import maintain
from gazelled.store import LookTransaction, Store
from gazelled.store.backup.copying import backups
from gazelled.store.backup.verifying import verify

NOON = datetime.fromisoformat("2026-03-01T12:00:00Z")


@pytest.fixture
def days() -> Iterator[Clock]:
    """Return clocks that begin on one day after the other."""
    return (Clock(start=NOON + timedelta(days=day)) for day in range(40))


async def test_a_backup_is_made_once_a_day(tmp_path: Path, days: Iterator[Clock]) -> None:
    """Whatever the number of looks and restarts, there is one a day, and those of a week stay."""
    for clock in days:
        async with await Store.open(tmp_path) as store:
            await maintain(store, clock, [StreamId("browse")], ["yeast"])
            await maintain(store, clock, [StreamId("browse")], ["yeast"])

    found = backups(tmp_path)
    assert [(each.at - NOON).days for each in found] == [39, 38, 37, 36, 35, 34, 33, 32]
    assert {verify(each.file).wrong for each in found} == {()}


async def test_a_backup_leaves_the_state_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that is nearly full none is made, and the log says why."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    async with await Store.open(tmp_path) as store:
        with capture_logs() as logged:
            await maintain(store, Clock(start=NOON), [], [])
    assert backups(tmp_path) == []
    assert "too few for a backup" in logged[0]["reason"]


async def test_a_backup_from_the_future_does_not_count(tmp_path: Path) -> None:
    """A clock that was wrong once keeps no backup from being made."""
    async with await Store.open(tmp_path) as store:
        await store.back_up(NOON + timedelta(days=900))
        await maintain(store, Clock(start=NOON), [], [])

    assert [each.at.year for each in backups(tmp_path)] == [2028, 2026]


async def test_a_backup_that_fails_ends_nothing(tmp_path: Path) -> None:
    """It is logged, and old events go all the same."""
    old = Event("e", EventKind.NOTICE, "", NOON, "t", "", (Item("1", "notice", "t"),))
    (tmp_path / "backups").touch()
    async with await Store.open(tmp_path) as store:
        await store.outbox.add(old, [])
        with capture_logs() as logged:
            await maintain(store, Clock(start=NOON + timedelta(days=91)), [], [])
        left = (await store.counts())["events"]

    assert left == 0
    assert [each["event"] for each in logged] == ["state.backup_failed"]


async def test_what_is_configured_is_kept(tmp_path: Path) -> None:
    """However long it is not looked at; what was removed goes after a season."""
    async with await Store.open(tmp_path) as store:
        for stream in ("browse", "inbox"):
            await store.commit_look(
                LookTransaction(stream=StreamId(stream), known=["1"], begun=["w"])
            )
        await maintain(store, Clock(start=NOON), [StreamId("browse"), StreamId("inbox")], ["w"])
        for day in range(0, 110, 10):
            clock = Clock(start=NOON + timedelta(days=day))
            await maintain(store, clock, [StreamId("browse")], ["w"])
        assert await store.streams.known(StreamId("browse"), ["1"]) == {"1"}
        assert await store.streams.known(StreamId("inbox"), ["1"]) == set()
