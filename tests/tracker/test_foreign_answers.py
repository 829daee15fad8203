"""Answers as other sites, gateways and misconfigured servers send them, over real connections."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from gazelled.tracker.answers.classification import Consequence, Verdict
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import LoginAuth

if TYPE_CHECKING:
    from .conftest import Connect

GOOD = b'{"status":"success","response":{"id":2,"name":"yeast"}}'
JSON = "Content-Type: application/json; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"


@asynccontextmanager
async def saying(status: str, *headers: str, body: bytes = GOOD) -> AsyncIterator[str]:
    """Answer everything with the same bytes."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    raw = "\r\n".join(lines).encode("latin-1") + body

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(raw)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def answered(connect: Connect, status: str, *headers: str, body: bytes = GOOD) -> Verdict:
    """Ask for `index` where everything is answered the same."""
    async with saying(status, *headers, body=body) as url:
        return await connect(url=url).ask("index")


@pytest.mark.parametrize(
    ("charset", "body", "name"),
    [
        ("iso-8859-1", '{"status":"success","response":"Ménage"}'.encode("latin-1"), "Ménage"),
        ("iso-8859-1", '{"status":"success","response":"Ménage"}'.encode(), "Ménage"),
        ("windows-1252", '{"status":"success","response":"“x”"}'.encode("cp1252"), "“x”"),
        ("utf-8", '{"status":"success","response":"日本"}'.encode("utf-16"), "日本"),
        ("utf-8", b'\xef\xbb\xbf{"status":"success","response":"x"}', "x"),
        ("utf-8", b'{"status":"success","response":"\xe9"}', "\ufffd"),
        ("no-such-charset", b'{"status":"success","response":"\xe9"}', "\ufffd"),
        ("hex", b'{"status":"success","response":"\xe9"}', "\ufffd"),
    ],
)
async def test_charsets(connect: Connect, charset: str, body: bytes, name: str) -> None:
    """The charset of the header counts where the text isn't UTF-8 anyway."""
    header = f"Content-Type: application/json; charset={charset}"
    assert (await answered(connect, "200 OK", header, body=body)).payload == name


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"\x8b\x14\x80\x00" + b"x" * 30),
        ("zstd", b"\x28\xb5\x2f\xfd" + b"x" * 40),
        ("gzip", b"\x1f\x8b" + b"x" * 500),
        ("gzip, gzip", gzip.compress(gzip.compress(GOOD, mtime=0), mtime=0)),
        ("nonsense", b"\x00\x01"),
    ],
)
async def test_compression_that_cannot_be_read(
    connect: Connect, encoding: str, body: bytes
) -> None:
    """It has a sentence of its own, and is neither an outage nor a connection that broke off."""
    verdict = await answered(connect, "200 OK", f"Content-Encoding: {encoding}", body=body)
    assert verdict.consequence is Consequence.BROKEN
    assert "compressed in a way that gazelled can't read" in verdict.text


async def test_a_header_that_claims_a_compression(connect: Connect) -> None:
    """What isn't compressed is read, whatever the header says."""
    verdict = await answered(connect, "200 OK", "Content-Encoding: br, zstd, nonsense")
    assert verdict.consequence is Consequence.OK


WARNING = (
    b"<br />\n<b>Warning</b>:  Undefined array key &quot;x&quot; in <b>/srv/a.php</b> on line "
    b"<b>12</b><br />\n"
)
PLAIN = b"\nDeprecated: Function x() is deprecated in /srv/b.php on line 3\n"


@pytest.mark.parametrize(
    "body", [WARNING + GOOD, WARNING * 3 + GOOD, PLAIN + GOOD, PLAIN + WARNING + GOOD + PLAIN]
)
async def test_warnings_of_php(
    connect: Connect, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The JSON behind them is read, and they are logged once."""
    async with saying("200 OK", HTML, body=body) as url:
        client = connect(url=url)
        for _ in range(2):
            verdict = await client.ask("index")
            assert verdict.payload == {"id": 2, "name": "yeast"}
    (line,) = [line for line in caplog.messages if line.startswith("answer.warnings_removed ")]
    assert "action=index" in line
    assert "on line" in line
    assert "<b>" not in line


async def test_a_warning_without_an_answer(connect: Connect) -> None:
    """A page that only looks like it isn't taken for an answer."""
    verdict = await answered(connect, "200 OK", HTML, body=WARNING + b"<p>no JSON</p>")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert "Undefined array key" in verdict.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ('["no such thing", "at all"]', "no such thing; at all"),
        ('{"id": ["must be a number"], "code": 7}', "id: must be a number; code: 7"),
        ('["a", {"b": 1}]', "a; b: 1"),
        (r'"\ud800\u001b[31m red"', "\ufffd\ufffd[31m red"),
        ('{"a":{"b":{"c":{"d":{"e":"x"}}}}}', "no reason given (200 OK)"),
        ("5", "5"),
    ],
)
async def test_errors_as_lists_and_objects(connect: Connect, error: str, words: str) -> None:
    """What an answer says of an error is read in each form, without control characters."""
    body = f'{{"status":"failure","error":{error}}}'.encode()
    verdict = await answered(connect, "200 OK", JSON, body=body)
    assert verdict.consequence is Consequence.REFUSED
    assert verdict.text == words


async def test_a_long_error(connect: Connect) -> None:
    """It is cut where a person would stop reading."""
    body = b'{"status":"failure","error":"' + b"x" * 3_000_000 + b'"}'
    verdict = await answered(connect, "200 OK", JSON, body=body)
    assert verdict.consequence is Consequence.REFUSED
    assert len(verdict.text) <= 300


