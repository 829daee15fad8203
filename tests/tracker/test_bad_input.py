"""What a person may pass that is wrong: an error of the library says what to do instead."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import (
    ActionRequired,
    ConfigError,
    GazelledError,
    Reason,
    RequestRefused,
    StateError,
)
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Cookies, Login, Profile, Token, TrackerUnavailable, connect_sync
from gazelled.tracker import connect as typed_connect
from gazelled.tracker.client.connect import ARGUMENTS
from gazelled.tracker.key_values import InMemoryStore

QUICK = Profile("quick", "A simulated site", per=1.0)
connect: Any = partial(typed_connect, profile=QUICK, clock=Clock(speed=500.0))
TOKEN = Token("a-token")
URL_ = "https://biotorrents.de"
CANARY = "canary-4711"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=500.0), per=1.0) as simulator:
        yield simulator


@pytest.fixture
async def api(sim: Simulator) -> AsyncIterator[Any]:
    """A client with a token, as a program without type checks has it."""
    async with connect(sim.url, Token(sim.token())) as api:
        yield api


@pytest.mark.parametrize(
    ("args", "more", "words"),
    [
        ((None, TOKEN), {}, "url: expected str, not NoneType"),
        (("", TOKEN), {}, 'url: expected an address like "https://biotorrents.de"'),
        (("biotorrents.de", TOKEN), {}, "url: expected an address like"),
        ((f"{URL_}/api.php", TOKEN), {}, "url: it names a page of the site: write url ="),
        (("http://biotorrents.de", TOKEN), {}, "url: http:// would send your secrets unprotected"),
        ((URL_,), {}, "connect: missing a required argument: 'auth'"),
        ((URL_, "a-token"), {}, r'Log in by Token\("…"\), .* not by an object of str'),
        ((URL_, None), {}, r'Log in by Token\("…"\)'),
        ((URL_, Token), {}, r'Log in by Token\("…"\)'),
        ((URL_, Token("")), {}, "The token is empty: copy it"),
        ((URL_, Token("two words")), {}, "The token contains spaces or special"),
        ((URL_, Token("a\n")), {}, "The token contains spaces or special"),
        ((URL_, Token(None)), {}, "Login takes only texts"),  # type: ignore[arg-type]  # wrong
        ((URL_, Login("me", "")), {}, "Login takes a user name and a password"),
        ((URL_, Login("me", "x" * 15, totp="1")), {}, "totp secret isn't base 32"),
        ((URL_, Cookies(5)), {}, "Login takes only texts"),  # type: ignore[arg-type]  # wrong
        ((URL_, TOKEN), {"profile": "orpheu"}, 'no profile "orpheu"'),
        ((URL_, TOKEN), {"profile": 5}, "profile: expected Profile or str, not int"),
        ((URL_, TOKEN), {"prfile": "orpheus"}, r'no parameter "prfile"; did you mean "profile"\?$'),
        ((URL_, TOKEN), {"folder": 5}, "folder: expected Path or str, not int"),
        ((URL_, TOKEN), {"memory": 5}, "memory: expected KeyValues, not int"),
        ((URL_, TOKEN), {"clock": 5}, "clock: expected Clock, not int"),
        ((URL_, TOKEN), {"contact": "a\nb"}, "contact: expected plain ASCII on one line"),
        ((URL_, TOKEN), {"user_agent": "é"}, "user_agent: expected plain ASCII on one line"),
        ((URL_, TOKEN), {"ca": "none.pem"}, "certificates in none.pem can't be read"),
        ((URL_, TOKEN), {"proxy": "socks5://x"}, "proxy: SOCKS proxies are not supported"),
        ((URL_, TOKEN), {"proxy": "x"}, r"proxy: expected an address like .*\.$"),
        ((URL_, TOKEN), {"downloads_a_day": "x"}, "downloads_a_day: expected int, not str"),
        ((URL_, TOKEN), {"allow": "bookmark"}, "allow: expected Set, not str"),
        ((URL_, TOKEN), {"allow": {"bookmrk"}}, r'^There is no .*did you mean "bookmark"\?$'),
        ((URL_, TOKEN), {"allow": {5}}, 'no change to allow "5"'),
        ((URL_, TOKEN), {"on_drift": 5}, "on_drift: expected Callable, not int"),
        ((URL_, Cookies("none.txt")), {}, "none.txt can't be read: No such file"),
        ((URL_, Cookies({})), {}, "The cookie jar: no cookie for biotorrents.de in it"),
        ((URL_, Cookies({"a": 5})), {}, "isn't a text"),  # type: ignore[dict-item]  # wrong
        ((URL_, Cookies({"a": f"{CANARY}\n"})), {}, "can't be sent"),
        ((URL_, Cookies(http.cookiejar.CookieJar())), {}, "no cookie for biotorrents.de"),
    ],
)
async def test_connecting(args: tuple[Any, ...], more: dict[str, Any], words: str) -> None:
    """Nothing is sent; the synchronous client says the same."""
    with pytest.raises(ConfigError, match=words) as caught:
        async with connect(*args, **more):
            pass
    assert CANARY not in str(caught.value)
    with pytest.raises(ConfigError, match=words):
        await asyncio.to_thread(connect_sync, *args, **more)


@pytest.mark.parametrize("folder", ["file", "/proc/gazelled"])
async def test_a_folder_that_cannot_be_used(sim: Simulator, tmp_path: Path, folder: str) -> None:
    """It is said before anything is sent."""
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"memory\.json can't be (read|written)"):
        async with connect(sim.url, Token(sim.token()), folder=tmp_path / folder):
            pass
    assert sim.arrivals == []


class Damaged(InMemoryStore):
    """Holds a text that nobody wrote under one key, and remembers which keys are read."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__()
        self.read: set[str] = set()
        self._damaged = {key: text}

    async def get_kv(self, key: str) -> str | None:
        self.read.add(key)
        return self._damaged.get(key) or await super().get_kv(key)


