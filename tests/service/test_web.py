"""What plugins publish can be read on loopback; nothing else can."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gazelled.errors import ConfigError
from gazelled.service.web import serve_folder

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

    async def says(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Send a request as it stands: no client may tidy the path up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
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
    async with serve_folder(public, f"127.0.0.1:{port}"):
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


async def test_an_address_in_use_is_told(tmp_path: Path) -> None:
    """Where another program listens, the config has to name another address."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=r"choose another address for listen in \[web\]"):
            async with serve_folder(tmp_path, f"127.0.0.1:{port}"):
                pass
