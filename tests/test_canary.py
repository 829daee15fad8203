"""No secret gets out: a canary in each of them, through every failure, is found in nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from yarl import URL

from gazelled import logs
from gazelled.clock import Clock
from gazelled.config import load
from gazelled.errors import GazelledError
from gazelled.redact import PIECE, Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.control.client import ask
from gazelled.service.control.codec import decode, encode
from gazelled.service.control.protocol import REQUESTS
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Fault, Simulator, World
from gazelled.testing.ports import free_port

PER = 0.02
LONG = 120.0
UNHURRIED = 108_000.0
"""A minute of the world, in which the tracker closes no connection that is about to be used."""

TALKATIVE = """
import logging
import sys
from typing import ClassVar

import structlog
from gazelled.plugin import GiveUp, PluginConfig, RetryLater, SecretStr, hookimpl, target

class Options(PluginConfig):
    key: SecretStr

ways = [ValueError, RetryLater, SystemExit, KeyError, GiveUp]
words = "words of an error " * 20

@target(Options)
async def talkative(delivery, options, context):
    key = options.key.get_secret_value()
    context.log.warning("target.talked", key_of_mine=key, options=options, url=f"https://x/?k={key}")
    logging.getLogger("somebody").error("with %s", key)
    # The secret stands at another place each time, also where the text is cut.
    before = words[: sum(delivery.key.encode()) % 330]
    text = f"{before}could not reach https://me:{key}@there.example/{key}"
    raise ways[delivery.attempt % len(ways)](text)

@hookimpl
async def gazelled_answer(answer):
    log = structlog.stdlib.get_logger("talkative")
    log.info("answer.seen", payload=answer.payload, raw=answer.raw, text=answer.raw.decode())
    logging.getLogger("somebody").warning("answer %r", answer)
    raise ValueError(answer.raw.decode())
"""
REASONABLE = [fault for fault in Fault if fault is not Fault.HANG]


class Cage:
    """
    A daemon that knows secrets, a tracker that fails, and all that was written and said.

    Attributes:
        secrets: The canaries, by what they are.
        said: What people were told.

    """

    def __init__(self, home: Path, sim: Simulator, clock: Clock) -> None:
        self.home = home
        self.sim = sim
        self.clock = clock
        self.state = home / "state"
        self.redactor = Redactor()
        self.said: list[str] = []
        self.secrets = {
            "target key": "CANARY+key/of=target%1",
            "target password": "CANARYpassOfTarget2",
            "target path": "CANARYpathOfTarget3",
        }
        me = sim.world.user("me")
        self.secrets |= {"authkey": me.authkey, "passkey": me.passkey}
        (home / "plugins").mkdir()
        (home / "plugins" / "talkative.py").write_text(TALKATIVE)
        (home / "secrets").mkdir()
        self.secret_file("key", self.secrets["target key"])
        self.url = sim.url
        nobody = f"127.0.0.1:{free_port()}"
        self.phone = nobody
        password, path = self.secrets["target password"], self.secrets["target path"]
        self.secret_file("phone", f"json://someone:{password}@{nobody}/{path}?k={password}")
        self.web = f"127.0.0.1:{free_port()}"

    def secret_file(self, name: str, text: str) -> None:
        """Write a secret."""
        file = self.home / "secrets" / name
        file.write_text(text)
        file.chmod(0o600)

    @asynccontextmanager
    async def daemon(
        self, auth: str, style: Literal["console", "json", "journald"]
    ) -> AsyncIterator[App]:
        """Run the daemon with a way to log in, and everything logged to a file."""
        file = self.home / "config.toml"
        file.write_text(
            f"""
