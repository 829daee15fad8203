"""Why no answer came, in words, by real connections that fail on loopback."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import TrackerUnavailable
from gazelled.model import Call, Lane
from gazelled.tracker.answers.classification import Consequence, Verdict
from gazelled.tracker.answers.health import TrackerState
from gazelled.tracker.doctor.examination import Doctor
from gazelled.tracker.doctor.findings import Rating
from gazelled.tracker.sites.profiles import PROFILES

if TYPE_CHECKING:
    from .conftest import Client, Connect

TLS = Path(__file__).parent / "tls"
CA = TLS / "strict-ca.pem"


@asynccontextmanager
async def serving(
    raw: bytes = b"", certificate: str = ""
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answer each head with the same bytes and close; keep the heads."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(raw)
            await writer.drain()
        writer.close()

    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(TLS / certificate)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


async def advice(client: Client) -> tuple[str, str]:
    """Return what the doctor finds wrong, and its advice."""
    async with client.dispatcher.running():
        doctor = Doctor(client.dispatcher, client.clock, profile=PROFILES["gazelle"], deadline=5.0)
        report = await doctor.examine()
    (found,) = [each for each in report.findings if each.rating is Rating.BAD]
    return found.text, found.advice


@pytest.mark.parametrize(
    ("certificate", "facts"),
    [
        ("other.pem", ["isn't for localhost", "for other.example, www.other.example", "url"]),
        ("expired.pem", ["expired on 2020-02-29", "its operators have to renew it"]),
        ("future.pem", ["isn't valid before 2099-01-01", "set the clock right"]),
    ],
)
async def test_certificates(
    connect: Connect, stack: AsyncExitStack, certificate: str, facts: list[str]
) -> None:
    """What is wrong with a certificate is said; a ca isn't asked for where it is known."""
    port, heads = await stack.enter_async_context(serving(certificate=certificate))
    url = f"https://localhost:{port}"
    verdict = await connect(url=url, ca=CA).ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert [fact for fact in facts if fact not in verdict.text] == []
    assert "ca in [tracker]" not in verdict.text
    assert heads == []
    text, more = await advice(connect(url=url, ca=CA))
    assert facts[0] in text
    assert more == ""


@pytest.mark.parametrize("ca", [None, TLS / "ca.pem"])
async def test_unknown_issuer(connect: Connect, stack: AsyncExitStack, ca: Path | None) -> None:
    """Only an issuer that isn't known calls for a ca."""
    port, _ = await stack.enter_async_context(serving(certificate="other.pem"))
    verdict = await connect(url=f"https://localhost:{port}", ca=ca).ask("index")
    assert "isn't trusted" in verdict.text
    assert "name that as ca in [tracker]" in verdict.text
    assert ("nor in the file ca" in verdict.text) is (ca is not None)


async def test_no_tls_there(connect: Connect) -> None:
    """Plain HTTP where TLS is expected is named, not taken for a bad certificate."""
    url = connect().site.url.replace("http://127.0.0.1", "https://localhost")
    verdict = await connect(url=url).ask("index")
    assert "no TLS is spoken at localhost:" in verdict.text
    assert "certificate" not in verdict.text


async def test_tls_there(connect: Connect, stack: AsyncExitStack) -> None:
    """TLS where plain HTTP is expected is named."""
    alert = b"\x15\x03\x01\x00\x02\x02\x46"
    port, _ = await stack.enter_async_context(serving(alert))
    verdict = await connect(url=f"http://127.0.0.1:{port}").ask("index")
    assert "TLS is spoken at port" in verdict.text


def answer(*lines: str, body: str = "{}") -> bytes:
    """Write an answer."""
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *lines, "", body]
    return "\r\n".join(head).encode()


async def test_large_header(connect: Connect, stack: AsyncExitStack) -> None:
    """A header of 60,000 bytes is read, as browsers do."""
    policy = "Content-Security-Policy: " + "x" * 60_000
    body = '{"status":"success","response":{"id":2}}'
    port, _ = await stack.enter_async_context(serving(answer(policy, body=body)))
    verdict = await connect(url=f"http://127.0.0.1:{port}").ask("index")
    assert verdict.consequence is Consequence.OK


