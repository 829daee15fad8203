"""Files of torrents, from the simulated tracker."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import (
    BadAnswer,
    ConfigError,
    Reason,
    RequestRefused,
    StateError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call
from gazelled.testing import Fault, Simulator
from gazelled.testing.content.torrent_file import bencode, torrent_file
from gazelled.tracker import PROFILES, Api, Login, Profile, Token, connect
from gazelled.tracker.answers.classification import Consequence, HttpReply
from gazelled.tracker.answers.torrent_files import judge_file
from gazelled.tracker.client.daily_limit import DAY, DownloadLimitReached
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.sites.dialect import GAZELLE, Dialect
from gazelled.tracker.sites.site import Site

QUICK = Profile("quick", "A pretend site", per=1.0)
ASKED = URL("https://x.example/torrents.php?action=download&id=1")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
Connect = Callable[..., AbstractAsyncContextManager[Api]]


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=200.0), per=1.0) as simulator:
        yield simulator


@pytest.fixture
def logged_in(sim: Simulator, tmp_path: Path) -> Connect:
    """Connect with a log-in."""

    def make(*, downloads_a_day: int = 20) -> AbstractAsyncContextManager[Api]:
        return connect(
            sim.url,
            Login("me", sim.world.user("me").password),
            profile=QUICK,
            clock=sim.clock,
            folder=tmp_path,
            downloads_a_day=downloads_a_day,
        )

    return make


def asked(sim: Simulator) -> list[str]:
    """Return what reached the tracker, but the log-in and whose account it is."""
    return [each.action for each in sim.arrivals if each.action and each.action != "index"]


async def test_a_file_is_fetched_once_and_kept(
    sim: Simulator, logged_in: Connect, tmp_path: Path
) -> None:
    """It is the one that the tracker tells of, and nobody else can read it."""
    async with logged_in() as api:
        first = await api.download(3)
        second = await api.download(3)
    async with logged_in() as api:
        third = await api.download(3)
    assert first.file == tmp_path / "downloads" / "3.torrent"
    assert first.torrent.infohash.upper() == sim.world.torrents[3].hash
    assert (first.fetched, second.fetched, third.fetched) == (True, False, False)
    assert asked(sim) == ["torrent", "download"]
    assert sim.world.downloads[sim.world.user("me").id, 3] == 1
    assert first.file.stat().st_mode & 0o777 == 0o600
    assert first.file.parent.stat().st_mode & 0o777 == 0o700
    assert sim.world.user("me").passkey not in repr(first)


async def test_a_damaged_file_counts_as_none(sim: Simulator, logged_in: Connect) -> None:
    """It is fetched again."""
    async with logged_in() as api:
        kept = await api.download(3)
        assert kept.file
        kept.file.write_bytes(kept.data[:50])
        assert (await api.download(3)).fetched
    assert asked(sim).count("download") == 2


async def test_a_torrent_that_is_not_there_costs_no_download(
    sim: Simulator, logged_in: Connect
) -> None:
    """The API refuses it in its own words."""
    async with logged_in() as api:
        with pytest.raises(RequestRefused, match="bad id parameter"):
            await api.download(9999)
    assert asked(sim) == ["torrent"]


async def test_only_so_many_are_fetched_a_day(sim: Simulator, logged_in: Connect) -> None:
    """Also across restarts; what is here already isn't counted."""
    async with logged_in(downloads_a_day=2) as api:
        await api.download(1)
    async with logged_in(downloads_a_day=2) as api:
        await api.download(2)
        with pytest.raises(
            RequestRefused, match="2 files were fetched within a day, which is enough;"
        ):
            await api.download(3)
        assert not (await api.download(1)).fetched
    async with logged_in(downloads_a_day=0) as api:
        with pytest.raises(RequestRefused, match="enough"):
            await api.download(3)
    assert asked(sim).count("download") == 2


async def test_a_day_later_there_can_be_more(tmp_path: Path) -> None:
    """The day goes with the clock, not with the calendar."""
    memory = InMemoryStore()
    long_ago = [(NOW - timedelta(hours=25)).isoformat(), (NOW - timedelta(hours=1)).isoformat()]
    await memory.set_kv("downloads", json.dumps(long_ago))
    downloads = keeper(tmp_path, memory, good(), a_day=2)
    assert (await downloads.get(1)).fetched
    with pytest.raises(RequestRefused, match="enough"):
        await downloads.get(2)


