"""The synchronous client against the simulated tracker, which runs in the loop of the test."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from gazelled.clock import Clock
from gazelled.errors import ConfigError, Reason, RequestRefused, TrackerUnavailable
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Allowed, Api, Login, Profile, SyncApi, Token, connect, connect_sync
from gazelled.tracker.client.api import Write
from gazelled.tracker.client.blocking import SyncWrite

QUICK = Profile("quick", "A simulated site", per=1.0)
Connect = Callable[[], SyncApi]


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=500.0), per=1.0) as simulator:
        yield simulator


@pytest.fixture
def connected(sim: Simulator) -> Connect:
    """Connect with a token."""
    return partial(connect_sync, sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock)


def names(kind: type) -> set[str]:
    """Return the public names of a class."""
    return {name for name in dir(kind) if not name.startswith("_")}


def test_it_has_all_calls() -> None:
    """Whatever the asynchronous client can do; what its calls use isn't for callers."""
    assert names(Api) - {"ask", "turn"} <= names(SyncApi)
    assert names(Write) <= names(SyncWrite)


async def test_they_take_the_same(connected: Connect) -> None:
    """As help and completion of a notebook see it."""

    def use() -> None:
        with connected() as api:
            assert signature(api.user) == signature(Api.user)
            assert [*signature(api.download).parameters][:2] == ["number", "infohash"]

    await asyncio.to_thread(use)


async def test_calls_and_pages_are_the_same(sim: Simulator, connected: Connect) -> None:
    """Answers, raw answers, calls by name, and entries in the same order."""

    def use() -> tuple[object, ...]:
        with connected() as api:
            pages = api.browse.items(newest=70)
            ids = [group.torrents[0].torrent_id for group in pages]
            by_name = api.call("torrent", {"id": 5})
            assert by_name.value == api.torrent(id=5)
            assert api.torrent.result(id=5).answer.payload == by_name.answer.payload
            return ids, pages.read, pages.cut, pages.settled, api.account().id, api.site.name

    outcome = await asyncio.to_thread(use)
    async with connect(sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock) as api:
        pages = api.browse.items(newest=70)
        ids = [group.torrents[0].torrent_id async for group in pages]
        account = await api.account()
        assert outcome == (ids, pages.read, pages.cut, pages.settled, account.id, api.site.name)


async def test_what_changes_something(sim: Simulator, tmp_path: Path) -> None:
    """Files are stored, and the calls of `write` are done, when they return."""
    auth = Login("me", sim.world.user("me").password)

    def use() -> None:
        with connect_sync(sim.url, auth, profile=QUICK, clock=sim.clock, folder=tmp_path) as api:
            assert api.download(5).data[:1] == b"d"
            api.write.clear_user_notification(type="News")
            assert sim.arrivals[-1].action == "clear_user_notification"

    await asyncio.to_thread(use)


async def test_in_a_running_loop(connected: Connect) -> None:
    """In a notebook the thread of the caller has a loop that runs."""

    async def cell() -> int | None:
        with connected() as api:
            return api.torrent(id=5).torrent.seeders

    def notebook() -> int | None:
        return asyncio.run(cell())

    assert await asyncio.to_thread(notebook) is not None


async def test_several_threads_share_the_limit(sim: Simulator, connected: Connect) -> None:
    """Their calls queue up in one client."""

    def use() -> list[int]:
        with connected() as api, ThreadPoolExecutor(4) as pool:
            answers = pool.map(lambda number: api.torrent.result(id=number), [5, 6, 7, 8])
            return [answer.answer.payload["torrent"]["id"] for answer in answers]

    assert await asyncio.to_thread(use) == [5, 6, 7, 8]
    assert min(sim.gaps()) >= 1.0


async def test_errors_are_those_of_the_library(sim: Simulator, connected: Connect) -> None:
    """A refusal ends nothing; what keeps a client from connecting is raised at once."""

    def use() -> None:
        with connected() as api:
            with pytest.raises(RequestRefused) as caught:
                api.torrent(id=999999)
            assert caught.value.reason is Reason.NOT_FOUND
            with pytest.raises(RequestRefused, match="did you mean"):
                api.call("brows")
            assert api.stats().torrent_count
        with pytest.raises(ConfigError, match="no profile"):
            connect_sync(sim.url, Token("x"), profile="there-is-none")

    await asyncio.to_thread(use)


