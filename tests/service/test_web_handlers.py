"""What a plugin serves by a function: through the bus and the web server, as a client sees it."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import structlog
from structlog.testing import capture_logs

from gazelled.clock import Clock
from gazelled.hooks import Bus
from gazelled.plugin import Context, PluginConfig, WebFile
from gazelled.service.web.feed_server import WebServer
from gazelled.testing.plugin_kit import PluginKit

LAB = """
import asyncio
from datetime import UTC, datetime
from typing import ClassVar
from gazelled.plugin import GiveUp, PluginConfig, RetryLater, WebFile, target

class Options(PluginConfig):
    publishes: ClassVar[bool] = True

async def sheet(rest):
    at = datetime(2026, 1, 5, 9, 0, 0, 700, tzinfo=UTC)
    return WebFile(b"key,title\\n" * 500, "text/csv; charset=utf-8", modified=at)

async def inner(rest):
    match rest.split("/"):
        case ["later"]:
            raise RetryLater("secret words", after=7.2)
        case ["never"]:
            raise GiveUp("secret words")
        case ["bug"]:
            raise ValueError("secret words")
        case ["text"]:
            return "text"
        case ["type"]:
            return WebFile(b"", "text/csv\\r\\nX-Evil: 1")
        case ["slow"]:
            await asyncio.sleep(3600)
        case ["private"]:
            return WebFile(b"mine", "text/plain", private=True)
        case ["deep", *more]:
            return WebFile(repr(more).encode(), "text/plain")

async def index(rest):
    return WebFile(b"<!doctype html><title>Lab</title>", "text/html; charset=utf-8")

async def prepare(options, context):
    context.serve("lab.csv", sheet)
    context.serve("lab/", inner)
    context.serve("index.html", index)

@target(Options, prepare=prepare)
async def lab(delivery, options, context): ...
"""


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Lab:
    """The plugin, loaded and served."""

    bus: Bus
    public: Path
    url: str

    async def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Send a request; nothing is decompressed."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with aiohttp.ClientSession(auto_decompress=False) as http:
            request = http.request(
                method,
                self.url + path,
                headers=sent,
                skip_auto_headers={"Accept-Encoding"},
            )
            async with request as reply:
                return Reply(reply.status, dict(reply.headers), await reply.read())


@pytest.fixture
async def lab(tmp_path: Path, port: int) -> AsyncIterator[Lab]:
    """Load the plugin, prepare its target and serve what it serves."""
    (tmp_path / "lab.py").write_text(LAB)
    public = tmp_path / "public"
    public.mkdir()
    async with Bus(deliver_limit=3.0) as bus:
        assert not bus.load({"lab": tmp_path / "lab.py"}, [])
        options = bus.check_options("lab", {})
        assert isinstance(options, PluginConfig)
        context = Context(
            target="lab",
            folder=tmp_path,
            public=public,
            address=f"http://127.0.0.1:{port}/",
            site_name="BioTorrents.de",
            site_url="https://biotorrents.de",
            log=structlog.stdlib.get_logger(),
            serve=bus.web.routes.registering("lab", "lab"),
        )
        assert await bus.lifetimes.prepare("lab", options, context) is None
        server = WebServer(public, f"127.0.0.1:{port}", Clock(), handlers=bus.web.file)
        async with server.running():
            yield Lab(bus, public, f"http://127.0.0.1:{port}/")


async def test_what_a_client_has_is_not_sent_again(lab: Lab) -> None:
    """By ETag or by date; with both, the tag counts; a HEAD has no body."""
    first = await lab.get("lab.csv")
    assert (first.status, first.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    tag, date = first.headers["Etag"], first.headers["Last-Modified"]
    for headers in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"other", {tag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": date},
        {"If_None_Match": tag, "If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
    ):
        reply = await lab.get("lab.csv", **headers)
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["Etag"] == tag
    for headers in (
        {"If_None_Match": '"other"', "If_Modified_Since": date},
        {"If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
    ):
        assert (await lab.get("lab.csv", **headers)).status == 200
    head = await lab.get("lab.csv", "HEAD")
    assert (head.status, head.body, head.headers["Etag"]) == (200, b"", tag)
    assert head.headers["Content-Length"] == str(len(first.body))


async def test_what_changed_looks_newer_though_it_is_as_old(lab: Lab) -> None:
    """Clients compare seconds, and a plugin may change twice in one."""
    content = [b"1"]

    async def counter(rest: str) -> WebFile:
        del rest
        return WebFile(content[0], "text/plain", modified=datetime(2026, 1, 5, 9, tzinfo=UTC))

    lab.bus.web.routes.registering("lab", "lab")("counter", counter)
    dates = []
    for number in (b"1", b"1", b"2", b"1"):
        content[0] = number
        dates.append((await lab.get("counter")).headers["Last-Modified"])
    assert dates == [f"Mon, 05 Jan 2026 09:00:0{second} GMT" for second in (0, 0, 1, 2)]
    assert (await lab.get("counter", If_Modified_Since=dates[-1])).status == 304
    assert (await lab.get("counter", If_Modified_Since=dates[-2])).status == 200


async def test_it_is_compressed_for_those_who_want_it(lab: Lab) -> None:
    """The bytes are the same in the end, and no cache mixes them up."""
    plain = await lab.get("lab.csv")
    packed = await lab.get("lab.csv", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Etag"].startswith("W/")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("lab/later", 503),
        ("lab/bug", 503),
        ("lab/text", 503),
        ("lab/type", 503),
        ("lab/slow", 503),
        ("lab/never", 404),
        ("lab/nothing", 404),
        ("lab", 404),
        ("lab.csv/more", 404),
        ("other/lab.csv", 404),
    ],
)
async def test_whatever_a_plugin_does_is_an_answer(lab: Lab, path: str, status: int) -> None:
    """A failing, hanging or wrong handler is a status without its words, and harms no other."""
    with capture_logs() as logs:
        reply = await lab.get(path)
    assert reply.status == status
    assert b"secret" not in reply.body
    assert "X-Evil" not in reply.headers
    failed = [line["target"] for line in logs if line["event"] == "plugin.serve_failed"]
    assert failed == ["lab"] * (status == 503)
    assert (await lab.get("lab.csv")).status == 200


async def test_the_client_is_told_when_to_come_again(lab: Lab) -> None:
    """What a plugin says is passed on, in whole seconds."""
    assert (await lab.get("lab/later")).headers["Retry-After"] == "8"


async def test_a_slow_answer_outlives_the_connections_of_idle_clients(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a plugin works its client isn't cut off, and what it gets is still bounded."""
    monkeypatch.setattr("gazelled.service.web.feed_server.CONNECTION_LIFETIME", 0.2)
    assert (await lab.get("lab/slow")).status == 503
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(lab.url[:-1].rpartition(":")[2])
    )
    async with asyncio.timeout(60):
        await reader.read()
    writer.close()


