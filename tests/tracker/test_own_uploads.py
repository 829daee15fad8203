"""Your uploads, on a simulated tracker that lists no uploader."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, RequestRefused, StateError
from gazelled.model import Answer, Call
from gazelled.testing import Fault, Simulator, World
from gazelled.tracker import Api, Profile, Token, connect
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.client.raw_pages import Finished, advance
from gazelled.tracker.client.upload_search import KEPT, UploaderIndex
from gazelled.tracker.key_values import InMemoryStore, KeyValues
from gazelled.tracker.models import MyUploads

QUICK = Profile("quick", "A pretend site", per=1.0)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker with a fast clock and few uploads, none of them mine."""
    clock = Clock(speed=200.0)
    async with Simulator(world=World(clock), clock=clock, per=1.0) as simulator:
        yield simulator


def client(
    sim: Simulator, folder: Path | None = None, memory: KeyValues | None = None
) -> AbstractAsyncContextManager[Api]:
    """Return a client."""
    token = Token(sim.token())
    return connect(sim.url, token, profile=QUICK, clock=sim.clock, folder=folder, memory=memory)


def upload(sim: Simulator, *uploaders: str) -> list[int]:
    """Upload a data set each; they are listed at once."""
    now = sim.clock.now()
    return [sim.world.publish(f"Set of {name}", uploader=name, time=now).id for name in uploaders]


def asked(sim: Simulator) -> Counter[str]:
    """Return what was asked for, and forget it."""
    counts = Counter(each.action or "" for each in sim.arrivals)
    sim.arrivals.clear()
    return counts


def ids(found: MyUploads) -> list[int | None]:
    """Return the torrents that were found."""
    return [each.torrent.id for each in found.uploads]


async def test_uploads_are_found_and_then_asked_for_by_themselves(sim: Simulator) -> None:
    """As many as the profile counts; others' uploads are asked for once at most."""
    first, *_ = upload(sim, "me", "power1", "power1")
    last, *_ = upload(sim, "me", "power1")
    async with client(sim) as api:
        asked(sim)
        found = await api.my_uploads()
        assert asked(sim) == {"index": 1, "user": 1, "browse": 2, "torrentgroup": 5}
        assert (ids(found), found.count, found.remaining) == ([last, first], 2, 0)
        sim.world.set_peers(first, seeders=0, stale=True)
        assert (await api.browse()).results[-1].torrents
        asked(sim)
        again = await api.my_uploads()
    assert asked(sim) == {"index": 1, "user": 1, "torrentgroup": 2}
    assert [each.torrent.seeders for each in again.uploads] == [1, 0]  # searches still show 1
    assert {each.torrent.username for each in again.uploads} == {"me"}
    assert again.uploads[0].group.name == "Set of me"


async def test_nothing_is_asked_for_without_uploads(sim: Simulator) -> None:
    """The profile says so."""
    upload(sim, "power1")
    async with client(sim) as api:
        asked(sim)
        found = await api.my_uploads()
    assert asked(sim) == {"index": 1, "user": 1}
    assert (ids(found), found.count, found.remaining) == ([], 0, 0)


async def test_a_new_upload_is_found_beside_old_ones(sim: Simulator) -> None:
    """Only what came since is asked for; what was deleted is gone."""
    first, *_ = upload(sim, "me", "power1")
    async with client(sim) as api:
        await api.my_uploads()
        upload(sim, "power1")
        group = sim.world.torrents[first].group.id
        second = sim.world.publish(group=group, uploader="me", time=sim.clock.now()).id
        upload(sim, "power1")
        asked(sim)
        assert ids(await api.my_uploads()) == [second, first]
        assert asked(sim)["torrentgroup"] == 1  # both are of one data set
        sim.world.delete(first)
        third, *_ = upload(sim, "me")
        found = await api.my_uploads()
    assert (ids(found), found.count) == ([third, second], 2)


