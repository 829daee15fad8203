"""Secrets are taken out where the tracker's words come in, wherever they stand in them."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from urllib.parse import quote

import pytest

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.redact import PIECE, Redactor
from gazelled.tracker.answers.classification import Consequence, Verdict
from gazelled.tracker.answers.intake import MOST_KEYS, MOST_KNOWN
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import Auth, LoginAuth, TokenAuth
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.rate_limiter import RateLimiter, SlotSource

TOKEN = "ahovcjqxT0kenW1thoutAWord" + "zK3y_mQ7" * 11
AUTHKEY = "0f9e8d7c6b5a49382716051423324150"
PASSKEY = "q8w7e6r5t4z3u2i1o0p9a8s7d6f5g4h3"
SECRETS = {"token": TOKEN, "authkey": AUTHKEY, "passkey": PASSKEY}
LONGEST = 230
"""Beyond it lies every limit at which the words of a page are cut."""

Page = Callable[[str], bytes]
Ask = Callable[[bytes], Awaitable[Verdict]]


def response(body: str, status: str = "200 OK", *headers: str) -> bytes:
    """Write a response."""
    raw = body.encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + raw


def success(payload: object) -> bytes:
    """Write an answer of the API."""
    return response(json.dumps({"status": "success", "response": payload}))


KINDS: dict[str, Page] = {
    "block page": lambda text: response(f"<title>No</title><p>{html.escape(text)}", "403 No"),
    "warning": lambda text: response(f"<br />\n<b>Warning</b>: {text} in <b>/a.php</b>"),
    "warning and data": lambda text: response(f'<b>Warning</b>: {text}<br />{{"status": "x"}}'),
    "failure": lambda text: response(json.dumps({"status": "failure", "error": text})),
    "failure of a gateway": lambda text: response(text, "502 Bad Gateway"),
    "text": response,
    "cut off": lambda text: response(text).replace(b"Content-Length: ", b"Content-Length: 9"),
    "redirect": lambda text: response("", "302 Found", f"Location: /{quote(text)}.php?x=1"),
    "redirect elsewhere": lambda text: response(
        "", "302 Found", f"Location: http://me:{quote(text)}@there.example/{quote(text)}"
    ),
    "header": lambda text: response("", "503 No", f"Retry-After: {quote(text)}", f"Date: {text}"),
}


def titles(text: Callable[[int], str]) -> object:
    """Return a list of data sets with a text in each, at every offset."""
    return [
        {
            "groupName": text(offset),
            "tags": [text(offset)],
            "description": f"[b]{text(offset)}[/b]",
            text(offset): offset,
            "torrents": [{"torrentId": offset, "page": f"http://x/?authkey={text(offset)}&id=1"}],
        }
        for offset in range(LONGEST)
    ]


@asynccontextmanager
async def tracker(auth: Auth, redactor: Redactor | None) -> AsyncIterator[Ask]:
    """Run a server that answers as it is told, and ask it with `asked`."""
    reply = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    site = Site(f"http://127.0.0.1:{port}", "Somewhere", per=0.0, requests=2)
    clock = Clock()
    transport = HttpTransport(site, clock)
    session = Session(site, auth, transport, clock, memory=InMemoryStore(), redactor=redactor)
    limiter = RateLimiter(clock, requests=2, per=0.0, first_after=0.0)

    async def asked(told: bytes) -> Verdict:
        nonlocal reply
        reply = told
        slots = SlotSource(limiter)
        try:
            return await session.ask(Call("index"), slots)
        finally:
            slots.close()

    async with server:
        yield asked
        await transport.close()


def pieces(verdict: Verdict, secret: str) -> list[str]:
    """Return the pieces of a secret that are anywhere in a verdict, in small letters or not."""
    came = verdict.reply
    held = [verdict.text, repr(verdict.payload)]
    if came is not None:
        held += [came.body.decode("latin-1"), came.location, came.retry_after, came.date]
    text = "\n".join(held).lower()
    return [part for part in parts(secret.lower()) if part in text]


def parts(secret: str) -> Iterator[str]:
    """Yield the pieces of a secret that are as bad as all of it."""
    for start in range(len(secret) - PIECE + 1):
        yield secret[start : start + PIECE]


async def known(asked: Ask) -> None:
    """Let the account's own answer bring its keys."""
    await asked(success({"id": 3, "authkey": AUTHKEY, "passkey": PASSKEY}))


@pytest.mark.parametrize("kind", KINDS)
async def test_no_offset_lets_a_secret_in(kind: str) -> None:
    """Wherever a secret stands in a text, no piece of it is left in what is made of the text."""
    left: dict[tuple[str, int], list[str]] = {}
    async with tracker(TokenAuth(TOKEN), Redactor()) as asked:
        await known(asked)
        for offset in range(LONGEST):
            for name, secret in SECRETS.items():
                text = f"{'words of a page ' * 15}"[:offset] + secret + " and more words"
                verdict = await asked(KINDS[kind](text))
                if found := pieces(verdict, secret):
                    left[name, offset] = found
    assert left == {}


@pytest.mark.parametrize(
    "shape", ['{{"secret": "{}", "a": 1}}', "session_token='{}'", "https://me:{}@there.example/"]
)
async def test_what_looks_like_a_secret_goes_before_a_page_is_cut(shape: str) -> None:
    """Nobody knows its value, and the end that gives it away may lie behind the cut."""
    unknown = "Zq7Rt2Lm9Xc4Vb8Nk1Pw5Yd3Hs6Jf0Ga"
    left: dict[int, list[str]] = {}
    async with tracker(TokenAuth(TOKEN), Redactor()) as asked:
        for offset in range(LONGEST):
            text = f"{'words of a page ' * 15}"[:offset] + " " + shape.format(unknown)
            verdict = await asked(response(text, "403 No"))
            if found := pieces(verdict, unknown):
                left[offset] = found
    assert left == {}


