"""Files of torrents, from the simulated tracker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, RequestRefused, TrackerUnavailable
from gazelled.model import Answer, Call
from gazelled.testing import Fault, Simulator
from gazelled.testing.content.torrent_file import bencode, torrent_file
from gazelled.tracker import Api, Login, Profile, Token, connect
from gazelled.tracker.answers.classification import Consequence, HttpReply
from gazelled.tracker.answers.torrent_files import judge_file
from gazelled.tracker.client.downloads import DAY, DownloadLimitReached, Downloads
from gazelled.tracker.key_values import InMemoryStore

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
        kept.file.write_bytes(kept.file.read_bytes()[:50])
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
    """It is said without asking; and so is that there is no folder."""
    token = Token(sim.token())
    async with connect(sim.url, token, clock=sim.clock, folder=tmp_path) as api:
        with pytest.raises(RequestRefused, match="A token can't download"):
            await api.download(3)
    async with connect(sim.url, token, clock=sim.clock) as api:
        with pytest.raises(RequestRefused, match="pass a folder to connect"):
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


def kept(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return [file.name for file in folder.iterdir()]


class Stub:
    """Answers with what it is given."""

    def __init__(self, content: object, infohash: object) -> None:
        self._content = content
        self._infohash = infohash
        self.held: dict[str, asyncio.Event] = {}

    async def call(self, call: Call) -> Answer:
        """Return the answer."""
        if held := self.held.get(dict(call.params)["id"]):
            await held.wait()
        told = {"torrent": {"infoHash": self._infohash}}
        payload = self._content if call.action == "download" else told
        return Answer(call, payload, b"", NOW, 0.0)


def good() -> Stub:
    """Answer with a file that is what it should be."""
    sim = Simulator()
    torrent = sim.world.torrents[1]
    return Stub(torrent_file(torrent, "p" * 32), torrent.hash)


def keeper(folder: Path, memory: InMemoryStore, stub: Stub, *, a_day: int = 20) -> Downloads:
    """Make downloads of what a stub answers."""
    clock = Clock(speed=1e-6, start=NOW)
    return Downloads(stub.call, "x", "torrents.php", folder, memory, clock, a_day=a_day)


async def test_another_file_than_the_one_that_was_asked_for_is_not_kept(tmp_path: Path) -> None:
    """The infohashes are compared."""
    right = good()
    wrong = Stub(right._content, "AB" * 20)
    with pytest.raises(BadAnswer, match=r"the tracker tells abab.*not kept"):
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
    content = found.file.read_bytes()
    assert content.count(b"7:comment") == 2
    assert content.endswith(b"e")