async def test_a_clock_that_was_wrong_costs_a_day_at_most(tmp_path: Path) -> None:
    """What is said to be fetched a month from now counts as fetched now."""
    memory = InMemoryStore()
    await memory.set_kv("downloads", json.dumps([(NOW + timedelta(days=30)).isoformat()]))
    with pytest.raises(DownloadLimitReached) as enough:
        await keeper(tmp_path, memory, good(), a_day=1).get(1)
    assert enough.value.after == pytest.approx(DAY.total_seconds(), abs=1)


@pytest.mark.parametrize("stored", ['["x"]', "[5]", '{"a":1}', '"x"', '["2026-03-02T00:00:00"]'])
async def test_what_was_stored_and_is_no_time_counts_as_now(tmp_path: Path, stored: str) -> None:
    """Somebody has edited it: that costs a day at most, as a wrong clock does."""
    memory = InMemoryStore()
    await memory.set_kv("downloads", stored)
    with pytest.raises(DownloadLimitReached):
        await keeper(tmp_path, memory, good(), a_day=1).get(1)
    assert (await keeper(tmp_path, memory, good(), a_day=2).get(1)).fetched


async def test_one_that_waits_for_long_keeps_no_other_one_back(tmp_path: Path) -> None:
    """Nor do two that come at once make more than a day's."""
    stub, gone = good(), asyncio.Event()
    stub.held["2"] = gone
    downloads = keeper(tmp_path, InMemoryStore(), stub, a_day=1)
    waiting = asyncio.create_task(downloads.get(2))
    assert (await downloads.get(1)).fetched
    gone.set()
    with pytest.raises(DownloadLimitReached) as enough:
        await waiting
    assert enough.value.after == pytest.approx(DAY.total_seconds(), abs=1)
    assert kept(tmp_path) == ["1.torrent"]


async def test_a_token_cannot_download_here(sim: Simulator, tmp_path: Path) -> None:
    """It is said without asking, with a folder and without."""
    token = Token(sim.token())
    async with connect(sim.url, token, clock=sim.clock, folder=tmp_path) as api:
        with pytest.raises(RequestRefused, match="A token can't download"):
            await api.download(3)
    async with connect(sim.url, token, clock=sim.clock) as api:
        with pytest.raises(RequestRefused, match="A token can't download"):
            await api.download(3)
    assert sim.arrivals == []


async def test_a_token_can_where_the_site_says_so(tmp_path: Path) -> None:
    """Other sites hand out files by their API."""
    profile = Profile("other", "Another", scheme="token", per=1.0, token_downloads=True)
    async with Simulator(clock=Clock(speed=200.0), per=1.0, scheme="token") as sim:
        token = Token(sim.token())
        async with connect(
            sim.url, token, profile=profile, clock=sim.clock, folder=tmp_path
        ) as api:
            assert (await api.download(3)).fetched
        assert {each.path for each in sim.arrivals} == {"/ajax.php"}


async def test_an_outage_is_no_refusal(sim: Simulator, logged_in: Connect) -> None:
    """It can be tried again."""
    async with logged_in() as api:
        await api.index()
        sim.fail(Fault.BAD_GATEWAY, action="download")
        with pytest.raises(TrackerUnavailable, match="502"):
            await api.download(3)


async def test_a_known_infohash_saves_a_request(sim: Simulator, logged_in: Connect) -> None:
    """The file is checked against it, and so is one that is here already."""
    infohash = sim.world.torrents[3].hash
    async with logged_in() as api:
        fetched = await api.download(3, infohash=infohash.lower())
        assert asked(sim) == ["download"]
        assert fetched.torrent.is_named(infohash)
        assert not (await api.download("3", infohash=infohash)).fetched
        with pytest.raises(RequestRefused, match="check the id and the infohash") as refused:
            await api.download(3, infohash="ab" * 20)
        assert refused.value.reason is Reason.BAD_PARAMETERS
        with pytest.raises(RequestRefused, match="It is not stored"):
            await api.download(4, infohash=infohash)
        assert (await api.download(4)).fetched
    assert asked(sim) == ["download", "download", "torrent", "download"]