@pytest.mark.parametrize(
    ("raw", "fact"),
    [
        (answer("X: " + "x" * 70_000), "the head of its answer is larger than 64 KiB"),
        (answer(*(f"X-{n}: y" for n in range(100_000))), "the head of its answer"),
        (b"{}", "doesn't speak HTTP as it should"),
        (b"HTTP/1.1 200 OK\r\n\0: 1\r\n\r\n", "doesn't speak HTTP as it should"),
        (b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n", "doesn't speak HTTP as it should"),
    ],
)
async def test_broken_heads(connect: Connect, stack: AsyncExitStack, raw: bytes, fact: str) -> None:
    """A head that can't be read has its own sentence, which is all that the doctor says."""
    port, _ = await stack.enter_async_context(serving(raw))
    url = f"http://127.0.0.1:{port}"
    verdict: Verdict = await connect(url=url).ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert fact in verdict.text
    text, more = await advice(connect(url=url))
    assert fact in text
    assert more == ""


# Proxies

ASKS = b'HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'


@pytest.mark.parametrize("url", ["https://tracker.example", "http://127.0.0.1:1"])
async def test_a_proxy_wants_a_password(connect: Connect, stack: AsyncExitStack, url: str) -> None:
    """The proxy is named and what to write; until then nothing is sent."""
    port, heads = await stack.enter_async_context(serving(ASKS))
    proxy = f"http://127.0.0.1:{port}"
    verdict = await connect(url=url, proxy=proxy).ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert verdict.text.startswith(f"The proxy 127.0.0.1:{port} (proxy in [tracker]) wants a")
    assert 'proxy = { secret = "proxy" }' in verdict.text
    assert len(heads) == 1
    assert (await advice(connect(url=url, proxy=proxy)))[1] == ""


async def test_a_proxy_refuses_its_password(connect: Connect, stack: AsyncExitStack) -> None:
    """A wrong password is said to be one, and isn't repeated."""
    port, _ = await stack.enter_async_context(serving(ASKS))
    client = connect(url="https://tracker.example", proxy=f"http://me:geheim@127.0.0.1:{port}")
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "refuses its user name or password (407)" in verdict.text
    assert "geheim" not in verdict.text


async def test_a_proxy_that_fails(connect: Connect, stack: AsyncExitStack) -> None:
    """What a proxy says in place of the tracker is the proxy's word."""
    port, _ = await stack.enter_async_context(serving(b"HTTP/1.1 502 X\r\n\r\n"))
    client = connect(url="https://tracker.example", proxy=f"http://127.0.0.1:{port}")
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert f"the proxy 127.0.0.1:{port} (proxy in [tracker]) answers 502" in verdict.text
    assert "in place of tracker.example" in verdict.text


@pytest.mark.parametrize("sign", ["Via: 1.1 squid", "X-Squid-Error: ERR_CONNECT_FAIL 111"])
async def test_a_page_of_a_proxy(connect: Connect, stack: AsyncExitStack, sign: str) -> None:
    """A page that a proxy writes in place of the tracker's answer isn't the tracker's."""
    head = f"HTTP/1.1 503 X\r\n{sign}\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<h1>x "
    port, _ = await stack.enter_async_context(serving(head.encode()))
    proxy = f"http://127.0.0.1:{port}"
    verdict = await connect(proxy=proxy).ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert f"the proxy 127.0.0.1:{port} (proxy in [tracker]) answers 503" in verdict.text
    text, more = await advice(connect(proxy=proxy))
    assert "the proxy" in text
    assert more == ""


@asynccontextmanager
async def tunnelling(to: int) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Be a proxy that connects to a port of this machine, whatever it is asked for."""
    heads: list[bytes] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(2**16):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        there = await asyncio.open_connection("127.0.0.1", to)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, there[1]))
            group.create_task(pump(there[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://me:geheim@127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


async def test_through_a_tunnel(connect: Connect, stack: AsyncExitStack) -> None:
    """A proxy carries TLS; what is wrong with the certificate behind it is said all the same."""
    body = '{"status":"success","response":{"id":2}}'
    port, asked = await stack.enter_async_context(serving(answer(body=body), "other.pem"))
    proxy, heads = await stack.enter_async_context(tunnelling(port))
    good = await connect(url="https://other.example", ca=CA, proxy=proxy).ask("index")
    assert good.consequence is Consequence.OK
    assert heads[0].startswith(b"CONNECT other.example:443 HTTP/1.1")
    assert b"Proxy-Authorization: Basic" in heads[0]
    assert b"Proxy-Authorization" not in asked[0]
    wrong = await connect(url="https://tracker.example", ca=CA, proxy=proxy).ask("index")
    assert wrong.text.startswith("its certificate isn't for tracker.example: check url")
    assert len(heads) == 2


async def test_an_outage_with_a_remedy(connect: Connect, stack: AsyncExitStack) -> None:
    """Who is told of an outage is told that something can be done about it."""
    port, _ = await stack.enter_async_context(serving(certificate="other.pem"))
    client = connect(url=f"https://localhost:{port}", ca=CA)
    await stack.enter_async_context(client.dispatcher.running())
    for _ in range(3):
        with pytest.raises(
            TrackerUnavailable, match=r"isn't for localhost, but for other\.example"
        ):
            await client.dispatcher.call(Call("index", lane=Lane.PERSON))
        await client.dispatcher.resume()
    assert client.states == [TrackerState.DOWN]
    assert client.changes[0].explained