async def test_an_upload_that_moved_is_found_again(sim: Simulator) -> None:
    """Moderators merge data sets: what isn't where it was is asked for by itself, once."""
    first, second, *_ = upload(sim, "me", "me", *["power1"] * 9)
    memory = InMemoryStore()
    async with client(sim, memory=memory) as api:
        await api.my_uploads(learn="all")
        torrents = sim.world.torrents
        del sim.world.groups[torrents[first].group.id]
        torrents[first].group = torrents[second + 1].group
        asked(sim)
        found = await api.my_uploads(learn=2)
        assert (ids(found), found.count, found.remaining) == ([second, first], 2, 0)
        # The old data set, the other one of mine, where it is now, and that data set.
        assert asked(sim) == {"index": 1, "user": 1, "browse": 1, "torrent": 1, "torrentgroup": 3}
        sim.world.publish("Hidden", uploader="me", anonymous=True, time=sim.clock.now())
        await api.my_uploads(learn="all")
        sim.world.delete(second)
        asked(sim)
        for known in (1, 0):
            found = await api.my_uploads()
            assert (ids(found), found.remaining, asked(sim)["torrent"]) == ([first], 0, known)


async def test_an_account_without_uploads_is_cheap(sim: Simulator) -> None:
    """Also by the estimate, once that is known; all is found when as many as counted are."""
    memory, call = InMemoryStore(), Call("my_uploads", (("learn", "999"),))
    assert await Composer(memory).requests(call) == 22 + 999
    async with client(sim, memory=memory) as api:
        await api.my_uploads()
        assert await Composer(memory).requests(call) == 2
        upload(sim, "power1", "me", *["power1"] * 4)
        await api.my_uploads(learn=5)
    assert await Composer(memory).requests(call) == 3


async def test_absurd_ids_hide_nothing() -> None:
    """An id far above all others is none; what was above an older database is asked for no more."""
    mine = {"id": 4, "userId": 2}
    answers: dict[str, object] = {
        "index": {"id": 2},
        "user": {"community": {"uploaded": 1}},
        "torrent": {"group": {"id": 1}, "torrent": {"id": 1, "userId": 5}},
        "torrentgroup": {"group": {"id": 9}, "torrents": [{"id": 3, "userId": 5}]},
    }

    def listing(*numbers: int) -> None:
        entries = [{"groupId": one * 10, "torrents": [{"torrentId": one}]} for one in numbers]
        answers["browse"] = {"results": entries}

    async def ask(call: Call) -> Answer:
        return Answer(call, answers[call.action], b"", datetime.now(UTC), 0.0)

    memory = InMemoryStore()
    search = Composer(memory).composing(ask)
    listing(10**17, 3, 1)
    answer = await search(Call("my_uploads", (("learn", "1"),)))
    assert isinstance(answer.payload, dict)
    assert (answer.payload["known"], answer.payload["remaining"]) == (1, 2)
    listing(10**17, 4, 3, 1)
    answers["torrentgroup"] = {"group": {"id": 40}, "torrents": [mine]}
    answer = await search(Call("my_uploads", (("learn", "1"),)))
    assert isinstance(answer.payload, dict)
    assert [each["torrent"] for each in answer.payload["uploads"]] == [mine]


async def test_an_upload_with_the_id_of_a_lost_one_is_found(sim: Simulator) -> None:
    """After the tracker restored an older database, what the first page lists is learnt again."""
    sim.world.publish("Hidden", uploader="me", anonymous=True, time=sim.clock.now())
    first, *others = upload(sim, "me", *["power1"] * 70)
    async with client(sim) as api:
        found = await api.my_uploads(learn="all")
        assert (ids(found), found.remaining) == ([first], 0)
        sim.world.restore(others[-10])
        (again,) = upload(sim, "me")
        assert again == others[-9]
        asked(sim)
        found = await api.my_uploads(learn=1)
        assert (ids(found), found.remaining) == ([again, first], 49)
        assert asked(sim)["browse"] == 2
        await api.my_uploads(learn="all")
        asked(sim)
        found = await api.my_uploads()
    assert (ids(found), found.remaining) == ([again, first], 0)
    assert asked(sim)["torrentgroup"] == 2  # mine alone