async def _use(sim: Simulator, memory: InMemoryStore) -> None:
    password = sim.world.user("me").password
    async with asyncio.timeout(30), connect(sim.url, Login("me", password), memory=memory) as api:
        await api.my_uploads(learn=1)


@pytest.mark.parametrize(
    "text", ["{", "[1]", "5", '"x"', '{"at": 1}', '{"since": "2026-01-01"}', "[" * 100_000]
)
async def test_a_damaged_memory_is_named(sim: Simulator, text: str) -> None:
    """Whatever stands there in place of what was stored: no error of Python's, no endless wait."""
    whole = Damaged("", "")
    await _use(sim, whole)
    errors = {}
    for key in sorted(whole.read):
        try:
            await _use(sim, Damaged(key, text))
        except StateError as problem:
            errors[key] = str(problem).split(" is damaged.")[0]
    assert errors == {key: f'What is stored as "{key}"' for key in errors}
    assert {*errors} >= {"budget", "failing-actions", "outage", "own_uploads", "pause", "stop"}


async def test_a_folder_that_fails_later(sim: Simulator, tmp_path: Path) -> None:
    """The error is that of the folder, not a group of errors."""
    folder = tmp_path / "folder"

    async def use() -> None:
        async with connect(sim.url, Token(sim.token()), folder=folder) as api:
            (folder / "memory.json").unlink()
            (folder / "memory.json").mkdir()
            await api.stats()

    with pytest.raises(StateError, match="can't be written"):
        await use()


async def test_a_connection_that_is_not_open(sim: Simulator) -> None:
    """Before, after, and without `async with`."""
    connection = connect(sim.url, Token(sim.token()))

    def enter() -> None:
        with connection:
            pass

    async def wait() -> None:
        await connection

    async def enter_again() -> None:
        async with connection:
            pass

    for use in (lambda: connection.stats, lambda: connection.call, enter):
        with pytest.raises(ConfigError, match="write `async with connect"):
            use()
    with pytest.raises(ConfigError, match="write `async with connect"):
        await wait()
    assert not hasattr(connection, "nonsense")
    async with connection as api:
        pass
    with pytest.raises(ConfigError, match="call connect again"):
        await enter_again()
    for call in (api.stats, api.account, partial(api.call, "stats"), partial(api.torrent, id=5)):
        with pytest.raises(RequestRefused, match="closed: make calls inside"):
            await call()
    with pytest.raises(RequestRefused, match="closed"):
        await anext(aiter(api.browse.items()))
    with pytest.raises(RequestRefused, match="closed"):
        await api.write.clear_user_notification(type="News")
    assert sim.arrivals == []


async def test_another_event_loop(api: Any) -> None:  # noqa: ANN401 - as without type checks
    """A call there would wait for ever."""
    with pytest.raises(RequestRefused, match="another event loop"):
        await asyncio.to_thread(lambda: asyncio.run(api.stats()))