async def test_without_a_folder_there_are_bytes(sim: Simulator) -> None:
    """Nothing is stored; a file that somebody still holds is not fetched again."""
    login = Login("me", sim.world.user("me").password)
    async with connect(sim.url, login, profile=QUICK, clock=sim.clock, downloads_a_day=3) as api:
        first, again = await asyncio.gather(api.download(3), api.download(3))
        assert first.file is None
        assert (first.data, first.fetched) == (again.data, not again.fetched)
        assert sim.world.user("me").passkey.encode() in first.data
        assert sim.world.user("me").passkey not in repr(first)
        assert not (await api.download(3)).fetched
        for _ in range(2):
            assert (await api.download(4)).fetched
            gc.collect()
        with pytest.raises(DownloadLimitReached):
            await api.download(5)
    assert asked(sim).count("download") == 3


@pytest.mark.parametrize("number", [0, -1, "x", "", "٣", True, 2.5, None, 10**20])
async def test_what_is_no_id_is_refused(tmp_path: Path, number: object) -> None:
    """Before anything is sent, in a sentence."""
    downloads = keeper(tmp_path, InMemoryStore(), good())
    with pytest.raises(RequestRefused, match="the id of a torrent, from 1") as refused:
        await downloads.get(number)  # type: ignore[arg-type] # as scripts may
    assert refused.value.reason is Reason.BAD_PARAMETERS


@pytest.mark.parametrize("infohash", ["", "ab", "xy" * 20, f"{'ab' * 20}\n", b"a" * 40, 5])
async def test_what_is_no_infohash_is_refused(tmp_path: Path, infohash: object) -> None:
    """Before anything is sent, in a sentence."""
    downloads = keeper(tmp_path, InMemoryStore(), good())
    with pytest.raises(RequestRefused, match="40 or 64 hexadecimal digits"):
        await downloads.get(1, infohash=infohash)  # type: ignore[arg-type] # as scripts may


@pytest.mark.parametrize("a_day", [-1, 1001, True, "20", None])
def test_what_is_no_daily_maximum_is_refused(tmp_path: Path, a_day: object) -> None:
    """When connecting, not at the first download."""
    with pytest.raises(ConfigError, match="downloads_a_day takes 0 to 1000"):
        keeper(tmp_path, InMemoryStore(), good(), a_day=a_day)  # type: ignore[arg-type] # likewise


async def test_one_file_may_have_another_maximum(tmp_path: Path) -> None:
    """A person says so on the command line; everything is counted together."""
    downloads = keeper(tmp_path, InMemoryStore(), good(), a_day=0)
    assert (await downloads.get(1, a_day=1)).fetched
    with pytest.raises(DownloadLimitReached):
        await downloads.get(2, a_day=1)


async def test_a_folder_that_cannot_be_written_costs_no_download(tmp_path: Path) -> None:
    """A file that could not be stored would be counted all the same."""
    (tmp_path / "downloads").write_text("no folder")
    stub, memory = good(), InMemoryStore()
    with pytest.raises(StateError, match="downloads"):
        await keeper(tmp_path / "downloads", memory, stub).get(1)
    (tmp_path / "1.torrent").mkdir()
    with pytest.raises(StateError, match="Is a directory"):
        await keeper(tmp_path, memory, stub).get(1)
    assert stub.calls == []
    assert await memory.get_kv("downloads") is None


async def test_a_file_that_cannot_be_stored_is_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full by now: what was fetched is of use, and isn't fetched again."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gazelled.tracker.client.downloads.write_private", full)
    downloads = keeper(tmp_path, InMemoryStore(), good())
    download = await downloads.get(1)
    assert (download.file, download.fetched, download.data[:1]) == (None, True, b"d")
    assert not (await downloads.get(1)).fetched


async def test_a_refused_download_is_not_counted(logged_in: Connect) -> None:
    """The tracker doesn't count it either."""
    async with logged_in(downloads_a_day=1) as api:
        with pytest.raises(RequestRefused, match="page in place of the file") as caught:
            await api.download(9999, infohash="ab" * 20)
        assert caught.value.reason is Reason.NOT_FOUND
        assert (await api.download(3)).fetched


