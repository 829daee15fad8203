"""What plugins keep, gave and said comes back, stays bounded, and goes when it should."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gazelled.model import Item, StreamId, Value
from gazelled.store import (
    NAME,
    Enrichment,
    LookTransaction,
    PluginVerdict,
    Store,
    backups,
)
from gazelled.store.backup.verifying import verify
from gazelled.store.migrations import MIGRATIONS
from gazelled.store.opening import connect
from gazelled.store.plugins.plugin_values import ROW

UPLOADS = StreamId("uploads")
DAY = timedelta(days=1)


def given(item: str, at: datetime, **fields: Value) -> Enrichment:
    """Return what a plugin gave an item."""
    return Enrichment(item, "sheet", fields, 1, at)


def refused(item: str, at: datetime, watch: str = "yeast") -> PluginVerdict:
    """Return the veto of a plugin."""
    return PluginVerdict(item, watch, "colleague", veto=True, reason="Ada has it", at=at)


async def test_values_come_back_by_plugin_and_key(store: Store) -> None:
    """Plugins don't see each other's keys; a prefix is taken literally."""
    values = store.plugin_values
    for plugin, key, value in [
        ("sheet", "row:1", '"a"'),
        ("sheet", "row:2", '"b"'),
        ("sheet", "rOw%", "1"),
        ("other", "row:1", '"c"'),
    ]:
        assert await values.set(plugin, key, value, 1000)
    assert await values.set("sheet", "row:1", '"d"', 1000)

    assert await values.get("sheet", "row:1") == '"d"'
    assert await values.get("other", "row:1") == '"c"'
    assert await values.get("other", "row:2") is None
    assert await values.keys("sheet", "row:") == ["row:1", "row:2"]
    assert await values.keys("sheet", "") == ["rOw%", "row:1", "row:2"]
    assert await values.keys("sheet", "_") == []
    assert (await values.delete("sheet", "row:1"), await values.delete("sheet", "row:1")) == (
        True,
        False,
    )
    assert await values.sizes() == {"other": 8 + ROW, "sheet": 13 + 2 * ROW}


async def test_values_are_bounded(store: Store) -> None:
    """What would be too much changes nothing, and replacing counts only what is new."""
    values = store.plugin_values
    most = 2 * (ROW + 10)
    assert await values.set("sheet", "a", "x" * 9, most)
    assert await values.set("sheet", "b", "x" * 9, most)

    assert not await values.set("sheet", "c", "", most)
    assert not await values.set("sheet", "b", "é" * 5, most)
    assert await values.set("sheet", "b", "y" * 9, most)
    assert await values.set("other", "c", "x" * 9, most)
    assert await values.get("sheet", "c") is None
    assert await values.get("sheet", "b") == "y" * 9


async def test_what_plugins_gave_is_part_of_a_look(store: Store, noon: datetime) -> None:
    """It comes back with its types, by item and stream; a later try replaces an earlier one."""
    fields = given("1", noon, accessions=("SRR1", "SRR2"), reads=7, ratio=0.5, paired=None)
    failed = Enrichment("2", "sheet", None, 2, noon)
    note = PluginVerdict("1", "mice", "sheet", veto=False, reason="seen before", at=noon)
    look = LookTransaction(
        UPLOADS, enrichments=[fields, failed], verdicts=[refused("1", noon - DAY), note]
    )
    assert look.changes(replace(await store.streams.state(UPLOADS), begun=True))
    await store.commit_look(look)
    await store.commit_look(LookTransaction(UPLOADS, enrichments=[replace(failed, tries=3)]))

    assert await store.enrichments.fields(UPLOADS, ["1", "2", "3"]) == {
        "1": [fields],
        "2": [replace(failed, tries=3)],
    }
    assert await store.enrichments.verdicts(UPLOADS, ["1"]) == {
        "1": [refused("1", noon - DAY), note]
    }
    assert await store.enrichments.fields(StreamId("inbox"), ["1"]) == {}
    assert await store.enrichments.verdicts(StreamId("inbox"), ["1"]) == {}
    assert verify(store.path).wrong == ()


async def test_it_stays_as_long_as_the_item(store: Store, noon: datetime) -> None:
    """What is old goes only if its item isn't kept any more."""
    old = noon - 100 * DAY
    await store.commit_look(
        LookTransaction(
            UPLOADS,
            at=noon,
            items=[Item("kept", "torrent", "Reads")],
            enrichments=[given(item, old) for item in ("kept", "gone")],
            verdicts=[refused(item, old) for item in ("kept", "gone")],
        )
    )
    await store.commit_look(LookTransaction(UPLOADS, enrichments=[given("young", noon)]))
    await store.prune(noon - 90 * DAY)

    ids = ["kept", "gone", "young"]
    assert {*await store.enrichments.fields(UPLOADS, ids)} == {"kept", "young"}
    assert {*await store.enrichments.verdicts(UPLOADS, ids)} == {"kept"}