[tracker]
url = "{self.url}"
name = "BioTorrents.de"
allow = ["bookmark"]
{auth}
[tracker.limit]
per = {PER}
[notices]
tell = ["journal", "feed", "phone", "talker"]
[watch.yeast]
ask = "browse"
every = "6h"
tell = ["journal", "feed", "phone", "talker"]
[watch.me]
ask = "index"
kind = "call"
every = "6h"
[target.journal]
plugin = "journal"
[target.feed]
plugin = "feed"
title = "All"
[target.phone]
plugin = "apprise"
url = {{ secret = "phone" }}
[target.talker]
plugin = "talkative"
key = {{ secret = "key" }}
[plugin.talkative]
file = "talkative.py"
[web]
listen = "{self.web}"
"""
        )
        loaded = load(file, {})
        self.said += map(str, loaded.problems)
        assert loaded.config is not None, loaded.problems
        with (self.home / f"{style}.log").open("a") as stream:
            logs.set_up(format=style, level="debug", redactor=self.redactor, stream=stream)
            opened = open_app(
                loaded.config, self.state, clock=self.clock, redactor=self.redactor, environ={}
            )
            async with opened as app:
                life = asyncio.create_task(app.forever(Notifier({})), name="daemon")
                try:
                    yield app
                    await self.asks("status")
                    await self.reads_the_feed()
                finally:
                    app.stopping.set()
                    async with asyncio.timeout(LONG):
                        await life

    async def asks(self, name: str, /, **given: object) -> None:
        """Ask as the commands do, and keep what they would print."""
        try:
            request = decode(REQUESTS[name], given)
            async for message in ask(self.state / "control.sock", request):
                self.said.append(json.dumps(encode(message), ensure_ascii=False))
        except GazelledError as error:
            self.said += [str(error), repr(error)]

    async def reads_the_feed(self) -> None:
        """Read what the web server gives."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://{self.web}/feed.atom") as response,
        ):
            self.said += [await response.text(), str(response.headers)]

    async def suffers(self, *faults: Fault) -> None:
        """Meet faults, each in the answer to a person and in a watch's."""
        self.sim.settings.huge = 9 * 2**20
        self.sim.settings.pieces = 2
        for fault in faults:
            self.sim.fail(fault, times=2)
            await self.asks("call", action="index")
            await self.asks("watch.run", name="yeast")
            self.sim.repair()
            self.sim.fail(fault, times=2, action="add")
            await self.asks("do", change="bookmark", kind="group", numbers=[7])
            self.sim.world.user("me").bookmarks.discard(7)
            self.sim.repair()
            await self.asks("resume")
        await self.asks("call", action="index")

    def written(self) -> Iterator[tuple[str, str]]:
        """Return everything that was said or written, beside what has to hold the secrets."""
        yield "said", "\n".join(self.said)
        given = {self.home / "secrets", self.home / "plugins"}
        for file in sorted(self.home.rglob("*")):
            if file.is_file() and not given & set(file.parents) and file.name != "cookies.txt":
                yield str(file.relative_to(self.home)), file.read_bytes().decode("latin-1")

    def state_without_session(self) -> str:
        """Return the database's content without the row that keeps the session."""
        with closing(sqlite3.connect(self.state / "gazelled.db")) as db:
            db.execute("DELETE FROM kv WHERE key GLOB 'session-cookies*'")
            return "\n".join(db.iterdump())


def forms(secret: str) -> set[str]:
    """Return a secret in the ways that it is usually written."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        raw.decode("latin-1"),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


def leaks(cage: Cage, *, but: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Return which secrets are found where; some may stand in the database."""
    return search(cage.written(), cage.secrets, but)


def search(
    written: Iterable[tuple[str, str]], secrets: Mapping[str, str], but: frozenset[str]
) -> list[tuple[str, str]]:
    """Search for secrets in any of their forms, and for pieces that are as bad."""
    pieces = {
        kind: {secret[at : at + PIECE].lower() for at in range(len(secret) - PIECE + 1)}
        for kind, secret in secrets.items()
    }
    found: list[tuple[str, str]] = []
    for where, text in written:
        lower = text.lower()
        found += [
            (kind, where)
            for kind, secret in secrets.items()
            if not (kind in but and where.startswith("state/gazelled.db"))
            if any(form in text for form in forms(secret))
            or any(piece in lower for piece in pieces[kind])
        ]
    return found