async def test_a_freeleech_token_is_spent_once(sim: Simulator, logged_in: Connect) -> None:
    """It has to be confirmed, and only the search shows whether it can be."""
    me = sim.world.user("me")
    me.tokens = 1
    async with logged_in() as api:
        with pytest.raises(RequestRefused, match="pass confirm=True") as refused:
            await api.download(3, use_token=True)
        assert refused.value.reason is Reason.UNCONFIRMED
        assert asked(sim) == []
        await api.download(3)
        assert (await api.download(3, use_token=True, confirm=True)).fetched
        assert asked(sim)[2:] == ["torrent", "browse", "download"]
        assert (me.tokens, sim.world.tokens_spent) == (0, {(me.id, 3)})
        for number, why in [(3, "doesn't count anyway"), (4, "none left"), (10, "doesn't count")]:
            with pytest.raises(RequestRefused, match=why) as refused:
                await api.download(number, use_token=True, confirm=True)
            assert refused.value.reason is Reason.NOT_PERMITTED


async def test_a_token_is_not_spent_where_the_site_says_nothing_of_it(tmp_path: Path) -> None:
    """Other sites may have none; and a search that lists other things isn't one of it."""
    torrent = {"torrentId": 1}
    stub = good()
    stub.results = [{"groupId": 1, "torrents": [torrent]}]
    downloads = keeper(tmp_path, InMemoryStore(), stub)
    with pytest.raises(RequestRefused, match="x doesn't say whether"):
        await downloads.get(1, use_token=True)
    torrent["torrentId"] = 2
    with pytest.raises(RequestRefused, match="the search doesn't list it"):
        await downloads.get(1, use_token=True)
    assert [call.action for call in stub.calls] == ["torrent", "browse"] * 2
    music = keeper(tmp_path, InMemoryStore(), stub, dialect=PROFILES["orpheus"].dialect)
    with pytest.raises(RequestRefused, match="search of x doesn't find infohashes"):
        await music.get(1, use_token=True)
    assert len(stub.calls) == 4


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BAD_GATEWAY])
async def test_a_token_whose_answer_is_lost_is_not_spent_again(
    sim: Simulator, logged_in: Connect, fault: Fault
) -> None:
    """Whether it was spent is looked up first; nothing is sent twice, not even by aiohttp."""
    me = sim.world.user("me")
    me.tokens = 2
    async with logged_in() as api:
        await api.index()
        sim.fail(fault, times=1, action="download")
        with pytest.raises(TrackerUnavailable, match="the next attempt checks that first"):
            await api.download(3, use_token=True, confirm=True)
        assert asked(sim) == ["torrent", "browse", "download"]
        spent = fault is Fault.ANSWER_LOST
        assert me.tokens == (1 if spent else 2)
    async with logged_in() as api:
        if spent:
            with pytest.raises(RequestRefused, match="doesn't count anyway"):
                await api.download(3, use_token=True, confirm=True)
        else:
            assert (await api.download(3, use_token=True, confirm=True)).fetched
    assert me.tokens == 1


async def test_a_token_is_spent_after_another_log_in(sim: Simulator, logged_in: Connect) -> None:
    """The redirect to the log-in says that nothing was done."""
    me = sim.world.user("me")
    me.tokens = 1

    def expire(body: bytes) -> bytes:
        sim.expire_sessions()
        return body

    sim.settings.rewrite = expire
    sim.fail(Fault.REWRITTEN, times=1, action="browse")
    async with logged_in() as api:
        assert (await api.download(3, use_token=True, confirm=True)).fetched
    assert asked(sim) == ["torrent", "browse", "download", "download"]
    assert me.tokens == 0