async def test_the_limit_in_a_list(connect: Connect) -> None:
    """A refusal of the limit is one in each form."""
    body = b'{"errors":["Rate limit exceeded"]}'
    verdict = await answered(connect, "400 Bad Request", JSON, body=body)
    assert verdict.consequence is Consequence.LIMITED


async def test_a_list_at_the_root(connect: Connect) -> None:
    """It is said to be one, not to be no JSON."""
    verdict = await answered(connect, "200 OK", JSON, body=b'[{"id":1}]')
    assert verdict.consequence is Consequence.BROKEN
    assert verdict.text == "The answer isn't in the API's form but a list."


@pytest.mark.parametrize(
    "body", [b'{"status":404,"error":"bad id"}', b'{"status":"failure","error":"bad id"}']
)
async def test_not_found_with_json(connect: Connect, body: bytes) -> None:
    """The application refuses; nothing has to pause."""
    verdict = await answered(connect, "404 Not Found", JSON, body=body)
    assert verdict.consequence is Consequence.REFUSED
    assert verdict.text == "bad id"


# Services in front of a site

MOMENT = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head>" + b"x" * 9000
BLOCKED = (
    b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title><h1>Sorry, you have been "
    b"blocked</h1>Cloudflare Ray ID: 8"
)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("503 X", ["Server: cloudflare", "cf-mitigated: challenge"]),
        ("403 X", ["Server: cloudflare", "cf-mitigated: challenge"]),
        ("429 X", ["Server: cloudflare"]),
        ("200 OK", []),
    ],
)
async def test_a_check_for_browsers(connect: Connect, status: str, headers: list[str]) -> None:
    """It is no word of the operators, stops nothing for good, and says what would help."""
    verdict = await answered(connect, status, HTML, *headers, body=MOMENT)
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert verdict.text.startswith("Cloudflare in front of the site checks for browsers")
    assert "ask the site's operators to let ajax.php through" in verdict.text


async def test_a_block(connect: Connect) -> None:
    """It stops everything, but isn't said to be the operators' word."""
    verdict = await answered(connect, "403 Forbidden", HTML, "Server: cloudflare", body=BLOCKED)
    assert verdict.consequence is Consequence.STOPPED
    assert verdict.text.startswith("Cloudflare in front of the site blocks this machine")
    assert "not a decision of the site's operators" in verdict.text
    own = await answered(connect, "403 Forbidden", HTML, body=b"<h1>Ask staff@x first</h1>")
    assert own.text == "The tracker forbids access (403) and says: Ask staff@x first"


@pytest.mark.parametrize(
    "page",
    [
        b"<title>Maintenance</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'>",
        b"<title>Maintenance</title><script src='/_Incapsula_Resource?SWJIYLWA=1'></script>",
        b"<h1>Request blocked: your client asks too often. Write to staff@x</h1>",
    ],
)
async def test_a_page_of_the_site_behind_a_guard(connect: Connect, page: bytes) -> None:
    """What guards put into a site's own pages doesn't make them theirs."""
    down = await answered(connect, "200 OK", HTML, "Server: cloudflare", body=page)
    assert down.text.startswith("a page in place of data: ")
    forbidden = await answered(connect, "403 X", HTML, "Server: cloudflare", body=page)
    assert forbidden.text.startswith("The tracker forbids access (403) and says: ")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (521, "521 Web Server Is Down, says the gateway in front of the site"),
        (525, "525 SSL Handshake Failed, says the gateway in front of the site"),
        (502, "502 Bad Gateway"),
        (503, "503 Service Unavailable"),
    ],
)
async def test_gateways(connect: Connect, status: int, text: str) -> None:
    """The statuses that gateways gave themselves have their names."""
    page = b"<title>521</title>Cloudflare Ray ID: 8. Generated by cloudfront (CloudFront)"
    verdict = await answered(connect, f"{status} X", HTML, "Server: cloudflare", body=page)
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert verdict.text == text


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://[::1", "can't be followed"),
        ("http://u:geheim@127.0.0.1:1/ajax.php", "can't be followed"),
        ("\xff\xfe%zz\x01", "doesn't have this, and redirects"),
        ("https://other.example/ajax.php", "redirects to https://other.example; if it has moved"),
    ],
)
async def test_redirects_that_lead_nowhere(connect: Connect, location: str, words: str) -> None:
    """They aren't followed, and what they are is said without a secret."""
    verdict = await answered(connect, "302 X", f"Location: {location}", body=b"")
    assert verdict.consequence in {Consequence.UNAVAILABLE, Consequence.REFUSED}
    assert words in verdict.text
    assert verdict.text.isprintable()
    assert "geheim" not in verdict.text


@pytest.mark.parametrize(
    ("status", "body", "consequence"),
    [
        ("403 X", MOMENT, Consequence.UNAVAILABLE),
        ("200 OK", MOMENT, Consequence.UNAVAILABLE),
        ("403 X", BLOCKED, Consequence.STOPPED),
    ],
)
async def test_a_guard_in_front_of_the_log_in(
    connect: Connect, status: str, body: bytes, consequence: Consequence
) -> None:
    """It isn't the operators' word either, and no refused log-in that counts."""
    async with saying(status, HTML, body=body) as url:
        memory = InMemoryStore()
        for _ in range(4):
            client = connect(LoginAuth("me", "geheim"), url=url, memory=memory)
            verdict = await client.ask("index")
            assert verdict.consequence is consequence
            assert verdict.text.startswith("Cloudflare in front of the site")