async def test_twice_in_one_program(sim: Simulator, tmp_path: Path) -> None:
    """The requests of two connections would add up at the tracker; another account is another."""
    token = Token(sim.token())
    async with connect(sim.url, token) as api:
        for way in ({}, {"folder": tmp_path / "second"}):
            with pytest.raises(TrackerUnavailable, match="connected to this account") as caught:
                async with connect(sim.url, token, **way):
                    pass
            assert caught.value.reason is Reason.IN_USE
        async with connect(sim.url, Token(sim.token("donor1"))) as other:
            assert await other.stats() == await api.stats()
    async with connect(sim.url, token) as api:
        assert await api.stats()


CALLS: dict[str, tuple[Callable[[Any], Any], str, Reason]] = {
    text: (call, text, reason)
    for reason, calls in {
        Reason.BAD_PARAMETERS: {
            "torrent takes its parameters by name": lambda api: api.torrent(5),
            "browse takes its parameters by name": lambda api: api.browse.items("yeast"),
            'id takes a whole number, not "x"': lambda api: api.torrent(id="x"),
            'id takes a whole number, not "１"': lambda api: api.torrent(id="１"),  # noqa: RUF001 - wide
            'id takes a whole number, not "1000000000': lambda api: api.torrent(id=10**400),
            "id takes no number of a thousand digits": lambda api: api.torrent(id=10**5000),
            "id takes a text or a number, not NoneType": lambda api: api.torrent(id=None),
            "id takes one value, not a list": lambda api: api.torrent(id=[1]),
            "id takes a text or a number, not dict": lambda api: api.torrent(id={}),
            'did you mean "id"': lambda api: api.torrent(idd=5),
            "until takes a time": lambda api: api.browse.items(until="2026"),
            "until needs a time with a zone": lambda api: api.browse.items(
                until=datetime.now(UTC).replace(tzinfo=None)
            ),
            "newest takes a whole number": lambda api: api.browse.items(newest="x"),
            "newest takes a whole number from 0": lambda api: api.browse.items(newest=-1),
            "an action: expected str, not int": lambda api: api.call(5),
            "an action: expected str, not list": lambda api: api.call([]),
            "parameters: expected Mapping, not str": lambda api: api.call("browse", "yeast"),
            "parameters: expected Mapping, not list": lambda api: api.call("browse", [("a", "b")]),
            "a parameter: expected str, not int": lambda api: api.call("browse", {5: 1}),
            "lane: expected Lane, not str": lambda api: api.call("stats", lane="soon"),
            "the id of a torrent": lambda api: api.download("x"),
            "infohash takes 40 or 64": lambda api: api.download(5, infohash="x"),
            "it takes number, infohash, use_token and confirm": lambda api: api.download(id=5),
            "call: got an unexpected keyword argument 'id'; it takes action, params": lambda api: (
                api.call("user", id=2)
            ),
            "call: missing a required argument: 'action'": lambda api: api.call(),
            "user_by_name: missing a required argument": lambda api: api.user_by_name(user="me"),
            "my_uploads: too many positional arguments": lambda api: api.my_uploads(5),
            "account: too many positional arguments": lambda api: api.account(5),
            'top10 takes no type="users": call top10_users': lambda api: api.top10(type="users"),
            'takes no type="artists": call bookmarks_artists': lambda api: api.bookmarks(
                type="artists"
            ),
            'inbox takes no type="viewconv": call inbox_viewconv': lambda api: api.inbox(
                type="viewconv", id=1, mark_read=True
            ),
            'userhistory takes no type="x"': lambda api: api.userhistory(type="x"),
            'learn takes no "-1"; it takes a whole number or all': lambda api: api.my_uploads(
                learn=-1
            ),
            "items of usersearch takes no until": lambda api: api.usersearch.items(
                search="a", until=datetime.now(UTC)
            ),
            "items of forum takes no until": lambda api: api.forum_viewforum.items(
                forumid=1, until=datetime.now(UTC)
            ),
        },
        Reason.NOT_PERMITTED: {
            "wiki requires a log-in, not a token": lambda api: api.wiki(id=1),
            "subscriptions requires a log-in": lambda api: api.subscriptions(),
            "forum requires a log-in": lambda api: api.forum_viewthread(threadid=1),
            "userhistory requires a log-in": lambda api: api.call("userhistory", {"type": "posts"}),
            "A token can't download": lambda api: api.download(5),
        },
    }.items()
    for text, call in calls.items()
}


@pytest.mark.parametrize("words", CALLS)
async def test_calls(api: Any, sim: Simulator, words: str) -> None:  # noqa: ANN401 - likewise
    """What can't be right isn't sent."""
    call, text, reason = CALLS[words]
    with pytest.raises(RequestRefused) as caught:
        await call(api)
    assert text in str(caught.value)
    assert caught.value.reason is reason
    assert sim.arrivals == []


