"""Entries that can't be read are told once, kept for `why`, and told when they can be after all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.model import StreamId
from gazelled.testing import Fault
from gazelled.watches.streams.entries import Unreadable
from gazelled.watches.streams.unreadable_entries import MOST_KEPT, UnreadableEntries

if TYPE_CHECKING:
    from gazelled.store import Store
    from gazelled.watches.findings import Skipped
    from gazelled.watches.watch import Watch

    from .conftest import HandClock, Post

SOURCE = StreamId("browse group_results=0")


def unreadable(*ids: int) -> tuple[Unreadable, ...]:
    """Make entries that have no torrentId."""
    return tuple(
        Unreadable(f"entry {place} of results", (("groupId", str(number)),), "it has no torrentId")
        for place, number in enumerate(ids, 1)
    )


class CrashError(Exception):
    """The process ends here."""


class Memory:
    """The entries of a source, and what was told of them, over restarts."""

    def __init__(self, store: Store, clock: HandClock, watch: Watch) -> None:
        self.told: list[Skipped] = []
        self.crashing = False
        self._store = store
        self._clock = clock
        self._watch = watch
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is stored."""
        self.entries = UnreadableEntries(self._store, self._clock, self._tell)

    async def _tell(self, skipped: Skipped) -> None:
        self.told.append(skipped)
        if self.crashing:
            raise CrashError

    async def look(self, *odd: Unreadable) -> list[Sequence[str]]:
        """Note what a look could not read; return what was told of it."""
        before = len(self.told)
        await self.entries.note(SOURCE, [self._watch], odd)
        return [skipped.entries for skipped in self.told[before:]]


@pytest.fixture
def memory(post: Post) -> Memory:
    """Make one that knows of nothing."""
    return Memory(post.store, post.clock, post.watch("yeast", "browse"))


async def test_each_is_told_once(memory: Memory) -> None:
    """However often it is seen, in whichever place, and across restarts."""
    (one,), (_, one_again) = unreadable(5), unreadable(6, 5)
    assert await memory.look(one) == [("entry 1 of results (groupId 5): it has no torrentId",)]
    assert await memory.look(one_again) == []
    memory.restart()
    assert await memory.look(one) == []
    assert await memory.entries.here(SOURCE) == [str(one)]


async def test_those_without_any_id_are_counted(memory: Memory) -> None:
    """They look the same, but are several; in other places they are the same ones."""
    reason = "its torrentId is null, or out of range"
    two = [Unreadable(f"entry {number} of results", (), reason) for number in (1, 3)]
    assert await memory.look(*two) == [tuple(map(str, two))]
    moved = [Unreadable(f"entry {number} of results", (), reason) for number in (2, 4)]
    assert await memory.look(*moved) == []
    assert len(await memory.entries.here(SOURCE)) == len(two)


async def test_what_comes_soon_after_is_told_together(memory: Memory, clock: HandClock) -> None:
    """A site whose entries all become unreadable makes a notice an hour, which loses none."""
    await memory.look(*unreadable(5))
    assert await memory.look(*unreadable(6, 5)) == []
    assert await memory.look(*unreadable(7, 6, 5)) == []
    memory.restart()
    clock.move(3600)
    (told,) = await memory.look()
    assert [each.partition("groupId ")[2][0] for each in told] == ["6", "7"]
    assert len({skipped.since for skipped in memory.told}) == 2


async def test_a_clock_that_was_wrong_silences_nothing(memory: Memory, clock: HandClock) -> None:
    """What was told in the future, as it is now, keeps nothing back."""
    clock.move(30 * 86_400)
    await memory.look(*unreadable(5))
    clock.move(-30 * 86_400)
    assert len(await memory.look(*unreadable(6, 5))) == 1


async def test_a_crash_while_telling_repeats_the_same(memory: Memory) -> None:
    """The notice has the same source and time, so that it is the same one."""
    memory.crashing = True
    with pytest.raises(CrashError):
        await memory.look(*unreadable(5))
    memory.crashing = False
    memory.restart()
    await memory.look(*unreadable(5))
    first, second = memory.told
    assert (first.source, first.since) == (second.source, second.since)


async def test_it_is_known_by_each_of_its_ids(memory: Memory, clock: HandClock) -> None:
    """`why` finds it for 90 days, also when it isn't listed any more."""
    ids = (("groupId", "5"), ("torrentId", '"7; drop"'))
    entry = Unreadable("entry 1 of results", ids, "its torrentId is no number")
    await memory.look(entry)
    await memory.look()
    for name in ("5", "7; drop"):
        assert await memory.entries.about(SOURCE, name) == (
            str(entry),
            memory.told[0].since,
        )
    assert await memory.entries.about(SOURCE, "7") is None
    assert await memory.entries.here(SOURCE) == []
    clock.move(91 * 86_400)
    await memory.look(*unreadable(6))
    assert await memory.entries.about(SOURCE, "5") is None


async def test_so_many_are_kept(memory: Memory) -> None:
    """A flood of them is bounded, and isn't told again and again."""
    flood = unreadable(*range(1, 2 * MOST_KEPT))
    (told,) = await memory.look(*flood)
    assert len(told) == MOST_KEPT
    assert await memory.look(*flood) == []
    memory.restart()
    assert len(await memory.entries.here(SOURCE)) == MOST_KEPT


ODD: dict[str, Callable[[dict[str, Any]], object]] = {
    "null": lambda _: None,
    "a text": lambda _: "x",
    "no id": lambda entry: entry | {"torrents": [{"groupTime": 0}]},
    "too large": lambda entry: entry | {"torrents": [{"torrentId": 2**63}]},
    "huge": lambda entry: entry | {"torrents": [{"torrentId": 10**400}]},
    "1e20": lambda entry: entry | {"torrents": [{"torrentId": 10**20}]},
    "negative": lambda entry: entry | {"torrents": [{"torrentId": -7}]},
    "a word": lambda entry: entry | {"torrents": [{"torrentId": "7; drop table"}]},
    "other digits": lambda entry: entry | {"torrents": [{"torrentId": "٣٣"}]},
    "superscript": lambda entry: entry | {"torrents": [{"torrentId": "²"}]},
    "a fraction": lambda entry: entry | {"torrents": [{"torrentId": 1.5}]},
    "a list": lambda entry: entry | {"torrents": [{"torrentId": [1]}]},
    "true": lambda entry: entry | {"torrents": [{"torrentId": True}]},
    "zero": lambda entry: entry | {"torrents": [{"torrentId": 0}]},
}


@pytest.mark.parametrize("odd", ODD)
async def test_one_odd_entry_stops_nothing(post: Post, odd: str) -> None:
    """Whatever is wrong with an entry, what stands below it is told, and itself once it is well."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    before = (await post.store.streams.state(yeast.source)).watermark
    post.sim.world.publish("The one before it")
    post.sim.world.publish("The odd one")

    def rewrite(body: bytes) -> bytes:
        envelope = json.loads(body)
        results = envelope["response"]["results"]
        results[0] = ODD[odd](results[0])
        return json.dumps(envelope).encode()

    post.sim.settings.rewrite = rewrite
    post.sim.fail(Fault.REWRITTEN, action="browse")
    for expected in (["The one before it"], []):
        assert [event.title for event in await post.run(yeast)] == expected
    assert len(post.skipped) == 1
    (said,) = post.skipped[0].entries
    assert said.startswith("entry 1 of results")
    assert (
        int((await post.store.streams.state(yeast.source)).watermark or 0) == int(before or 0) + 1
    )
    assert post.troubles == []
    post.sim.repair()
    assert [event.title for event in await post.run(yeast)] == ["The odd one"]