@pytest.mark.parametrize("name", SECRETS)
async def test_no_answer_lets_a_secret_in(name: str) -> None:
    """Neither titles nor tags, texts, keys or addresses of an answer hold a piece of one."""
    secret = SECRETS[name]
    async with tracker(TokenAuth(TOKEN), Redactor()) as asked:
        await known(asked)
        verdict = await asked(
            success(titles(lambda at: "x " * (at // 2) + "x" * (at % 2) + secret))
        )
    assert verdict.consequence is Consequence.OK
    assert pieces(verdict, secret) == []


@pytest.mark.parametrize(
    "written",
    [
        str.upper,
        str.lower,
        quote,
        lambda text: quote(quote(text)),
        html.escape,
        lambda text: html.escape(text).replace("&#x27;", "&#039;"),
        lambda text: html.escape(html.escape(text)),
        lambda text: json.dumps(text)[1:-1],
        lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
        lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    ],
)
async def test_every_form_is_taken_out(written: Callable[[str], str]) -> None:
    """However the tracker writes a password, it isn't shown."""
    password = "S3cret & \"Pass\" 'Wörd' <no/+9>"
    form = written(password)
    raw = f'{{"status": "success", "response": ["{form}"]}}' if "\\" in form else ""
    redactor = Redactor()
    auth = LoginAuth("me", password, "")
    async with tracker(TokenAuth("a-token-of-sixteen"), redactor) as asked:
        redactor.add_tracker(auth.password)
        block = await asked(response(f"<p>{form}", "403 No"))
        answer = await asked(response(raw) if raw else success([form]))
    assert answer.consequence is Consequence.OK
    for verdict in (block, answer):
        assert pieces(verdict, password) == []
    assert "[redacted]" in block.text or form.startswith("\\u")  # only JSON escapes all
    assert "[redacted]" in str(answer.payload)


async def test_the_name_of_a_host_is_no_place_for_a_key() -> None:
    """Where a redirect names a host that is made of a key, the sentence about it holds none."""
    async with tracker(TokenAuth(TOKEN), Redactor()) as asked:
        await known(asked)
        verdict = await asked(response("", "302 Found", f"Location: http://{PASSKEY}.example/"))
    assert pieces(verdict, PASSKEY) == []
    assert "http://[redacted].example" in verdict.text


async def test_a_word_is_no_secret_in_a_title() -> None:
    """A short password of a target doesn't empty titles; a long one, and the tracker's, do."""
    redactor = Redactor()
    redactor.add("yeast", "long-secret-of-a-target")
    redactor.add_tracker("yeasts-and-moulds", "yeast")
    payload = ["Yeast yeast", "long-secret-of-a-target", "yeasts-and-moulds"]
    async with tracker(TokenAuth(TOKEN), redactor) as asked:
        verdict = await asked(success(payload))
    assert verdict.payload == ["Yeast yeast", "[redacted]", "[redacted]"]
    assert redactor.scrub("delivered with yeast") == "delivered with [redacted]"


async def test_a_number_stays_a_number() -> None:
    """A password of digits alone doesn't make an answer unreadable that has the same number."""
    redactor = Redactor()
    redactor.add_tracker("12345678")
    async with tracker(TokenAuth(TOKEN), redactor) as asked:
        verdict = await asked(success([{"torrentId": 12345678, "groupName": "12345678"}]))
    assert verdict.payload == [{"torrentId": 12345678, "groupName": "[redacted]"}]


async def test_no_answer_makes_the_redactor_grow_without_end() -> None:
    """A tracker that tells ever new keys doesn't make each later text a long search."""
    redactor = Redactor()
    async with tracker(TokenAuth(TOKEN), redactor) as asked:
        for number in range(2 * MOST_KNOWN // MOST_KEYS):
            keys = [{"passkey": f"{number:04}-{each:04}-of-many"} for each in range(MOST_KEYS + 9)]
            await asked(success(keys))
    known = [
        f"{number:04}-{each:04}-of-many"
        for number in range(2 * MOST_KNOWN // MOST_KEYS)
        for each in range(MOST_KEYS + 9)
    ]
    found = [each for each in known if redactor.scrub_foreign(each) != each]
    assert len(found) == MOST_KNOWN


async def test_a_client_library_gets_answers_as_they_are() -> None:
    """Whoever asks without a redactor owns the account; errors are cleared all the same."""
    async with tracker(TokenAuth(TOKEN), None) as asked:
        answer = await asked(success({"passkey": PASSKEY, "title": TOKEN}))
        error = await asked(response(f"<p>{TOKEN}", "403 No"))
    assert answer.payload == {"passkey": PASSKEY, "title": TOKEN}
    assert pieces(error, TOKEN) == []


async def test_a_large_answer_leaves_the_loop_alone() -> None:
    """While an answer of megabytes is read, the loop turns: nothing there waits for it."""
    turns: list[float] = []

    async def turn() -> None:
        while True:
            turns.append(time.thread_time())
            await asyncio.sleep(0)

    payload = [{"groupName": "a title of a data set", "tags": ["a", "b"]}] * 40_000
    async with tracker(TokenAuth(TOKEN), Redactor()) as asked:
        told = success(payload)
        turning = asyncio.create_task(turn())
        verdict = await asked(told)
        turning.cancel()
    assert verdict.payload == payload
    # Of its own work nothing took long; without the thread, the whole reading would be one turn.
    steps = sorted(after - before for before, after in pairwise(turns))
    assert steps[-1] < sum(steps) / 3