async def test_what_needs_a_log_in_can_be_sent(api: Any) -> None:  # noqa: ANN401 - likewise
    """By force, to see what the tracker says to a token."""
    assert (await api.call("subscriptions", force=True)).answer.payload == {"threads": []}


def jar_of_urllib(session: dict[str, str], host: str) -> http.cookiejar.CookieJar:
    """Return a jar of the standard library with a session, and a cookie of another host."""
    jar = http.cookiejar.CookieJar()
    for name, value in session.items():
        for domain, text in ((host, value), ("example.org", CANARY)):
            details: Any = {"comment": None, "comment_url": None, "rest": {}}
            jar.set_cookie(
                http.cookiejar.Cookie(
                    version=0,
                    name=name,
                    value=text,
                    port=None,
                    port_specified=False,
                    domain=domain,
                    domain_specified=False,
                    domain_initial_dot=False,
                    path="/",
                    path_specified=True,
                    secure=False,
                    expires=None,
                    discard=False,
                    **details,
                )
            )
    return jar


def jar_of_aiohttp(session: dict[str, str], host: str) -> aiohttp.CookieJar:
    """Return a jar of aiohttp with a session, and a cookie of another host."""
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies(session, URL(f"https://{host}/"))
    jar.update_cookies({"session": CANARY}, URL("https://example.org/"))
    return jar


@pytest.mark.parametrize("make", [lambda session, _: session, jar_of_urllib, jar_of_aiohttp])
async def test_a_cookie_jar(sim: Simulator, make: Callable[[dict[str, str], str], Any]) -> None:
    """Its cookies of the site log in; no repr shows them."""
    memory = InMemoryStore()
    async with connect(sim.url, Login("me", sim.world.user("me").password), memory=memory) as api:
        own = (await api.account()).id
    session = json.loads(await memory.get_kv("session-cookies") or "")["cookies"]
    cookies = Cookies(make(session, URL(sim.url).host or ""))
    assert session["session"] not in repr(cookies)
    async with connect(sim.url, cookies) as api:
        assert (await api.account()).id == own


async def test_the_user_agent(sim: Simulator) -> None:
    """The name of the program ends it; the operators learn whom to write to, too."""
    async with connect(
        sim.url, Token(sim.token()), contact="me@example.org", user_agent="my-lab/1.2"
    ) as api:
        assert api.site.user_agent.endswith(" (+me@example.org) my-lab/1.2")
        assert api.site.user_agent.startswith("gazelled/")


def test_each_parameter_of_connect_is_checked() -> None:
    """None is forgotten when another one is added."""
    assert set(ARGUMENTS) | {"auth"} == set(signature(typed_connect).parameters)


def test_every_error_is_of_the_library() -> None:
    """A program can catch all of them by one name."""
    assert all(
        issubclass(kind, GazelledError) for kind in (ConfigError, StateError, RequestRefused)
    )


class Racing(Clock):
    """A clock whose time of day is as fast as the rest of it."""

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=self.monotonic())


async def test_a_token_that_is_not_understood(sim: Simulator) -> None:
    """It is worth another try for three hours, since the site may be locked; then it is final."""
    clock, memory = Racing(speed=5000.0), InMemoryStore()
    sim.fail(Fault.DATABASE_KEY)
    ways = {"clock": clock, "memory": memory}
    async with connect(sim.url, Token(sim.token()), **ways) as api:
        begun = clock.now()
        with pytest.raises(TrackerUnavailable) as caught:
            await api.stats()
        assert caught.value.until
        with pytest.raises(ActionRequired, match="for three hours") as final:
            await anext(aiter(api.browse.items()))  # which waits, and doesn't wait for ever
        assert final.value.reason is Reason.CREDENTIALS
        assert clock.now() - begun > timedelta(hours=3)
    sim.repair()
    async with connect(sim.url, Token(sim.token()), **ways) as api:
        assert await api.stats()


async def test_a_stop_ends_with_the_connection(sim: Simulator, tmp_path: Path) -> None:
    """A script has no other way to go on, once its person has acted."""
    revoked = Token(sim.token())
    sim.revoke()
    for token in (revoked, revoked):
        async with connect(sim.url, token, folder=tmp_path) as api:
            with pytest.raises(ActionRequired, match="token revoked"):
                await api.stats()
            with pytest.raises(ActionRequired, match="token revoked") as caught:
                await api.stats()
            assert "Then connect again" in str(caught.value)
            assert "gazelled resume" not in str(caught.value)
    async with connect(sim.url, Token(sim.token()), folder=tmp_path) as api:
        assert await api.stats()
