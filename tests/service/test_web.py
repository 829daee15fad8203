"""What plugins publish can be read on loopback; nothing else can."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gazelled.clock import Clock
from gazelled.service.web.feed_server import MAX_CONNECTIONS, RETRY, WebServer

ATOM = "<feed/>\n"


@dataclass(frozen=True)
class Reply:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Server:
    """A served folder."""

    folder: Path
    port: int

    async def status(self) -> int:
        """Ask for the feed; 0 when the connection was closed without an answer."""
        try:
            return (await self.says("/lab-feed.atom")).status
        except (ConnectionError, IndexError):
            return 0

    async def says(
        self, path: str, method: str = "GET", *, host: str = "localhost", **headers: str
    ) -> Reply:
        """Send a request as it stands: no client may tidy the path up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        first, *rest = head.split("\r\n")
        pairs = (line.partition(": ") for line in rest)
        return Reply(int(first.split(" ")[1]), {name: value for name, _, value in pairs}, body)


@pytest.fixture
async def server(tmp_path: Path, port: int) -> AsyncIterator[Server]:
    """Serve a folder with a feed, beside a secret."""
    public = tmp_path / "public"
    (public / "inner").mkdir(parents=True)
    (public / "lab-feed.atom").write_text(ATOM)
    (public / ".hidden").write_text("secret")
    (public / "inner" / "deep.txt").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (public / "link.txt").symlink_to(tmp_path / "secret.txt")
    async with WebServer(public, f"127.0.0.1:{port}", Clock()).running():
        yield Server(public, port)


async def test_a_feed_with_its_dates(server: Server) -> None:
    """A file comes with its type, ETag and Last-Modified, and nobody may guess another type."""
    reply = await server.says("/lab-feed.atom")
    assert (reply.status, reply.body) == (200, ATOM)
    assert reply.headers["Content-Type"] == "application/atom+xml"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert {"Etag", "Last-Modified"} <= reply.headers.keys()


async def test_what_the_reader_has_is_not_sent_again(server: Server) -> None:
    """With the ETag or the date of last time the answer is 304, until the file changes."""
    first = await server.says("/lab-feed.atom")
    by_tag = await server.says("/lab-feed.atom", If_None_Match=first.headers["Etag"])
    since = first.headers["Last-Modified"]
    by_date = await server.says("/lab-feed.atom", If_Modified_Since=since)
    assert [(each.status, each.body) for each in (by_tag, by_date)] == [(304, ""), (304, "")]
    (server.folder / "lab-feed.atom").write_text(ATOM * 2)
    changed = await server.says("/lab-feed.atom", If_None_Match=first.headers["Etag"])
    assert (changed.status, changed.body) == (200, ATOM * 2)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing.atom",
        "/.hidden",
        "/link.txt",
        "/inner",
        "/inner/deep.txt",
        "/inner%2Fdeep.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2Fsecret.txt",
        "/inner%2F..%2F..%2Fsecret.txt",
        "/%2Fetc%2Fpasswd",
        "/%2fetc%2fpasswd",
        "//etc/passwd",
        "/lab-feed.atom%00",
    ],
)
async def test_nothing_outside_the_folder(server: Server, path: str) -> None:
    """Whatever the address, only the files that lie in the folder itself are served."""
    reply = await server.says(path)
    assert reply.status in {400, 404}
    assert "secret" not in reply.body
    assert "root:" not in reply.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_it_is_for_reading(server: Server, method: str) -> None:
    """Only GET and HEAD do anything."""
    assert (await server.says("/lab-feed.atom", method)).status == 405
    assert (await server.says("/lab-feed.atom", "HEAD")).body == ""


async def test_a_name_of_any_length(server: Server) -> None:
    """An address that is longer than a file's name can be is one with nothing there."""
    assert (await server.says("/" + "a" * 3000)).status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8765", 200),
        ("127.0.0.1:8765", 200),
        ("127.0.0.1", 200),
        ("[::1]:8765", 200),
        ("evil.example", 421),
        ("evil.example:8765", 421),
        ("127.0.0.1.evil.example", 421),
        ("10.0.0.1:8765", 421),
        ("", 421),
    ],
)
async def test_only_its_own_names(server: Server, host: str, status: int) -> None:
    """A stranger's domain that was made to point at this machine reads nothing."""
    assert (await server.says("/lab-feed.atom", host=host)).status == status


async def test_half_requests_take_nothing(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """However many connections never end their request, only so many are kept open."""
    opened = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
    for _, writer in opened:
        writer.write(b"GET / HTTP/1.1\r\nX: ")
    closed = [asyncio.create_task(_ended(reader)) for reader, _ in opened]
    while sum(task.done() for task in closed) < len(opened) - MAX_CONNECTIONS:  # noqa: ASYNC110 - it is the server that is waited for
        await asyncio.sleep(0.01)
    assert sum(not task.done() for task in closed) == MAX_CONNECTIONS
    for _, writer in opened:
        writer.close()
    await asyncio.wait(closed)
    while (await server.status()) != 200:  # noqa: ASYNC110 - likewise
        await asyncio.sleep(0.01)
    assert caplog.records == []


async def test_a_connection_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends nothing is closed after a while."""
    monkeypatch.setattr("gazelled.service.web.feed_server.CONNECTION_LIFETIME", 0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(60):
        await _ended(reader)
    writer.close()


async def _ended(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        await reader.read()


async def test_an_address_in_use_is_tried_again(tmp_path: Path, port: int) -> None:
    """Where another program listens, it is said once, and served as soon as that has ended."""
    (tmp_path / "lab-feed.atom").write_text(ATOM)
    told: list[str] = []

    async def on_change(problem: str) -> None:
        told.append(problem)

    server = WebServer(tmp_path, f"127.0.0.1:{port}", Clock(speed=RETRY * 20), on_change)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        async with server.running():
            assert told == [server.problem]
            assert f"127.0.0.1:{port}: address already in use" in server.problem
            await asyncio.sleep(0.2)  # several attempts
            assert len(told) == 1
            other.close()
            while server.problem:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.01)
            assert (await Server(tmp_path, port).says("/lab-feed.atom")).status == 200
    assert told[1:] == [""]


async def test_the_pauses_between_attempts_grow_to_a_minute(tmp_path: Path, port: int) -> None:
    """An address that is there soon is had soon; the one notice is all that is told meanwhile."""
    slept: list[float] = []
    enough = asyncio.Event()

    class Recording(Clock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 9:
                enough.set()
                await asyncio.Event().wait()

    told: list[str] = []

    async def on_change(problem: str) -> None:
        told.append(problem)

    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        server = WebServer(tmp_path, f"127.0.0.1:{port}", Recording(), on_change)
        async with server.running():
            await enough.wait()
    assert slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert told == [server.problem]
    assert "in use" in server.problem