async def test_what_is_learnt_is_bounded_and_kept(sim: Simulator, tmp_path: Path) -> None:
    """Each call spends so much, and the next process goes on where it was cut off."""
    mine, *_ = upload(sim, "me", *["power1"] * 30)
    left: list[int] = []
    total, found = 0, None
    for _ in range(4):
        async with client(sim, tmp_path) as api:
            asked(sim)
            found = await api.my_uploads(learn=10)
            left.append(found.remaining)
            assert asked(sim)["torrentgroup"] <= 11
            total = found.known + found.remaining
    assert found
    assert left == [total - 10, total - 20, total - 30, 0]
    assert ids(found) == [mine]


class Cut(InMemoryStore):
    """Keeps what is learnt, and ends the process right before or after it wrote something new."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        self.after = after
        self.cuts = False

    async def set_kv(self, key: str, value: str | None) -> None:
        """Keep a text, or don't get to it."""
        if key == KEPT and self.cuts and not self.after:
            raise StateError("killed")
        await super().set_kv(key, value)
        if key == KEPT and self.cuts:
            raise StateError("killed")


@pytest.mark.parametrize("after", [True, False])
async def test_a_process_that_is_killed_goes_on(sim: Simulator, *, after: bool) -> None:
    """What was answered and kept is asked for no more, wherever it ended."""
    mine, *_ = upload(sim, "me", *["power1"] * 8)
    memory, requests, found = Cut(after=after), Counter[str](), None
    for number in range(40):
        async with client(sim, memory=memory) as api:
            asked(sim)
            memory.cuts = after or number % 2 == 0
            try:
                found = await api.my_uploads(learn=1 if not after else "all")
            except StateError:
                requests += asked(sim)
            else:
                requests += asked(sim)
                if not found.remaining:
                    break
    assert found
    assert (ids(found), found.remaining) == ([mine], 0)
    kills = number if after else number // 2
    assert kills >= 8
    again = 0 if after else kills  # those whose answer was lost
    assert requests["torrentgroup"] <= 9 + again + 1


async def test_ids_beyond_the_list_are_asked_for_one_by_one(sim: Simulator) -> None:
    """A search shows a thousand; of the others each id is asked for, whether it exists or not."""
    mine, gone, *_ = upload(sim, "me", "power1")
    sim.world.delete(gone)
    upload(sim, *["power1"] * 1000)
    memory = InMemoryStore()
    async with client(sim, memory=memory) as api:
        found = await api.my_uploads(learn=0)
        assert (found.known, found.remaining) == (0, max(sim.world.torrents))
    data = json.loads(await memory.get_kv(KEPT) or "")
    (learnt,) = data.values()
    assert len(learnt.pop("listed")) == 1000
    learnt["listed"] = []  # as if all had been asked for
    await memory.set_kv(KEPT, json.dumps(data))
    async with client(sim, memory=memory) as api:
        asked(sim)
        found = await api.my_uploads(learn=3)
        counts = asked(sim)
    assert (counts["torrent"], counts["torrentgroup"]) == (2, 1)
    assert (ids(found), found.remaining) == ([mine], 0)


async def test_a_search_has_what_another_one_found_meanwhile() -> None:
    """Both answer with all: nothing seems to be gone."""
    torrent = {"id": 3, "userId": 2}
    answers: dict[str, object] = {
        "index": {"id": 2},
        "user": {"community": {"uploaded": 1}},
        "browse": {"results": [{"groupId": 9, "torrents": [{"torrentId": 3}]}]},
        "torrentgroup": {"group": {"id": 9}, "torrents": [torrent]},
    }

    def answered(call: Call | Finished) -> Answer:
        assert isinstance(call, Call)
        return Answer(call, answers[call.action], b"", datetime.now(UTC), 0.0)

    composer = Composer(InMemoryStore())
    one, other = [await composer.steps(Call("my_uploads")) for _ in range(2)]
    assert one
    assert other
    waiting = advance(other, None)
    while not isinstance(waiting, Call) or waiting.action != "browse":
        waiting = advance(other, answered(waiting))
    step = advance(one, None)
    while isinstance(step, Call):
        step = advance(one, answered(step))
    while isinstance(waiting, Call):
        waiting = advance(other, answered(waiting))
    assert step == waiting
    assert step.payload == {
        "uploads": [{"group": {"id": 9}, "torrent": torrent}],
        "count": 1,
        "known": 3,
        "remaining": 0,
    }