async def test_folders_and_the_index(lab: Lab) -> None:
    """A handler gets all below its folder, and `index.html` is what the address itself shows."""
    assert (await lab.get("lab/deep/a%20b/..%2Fc")).body == b"['a b', '..', 'c']"
    assert (await lab.get("")).headers["Content-Type"] == "text/html; charset=utf-8"
    assert (await lab.get("lab/private")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.html", "text/html; charset=utf-8"),
        ("a.ics", "text/calendar; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.json", "application/json"),
        ("a.rss", "application/rss+xml"),
        ("a.xml", "application/xml"),
        ("a.jsonl", "application/x-ndjson"),
        ("a.csv.gz", "application/gzip"),
        ("a.tar.xz", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
        ("a", "application/octet-stream"),
        ("data:text,html", "application/octet-stream"),
    ],
)
async def test_files_have_their_types(lab: Lab, name: str, media_type: str) -> None:
    """Each file comes as what it is; none may run a script or be taken for something else."""
    (lab.public / name).write_bytes(b"x")
    reply = await lab.get(name)
    assert (reply.status, reply.headers["Content-Type"]) == (200, media_type)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cross-Origin-Resource-Policy"] == "same-site"


async def test_a_file_changes_twice_in_a_second(lab: Lab) -> None:
    """It looks newer each time, and is compressed, as what a handler serves."""
    dates = []
    for content in ("1\n" * 500, "2\n" * 500):
        (lab.public / "a.txt").write_text(content)
        os.utime(lab.public / "a.txt", (1_767_603_600, 1_767_603_600))
        reply = await lab.get("a.txt", Accept_Encoding="gzip")
        assert gzip.decompress(reply.body).decode() == content
        dates.append(reply.headers["Last-Modified"])
    assert dates == [f"Mon, 05 Jan 2026 09:00:0{second} GMT" for second in (0, 1)]


async def test_a_large_file_is_sent_in_pieces(lab: Lab) -> None:
    """With the same headers, and 304 for those who have it."""
    (lab.public / "large.csv").write_bytes(b"x,y\n" * 2**19)
    first = await lab.get("large.csv")
    assert len(first.body) == 2**21
    assert first.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "sandbox" in first.headers["Content-Security-Policy"]
    again = await lab.get("large.csv", If_None_Match=first.headers["Etag"])
    assert (again.status, again.body) == (304, b"")


async def test_a_handler_goes_before_a_file(lab: Lab) -> None:
    """What a plugin has once written as a file may lie there still."""
    (lab.public / "lab.csv").write_text("old")
    assert (await lab.get("lab.csv")).body.startswith(b"key,title")


async def test_an_address_belongs_to_the_first_plugin(lab: Lab) -> None:
    """Another plugin doesn't take it; a later call of the same one does."""

    async def nothing(rest: str) -> None:
        del rest

    with pytest.raises(ValueError, match=r"lab\.csv is served by the target lab already"):
        lab.bus.web.routes.registering("other", "other")("lab.csv", nothing)
    lab.bus.web.routes.registering("lab", "second")("lab.csv", nothing)
    assert (await lab.get("lab.csv")).status == 404


@pytest.mark.parametrize("path", ["", "/", "/lab", ".hidden", "a/b", "a//", "a\0b"])
async def test_wrong_paths_are_refused(lab: Lab, path: str) -> None:
    """A path is a name or a folder's."""

    async def nothing(rest: str) -> None:
        del rest

    with pytest.raises(ValueError, match="is neither a file's name nor a folder's"):
        lab.bus.web.routes.registering("lab", "lab")(path, nothing)


def test_a_plugins_author_tests_it(tmp_path: Path) -> None:
    """The kit returns what a handler serves; without `publishes` nothing can be served."""
    (tmp_path / "lab.py").write_text(LAB)
    (tmp_path / "mute.py").write_text(
        LAB.replace("ClassVar[bool] = True", "ClassVar[bool] = False")
    )
    kit = PluginKit(here=tmp_path, state=tmp_path / "state")
    target = kit.target("lab.py")
    assert target.get("lab.csv") is None
    target.prepare()
    served = target.get("lab/private")
    assert served is not None
    assert (served.content, served.type) == (b"mine", "text/plain")
    with pytest.raises(ValueError, match="publishes = True"):
        kit.target("mute.py").prepare()