async def test_pages_that_are_left(connected: Connect) -> None:
    """Whoever leaves a list, or forgets it, can go on with others."""

    def use() -> None:
        with connected() as api:
            for group in api.browse.items():
                assert group.torrents
                break
            entries = iter(api.requests.items())
            next(entries)
            del entries
            gc.collect()
            broken = (1 / 0 for _ in api.browse.items())
            with pytest.raises(ZeroDivisionError):
                next(broken)
            rest = iter(api.browse.items())
            next(rest)
        with pytest.raises(RequestRefused, match="closed"):
            list(rest)

    await asyncio.to_thread(use)


async def test_after_the_end(connected: Connect) -> None:
    """A closed client says so, and can be closed again."""

    def use() -> None:
        api = connected()
        api.close()
        api.close()
        for call in (api.stats, api.account, api.stats.result, partial(api.call, "stats")):
            with pytest.raises(RequestRefused, match="connect again"):
                call()

    await asyncio.to_thread(use)


async def test_a_call_that_waits_ends_with_the_client(sim: Simulator, connected: Connect) -> None:
    """Nobody waits for what doesn't come any more."""
    sim.fail(Fault.HANG)

    def use() -> None:
        api = connected()
        with ThreadPoolExecutor(2) as pool:
            entries = api.browse.items()
            waiting: list[Future[object]] = [pool.submit(api.stats), pool.submit(list, entries)]
            while not sim.arrivals:
                threading.Event().wait(0.01)
            api.close()
            for call in waiting:
                with pytest.raises(RequestRefused, match="connect again"):
                    call.result(timeout=30)

    await asyncio.to_thread(use)


async def test_a_change_that_takes_too_long_may_have_been_made(sim: Simulator) -> None:
    """The error says so, and not only that it can be tried again."""
    sim.fail(Fault.HANG, action="add")

    def use() -> None:
        auth = Login("me", sim.world.user("me").password)
        allow: set[Allowed] = {"bookmark"}
        with connect_sync(sim.url, auth, profile=QUICK, clock=sim.clock, allow=allow) as api:
            api.timeout = 3.0
            with pytest.raises(TrackerUnavailable, match="check before you repeat it"):
                api.write.bookmark("group", 7)

    await asyncio.to_thread(use)
    assert sum(arrival.action == "add" for arrival in sim.arrivals) == 1


async def test_timeout(sim: Simulator, connected: Connect) -> None:
    """A call gives up after the seconds that it may take."""

    def use() -> None:
        with connected() as api:
            sim.fail(Fault.HANG)
            api.timeout = 0.2
            for call in (api.stats, partial(next, iter(api.browse.items()))):
                with pytest.raises(TrackerUnavailable, match=r"within 0\.2 seconds"):
                    call()

    await asyncio.to_thread(use)


@pytest.mark.parametrize("seconds", ["60", -1, 0, True, float("nan")])
async def test_a_timeout_that_is_none(connected: Connect, seconds: Any) -> None:  # noqa: ANN401 - as without type checks
    """It is refused where it is set, and the one before stays."""

    def use() -> None:
        with connected() as api:
            with pytest.raises(ConfigError, match="timeout takes a number of seconds above 0"):
                api.timeout = seconds
            assert api.timeout is None

    await asyncio.to_thread(use)


async def test_a_call_from_inside(sim: Simulator) -> None:
    """What the client calls can't wait for the client, and is told so."""
    problems: list[RequestRefused] = []
    made: list[SyncApi] = []

    def drifted(*_: object) -> None:
        try:
            made[0].stats()
        except RequestRefused as problem:
            problems.append(problem)

    def use() -> None:
        with connect_sync(
            sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock, on_drift=drifted
        ) as api:
            made.append(api)
            sim.settings.rewrite = lambda body: body.replace(b'"response":{', b'"response":{"x":1,')
            sim.fail(Fault.REWRITTEN)
            api.stats()

    await asyncio.to_thread(use)
    assert "call afterwards" in str(problems[0])


async def test_a_client_that_is_forgotten_is_closed(connected: Connect) -> None:
    """The account is free again; no thread is left behind."""

    def use() -> None:
        for _ in range(2):
            api = connected()
            assert api.stats().torrent_count
            del api
            gc.collect()

    await asyncio.to_thread(use)
    assert not [each for each in threading.enumerate() if each.name == "gazelled"]