async def test_anonymous_uploads_are_counted_only(sim: Simulator) -> None:
    """All is asked for once, and then only what is new."""
    mine, *_ = upload(sim, "me", "power1")
    sim.world.publish("Hidden", uploader="me", anonymous=True, time=sim.clock.now())
    async with client(sim) as api:
        found = await api.my_uploads(learn="all")
        assert (ids(found), found.count, found.remaining) == ([mine], 2, 0)
        upload(sim, "power1")
        asked(sim)
        found = await api.my_uploads()
    assert asked(sim)["torrentgroup"] == 2  # mine and the new one


async def test_what_cannot_be_read_is_put_off(sim: Simulator) -> None:
    """Others are asked for first; after three tries it is given up."""
    mine, *_ = upload(sim, "me", "power1")
    async with client(sim) as api:
        sim.fail(Fault.NOT_JSON, times=3, action="torrentgroup")
        for _ in range(2):
            found = await api.my_uploads(learn=1)
            assert found.remaining
        found = await api.my_uploads(learn="all")
    assert ids(found) == [mine]


async def test_wrong_parameters_are_refused(sim: Simulator) -> None:
    """Before anything is sent, with what to write."""
    async with client(sim) as api:
        asked(sim)
        for learn in ("many", -1, "٣", 1.5, 10**9):
            with pytest.raises(RequestRefused, match="it takes a whole number or all"):
                await api.my_uploads(learn=learn)  # type: ignore[arg-type]  # wrong on purpose
    assert not asked(sim)


async def test_a_site_that_shows_less_is_searched_to_the_end() -> None:
    """A profile without counts doesn't end it; answers in part are read as far as they go."""
    answers: dict[str, object] = {
        "index": {"id": 2},
        "user": {"username": "me"},
        "browse": {"results": [{"groupId": 9, "torrents": [{"torrentId": 2}]}]},
        "torrent": {"group": {"id": 9}, "torrent": {"id": 2, "userId": "2"}},
        "torrentgroup": {"group": {"id": 9}, "torrents": {"1": {"id": 2, "userId": "2"}, "2": []}},
    }

    async def ask(call: Call) -> Answer:
        return Answer(call, answers[call.action], b"", datetime.now(UTC), 0.0)

    answer = await Composer(InMemoryStore()).composing(ask)(Call("my_uploads"))
    assert answer.payload == {
        "uploads": [{"group": {"id": 9}, "torrent": {"id": 2, "userId": "2"}}],
        "count": None,
        "known": 2,
        "remaining": 0,
    }
    answers["browse"] = {"results": []}
    again = await Composer(InMemoryStore()).composing(ask)(Call("my_uploads"))
    assert again.payload == {"uploads": [], "count": None, "known": 0, "remaining": 1}
    answers["browse"] = {"results": [{"groupName": "Reads"}]}
    with pytest.raises(BadAnswer, match="None of the entries"):
        await Composer(InMemoryStore()).composing(ask)(Call("my_uploads"))


def test_holes() -> None:
    """What no search lists is asked for behind what it does, the newest first."""
    learnt = UploaderIndex()
    learnt.add({5: 50, 8: 80}, 8)
    assert learnt.listed == [(8, 80), (5, 50)]
    assert learnt.holes == [(6, 7), (1, 4)]
    assert (learnt.top, learnt.waiting) == (8, 8)
    learnt.add({5: 50, 8: 80}, 8)  # another search saw the same
    assert learnt.waiting == 8
    for number in (8, 5, 7, 6, 3):
        learnt.settle(number, 0)
    assert learnt.holes == [(4, 4), (1, 2)]
    assert learnt.next() == (4, 0)
    learnt.go_back(2)  # an older database
    learnt.add({3: 30}, 3)
    assert (learnt.top, learnt.listed, learnt.holes) == (3, [(3, 30)], [(1, 2)])
    learnt.add({7_000_003: 60, 7_000_001: 50}, 7_000_003)  # so many were never given
    assert learnt.holes == [(7_000_002, 7_000_002), (1, 2)]