async def test_the_number_is_bounded(store: Store, noon: datetime) -> None:
    """The newest stay, however young the others are."""
    younger = [given(str(number), noon + number * DAY) for number in range(5)]
    await store.commit_look(LookTransaction(UPLOADS, enrichments=younger))
    await store.prune(noon - DAY, most=2)

    assert {*await store.enrichments.fields(UPLOADS, [*"01234"])} == {"2", "3", "4"}


async def test_it_goes_with_its_stream_and_its_watch(store: Store, noon: datetime) -> None:
    """What isn't configured for long leaves nothing behind."""
    young = noon + 200 * DAY
    await store.commit_look(
        LookTransaction(
            UPLOADS,
            enrichments=[given("1", young)],
            verdicts=[refused("1", young), refused("1", young, "mice")],
        )
    )
    await store.mark_in_use([UPLOADS], ["yeast"], noon)
    await store.mark_in_use([UPLOADS], ["yeast"], noon + 100 * DAY)
    await store.prune(noon + DAY)
    without_mice = await store.enrichments.verdicts(UPLOADS, ["1"])
    await store.prune(noon + 101 * DAY)

    assert without_mice == {"1": [refused("1", young)]}
    assert await store.streams.states() == []
    assert await store.plugin_records.forget("sheet") == 0


async def test_a_plugin_is_forgotten(store: Store, noon: datetime) -> None:
    """All that it keeps, gave and said goes, and nothing of others."""
    for plugin in ("sheet", "colleague"):
        await store.plugin_values.set(plugin, "a", "1", 1000)
    await store.commit_look(
        LookTransaction(UPLOADS, enrichments=[given("1", noon)], verdicts=[refused("1", noon)])
    )

    assert await store.plugin_records.forget("sheet") == 2
    assert await store.plugin_values.sizes() == {"colleague": 2 + ROW}
    assert await store.enrichments.fields(UPLOADS, ["1"]) == {}
    assert await store.enrichments.verdicts(UPLOADS, ["1"]) == {"1": [refused("1", noon)]}


async def test_version_7_becomes_the_newest(folder: Path, noon: datetime) -> None:
    """A state from before plugins kept anything is backed up and takes what they keep."""
    connect(folder, MIGRATIONS[:7]).close()
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.execute("INSERT INTO stream (name, watermark, floor) VALUES ('uploads', '9', '1')")
        db.commit()
    async with await Store.open(folder) as store:
        await store.commit_look(LookTransaction(UPLOADS, enrichments=[given("1", noon)]))
        await store.plugin_values.set("sheet", "a", "1", 1000)

        assert [state.name for state in await store.streams.states()] == [UPLOADS]
        assert verify(store.path).wrong == ()
    (backup,) = backups(folder)
    assert backup.version == 7
    assert verify(backup.file).wrong == ()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE plugin_value SET value = '{'", "A value of the plugin sheet can't be read: "),
        ("UPDATE enrichment SET fields = '{'", "The fields of 1 by the plugin sheet can't be "),
    ],
)
async def test_what_cannot_be_read_is_found(
    folder: Path, noon: datetime, statement: str, sentence: str
) -> None:
    """What plugins keep is verified, too."""
    async with await Store.open(folder) as store:
        await store.plugin_values.set("sheet", "a", "1", 1000)
        await store.commit_look(LookTransaction(UPLOADS, enrichments=[given("1", noon)]))
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.execute(statement)
        db.commit()

    (wrong,) = verify(folder / NAME).wrong
    assert wrong.startswith(sentence)