class Front:
    """
    Stands in front of the pretend tracker, and answers in its place when it is told to.

    Attributes:
        url: Where it is asked.
        phone: What came to the phone.

    """

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._page: Callable[[str], bytes] | None = None
        self.url = ""
        self.phone: list[str] = []

    @asynccontextmanager
    async def serving(self, phone: str) -> AsyncIterator[None]:
        """Serve the tracker, and a phone at an address."""
        host, _, port = phone.partition(":")
        async with (
            await asyncio.start_server(self._serve, "127.0.0.1", 0) as server,
            await asyncio.start_server(self._ring, host, int(port)),
        ):
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield

    def answers(self, page: Callable[[str], bytes] | None) -> None:
        """Answer with a page that is made of what was sent to log in; None for the tracker's."""
        self._page = page

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:] if line)
            body = await reader.readexactly(int(headers.get("Content-Length", 0)))
            if self._page and "/login.php" not in lines[0]:
                sent = headers.get("Authorization", headers.get("Cookie", ""))
                writer.write(self._page(sent))
            else:
                writer.write(await self._forwarded(lines[0].split()[:2], headers, body))
        writer.close()

    async def _forwarded(self, line: list[str], headers: dict[str, str], body: bytes) -> bytes:
        method, path = line
        keep = ("Authorization", "Cookie", "Content-Type")
        sent = {name: value for name, value in headers.items() if name in keep}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.request(
                method,
                URL(self._sim.url + path, encoded=True),
                headers=sent,
                data=body,
                allow_redirects=False,
            ) as response,
        ):
            raw = await response.read()
            here = response.headers.get("Location", "").replace(self._sim.url, self.url)
            head = [
                f"HTTP/1.1 {response.status} {response.reason}",
                f"Content-Length: {len(raw)}",
                *(f"Set-Cookie: {each}" for each in response.headers.getall("Set-Cookie", ())),
                *([f"Location: {here}"] if here else []),
            ]
        return "\r\n".join([*head, "", ""]).encode() + raw

    async def _ring(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length:")[2].split()[0])
            self.phone.append((await reader.readexactly(length)).decode())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()


def page(status: str, text: str, *headers: str) -> bytes:
    """Write a response."""
    raw = text.encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + raw


PAGES: dict[str, Callable[[str], bytes]] = {
    "block page": lambda text: page("403 No", f"<title>Blocked</title><p>{text}"),
    "warning": lambda text: page("200 OK", f"<b>Warning</b>: {text} in <b>/a.php</b>"),
    "failure": lambda text: page("200 OK", json.dumps({"status": "failure", "error": text})),
    "no JSON": lambda text: page("200 OK", text),
    "cut off": lambda text: page("200 OK", text).replace(b"-Length: ", b"-Length: 9"),
    "gateway": lambda text: page("502 Bad Gateway", text),
    "redirect": lambda text: page("302 Found", "", f"Location: http://x.example/{quote(text)}"),
    "headers": lambda text: page("503 No", "", f"Retry-After: {text}", f"Server: {text}"),
}
"""What may quote a secret in place of an answer."""


def quoting(make: Callable[[str], bytes], text: str, sent: str) -> bytes:
    """Make a page of a text, in which @ stands for what was sent to log in."""
    return make(text.replace("@", sent))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(LONG):
        while not holds():  # noqa: ASYNC110 - the daemon makes it hold
            await asyncio.sleep(0.02)


@pytest.fixture
async def cage(tmp_path: Path) -> AsyncIterator[Cage]:
    """Return a cage; half an hour passes there in a second."""
    clock = Clock(speed=1800.0, start=datetime(2026, 3, 2, 9, tzinfo=UTC))
    async with Simulator(
        world=World(clock), clock=clock, per=PER, allowed=2, close_after=UNHURRIED
    ) as sim:
        yield Cage(tmp_path, sim, clock)
    logs.reset()


async def until_told(cage: Cage) -> None:
    """Wait until the first look was told and the talkative target failed."""
    journal = cage.state / "targets" / "journal" / "journal.jsonl"
    await until(lambda: journal.exists() and "Watching yeast" in journal.read_text())
    await cage.clock.sleep(600)


async def test_a_token(cage: Cage, capfd: pytest.CaptureFixture[str]) -> None:
    """The token, a revoked one, and the secrets of targets, with all of the tracker's faults."""
    cage.secrets["token"] = cage.sim.token()
    cage.secret_file("token", cage.sim.token())
    async with cage.daemon('token = { secret = "token" }', "console"):
        await until_told(cage)
        await cage.suffers(*REASONABLE)
        cage.sim.world.publish("S288C reads")
        await cage.asks("watch.run", name="yeast")
        for target in ("phone", "talker", "journal", "feed"):
            await cage.asks("target.test", name=target)
        cage.sim.revoke()
        await cage.asks("call", action="index")
    # The same again, with a word too many and one that nobody knows.
    for number, wrong in enumerate(("CANARY-no-token-at-all", "CANARYtoken4" * 10)):
        cage.secrets[f"wrong token {number}"] = wrong
        cage.secret_file("token", wrong)
        async with cage.daemon('token = { secret = "token" }', "json"):
            await cage.asks("call", action="index")
    cage.said += capfd.readouterr()
    assert leaks(cage) == []


async def test_a_login(cage: Cage, capfd: pytest.CaptureFixture[str]) -> None:
    """Password, second factor, session cookies and the keys in answers, also when refused."""
    me = cage.sim.world.user("me")
    me.password = "CANARY pass&wörd/5 with=signs"
    me.totp = "CANARYTOTPSECRET"
    cage.sim.gate.code_steps = 60  # half an hour is a second here
    cage.secrets |= {"password": me.password, "totp": me.totp}
    cage.secret_file("password", me.password)
    cage.secret_file("totp", me.totp)
    way = (
        'login = { username = "me", password = { secret = "password" }, '
        'totp = { secret = "totp" } }'
    )
    async with cage.daemon(way, "json"):
        await until_told(cage)
        await cage.suffers(*REASONABLE)
        cage.sim.expire_sessions()
        await cage.asks("call", action="index")
    sessions = list(cage.sim.gate._sessions)
    assert sessions
    # Refused in every way: the second factor, the password, the account, the address.
    me.totp = "JBSWY3DPEHPK3PXP"
    cage.sim.expire_sessions()
    async with cage.daemon(way, "journald"):
        for _ in range(8):
            await cage.asks("call", action="index")
            await cage.asks("resume")
            me.password = "changed-by-somebody-else"
    cage.secrets |= {f"session {number}": each for number, each in enumerate(sessions)}
    cage.said += capfd.readouterr()
    kept = frozenset(kind for kind in cage.secrets if kind.startswith("session")) | KEPT
    assert leaks(cage, but=kept) == []
    rest = cage.state_without_session()
    assert [kind for kind in kept if cage.secrets[kind] in rest] == []


async def test_a_cookie_file(cage: Cage, capfd: pytest.CaptureFixture[str]) -> None:
    """The cookies of a browser, while they work and after they ended."""
    cookies = await browser(cage)
    cage.secrets |= {"session": cookies["session"], "other": "CANARYcookie6"}
    lines = [
        f"127.0.0.1\tFALSE\t/\tFALSE\t0\t{name}\t{value}"
        for name, value in (cookies | {"other": "CANARYcookie6"}).items()
    ]
    file = cage.home / "cookies.txt"
    file.write_text("\n".join(["# Netscape HTTP Cookie File", *lines, ""]))
    file.chmod(0o600)
    async with cage.daemon('cookies = { file = "cookies.txt" }', "console"):
        await until_told(cage)
        await cage.suffers(Fault.CUT_OFF, Fault.NOT_JSON, Fault.WRONG_RESPONSE, Fault.SESSION_LOST)
        cage.sim.expire_sessions()
        await cage.asks("call", action="index")
    cage.said += capfd.readouterr()
    assert leaks(cage, but=KEPT) == []
    rest = cage.state_without_session()
    assert [kind for kind in KEPT if cage.secrets[kind] in rest] == []


async def test_a_proxy(cage: Cage, capfd: pytest.CaptureFixture[str]) -> None:
    """The password of a proxy that can't be reached."""
    cage.secrets["proxy password"] = "CANARYproxyPass7"
    cage.secrets["token"] = cage.sim.token()
    cage.secret_file("token", cage.sim.token())
    cage.secret_file("proxy", f"http://me:CANARYproxyPass7@127.0.0.1:{free_port()}")
    way = 'token = { secret = "token" }\nproxy = { secret = "proxy" }'
    async with cage.daemon(way, "json") as app:
        await until(lambda: app.dispatcher.health.failing_since is not None)
        await cage.asks("call", action="index")
    cage.said += capfd.readouterr()
    assert leaks(cage) == []


KEPT = frozenset({"authkey", "passkey"})
"""What is kept beside the session, in a row that no backup holds."""

LOGIN = 'login = { username = "me", password = { secret = "password" } }'


@pytest.mark.parametrize("way", ['token = { secret = "token" }', LOGIN])
async def test_what_others_write(cage: Cage, way: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever quotes a secret, at any place: no piece of it is said, told, served or kept."""
    me = cage.sim.world.user("me")
    me.password = "Z3bra+Passw0rd/of=me8"
    cage.secret_file("password", me.password)
    token = cage.sim.token()
    cage.secret_file("token", token)
    # A token's daemon is never told the keys, and knows them by their shape only.
    known = [me.password, me.authkey, me.passkey] if way == LOGIN else [token]
    cage.secrets |= {f"known {number}": each for number, each in enumerate(known)}
    keys = f"http://x.example/?authkey={me.authkey}&torrent_pass={me.passkey} "
    keys += f"http://x.example/{me.passkey}/announce"
    front = Front(cage.sim)
    async with front.serving(cage.phone):
        cage.url = front.url
        async with cage.daemon(way, "console") as app:
            await until_told(cage)
            await cage.asks("call", action="index")
            # Every other place; the rest come with the other way to log in.
            for offset in range(10 * (way == LOGIN), 240, 20):
                words = ("words of a page " * 15)[:offset]
                for number, make in enumerate(PAGES.values()):
                    secret = known[(offset // 10 + number) % len(known)]
                    front.answers(partial(quoting, make, f"{words}@ {secret} {keys} x"))
                    await cage.asks("call", action="index")
                    if offset % 50 == 0:
                        await cage.asks("status")
                        await cage.asks("watch.run", name="yeast")
                    front.answers(None)
                    await cage.asks("resume")
            for offset in range(90):
                secret = known[offset % len(known)]
                text = "x " * offset + f"{secret} [url]{keys}[/url]"
                cage.sim.world.publish(f"S288C {text}", tags=(secret, "yeast"), text=text)
                if offset % 30 == 29:
                    await cage.asks("watch.run", name="yeast")
            newest = cage.sim.world.publish(f"S288C last {known[0]}", tags=(known[0],))
            await cage.asks("watch.run", name="yeast")
            await until(lambda: sum("S288C" in each for each in front.phone) > 80)
            await cage.asks("why", item=str(newest.id))
            await cage.asks("call", action="torrent", params={"id": str(newest.id)}, raw=True)
            await app.store.back_up(cage.clock.now())
    cage.said += [*front.phone, *capfd.readouterr()]
    assert any("[redacted]" in each for each in front.phone)
    sessions = {f"session {number}": each for number, each in enumerate(cage.sim.gate._sessions)}
    cage.secrets |= sessions
    known_keys = {kind for kind, value in cage.secrets.items() if value in {me.authkey, me.passkey}}
    kept = frozenset(sessions) | known_keys
    assert leaks(cage, but=kept) == []
    rest = cage.state_without_session()
    assert [kind for kind in kept if cage.secrets[kind] in rest] == []


async def browser(cage: Cage) -> dict[str, str]:
    """Log in as a browser does."""
    me = cage.sim.world.user("me")
    form = {"username": "me", "password": me.password}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.post(f"{cage.sim.url}/login.php", data=form, allow_redirects=False) as response,
    ):
        return {name: morsel.value for name, morsel in response.cookies.items()}


def test_the_search_finds_what_is_there() -> None:
    """A canary in any of its forms is found, wherever it lies."""
    secret = "CANARY+key/of=target%1"
    written = {
        "plain": f"x {secret} y",
        "quoted": quote(secret, safe=""),
        "encoded": base64.b64encode(secret.encode()).decode(),
        "piece": "xcanary+kx",
        "harmless": "CANARY",
        "state/gazelled.db": secret,
    }
    found = search(written.items(), {"key": secret}, frozenset({"key"}))
    assert found == [("key", "plain"), ("key", "quoted"), ("key", "encoded"), ("key", "piece")]