def kept(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return [file.name for file in folder.iterdir()]


class Stub:
    """Answers with what it is given."""

    def __init__(self, content: object, infohash: object) -> None:
        self._content = content
        self._infohash = infohash
        self.held: dict[str, asyncio.Event] = {}
        self.calls: list[Call] = []
        self.results: list[object] = []

    async def call(self, call: Call) -> Answer:
        """Return the answer."""
        self.calls.append(call)
        if held := self.held.get(dict(call.params).get("id", "")):
            await held.wait()
        told = {"torrent": {"infoHash": self._infohash}, "results": self.results}
        payload = self._content if call.action == "download" else told
        return Answer(call, payload, b"", NOW, 0.0)


def good() -> Stub:
    """Answer with a file that is what it should be."""
    sim = Simulator()
    torrent = sim.world.torrents[1]
    return Stub(torrent_file(torrent, "p" * 32), torrent.hash)


def keeper(
    folder: Path,
    memory: InMemoryStore,
    stub: Stub,
    *,
    a_day: int = 20,
    dialect: Dialect = GAZELLE,
) -> Downloads:
    """Make downloads of what a stub answers."""
    clock = Clock(speed=1e-6, start=NOW)
    site = Site("https://x.example", "x", dialect=dialect)
    return Downloads(stub.call, site, "torrents.php", folder, memory, clock, a_day=a_day)


async def test_another_file_than_the_one_that_was_asked_for_is_not_kept(tmp_path: Path) -> None:
    """The infohashes are compared."""
    right = good()
    wrong = Stub(right._content, "AB" * 20)
    with pytest.raises(BadAnswer, match=r"the tracker names abab.*not stored"):
        await keeper(tmp_path, InMemoryStore(), wrong).get(1)
    assert kept(tmp_path) == []
    silent = Stub(right._content, None)
    assert (await keeper(tmp_path, InMemoryStore(), silent).get(1)).fetched


async def test_data_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    """Whatever an unusual site may send."""
    with pytest.raises(BadAnswer, match="data, not the file"):
        await keeper(tmp_path, InMemoryStore(), Stub({}, None)).get(1)


PAGE = b"\n<!doctype html><html><title>404 Not Found</title></html>"


@pytest.mark.parametrize(
    ("status", "body", "consequence", "words"),
    [
        (200, bencode({"info": 3}), Consequence.BROKEN, "no torrent: it has no info"),
        (200, b"d3:abc", Consequence.BROKEN, "at byte 6"),
        (200, PAGE, Consequence.REFUSED, "a page in place of the file: 404 Not Found"),
        (500, PAGE, Consequence.REFUSED, "404 Not Found"),
        (404, b"", Consequence.REFUSED, "404 Not Found"),
        (410, PAGE, Consequence.REFUSED, "404 Not Found"),
        (500, b"", Consequence.UNAVAILABLE, "500"),
        (200, b"", Consequence.UNAVAILABLE, "empty"),
        (502, PAGE, Consequence.UNAVAILABLE, "502"),
        (403, PAGE, Consequence.STOPPED, "403"),
        (200, b'{"status":"failure","error":"bad parameters"}', Consequence.REFUSED, "bad param"),
        (200, b'{"status":"failure","error":"rate limit exceeded"}', Consequence.LIMITED, "rate"),
        (400, b'{"errors":"rate limit exceeded"}', Consequence.LIMITED, "rate"),
        (200, b'{"status":"failure","error":"token revoked"}', Consequence.STOPPED, "revoked"),
        (200, b'{"status":"success","response":{}}', Consequence.BROKEN, "data, not the file"),
        (200, b"x", Consequence.BROKEN, "JSON"),
    ],
)
def test_what_comes_in_place_of_a_file_is_understood(
    status: int, body: bytes, consequence: Consequence, words: str
) -> None:
    """A refusal may have the status of a success, and be a page or JSON."""
    verdict = judge_file(HttpReply(status, body, NOW), ASKED)
    assert verdict.consequence is consequence
    assert words in verdict.text


def test_a_redirect_to_the_log_in_means_that_the_session_ended() -> None:
    """So it is logged in again, or told that a token isn't enough."""
    reply = HttpReply(302, PAGE, NOW, location="https://x.example/login.php")
    assert judge_file(reply, ASKED).consequence is Consequence.SESSION_LOST


def test_a_file_that_broke_off_is_broken() -> None:
    """Even if what came can be read."""
    body = good()._content
    assert isinstance(body, bytes)
    verdict = judge_file(HttpReply(200, body, NOW, complete=False), ASKED)
    assert verdict.consequence is Consequence.BROKEN
    assert judge_file(HttpReply(200, body, NOW), ASKED).payload == body


async def test_a_file_as_sites_spoil_it(sim: Simulator, logged_in: Connect) -> None:
    """A line break behind the end and a key that stands twice cost nothing; the break is cut."""
    sim.fail(Fault.LINE_BREAK)
    async with logged_in() as api:
        found = await api.download(3)
    assert found.torrent.infohash.upper() == sim.world.torrents[3].hash
    content = found.data
    assert found.file
    assert found.file.read_bytes() == content
    assert content.count(b"7:comment") == 2
    assert content.endswith(b"e")
