"""Torrents for a client: into a folder, and to what answers as old and new qBittorrents do."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gazelled.plugin import Event, GiveUp, RetryLater, TorrentFile
from gazelled.testing.plugin_kit import PluginKit, PluginTarget
from gazelled_plugins.torrents.options import Options

HASH = "ab" * 20
CANARY = "CANARYpasskey"
WAIT_FOR_FIX = 3600.0


def file(number: int) -> TorrentFile:
    """Make a file of a torrent."""
    return TorrentFile(number, HASH, "S288C", 100, f"d8:announce{CANARY} {number}".encode())


def put(
    gz: PluginKit,
    folder: Path,
    **options: Any,  # noqa: ANN401 - as free as options
) -> PluginTarget:
    """Make a target that puts the files of three torrents into a folder."""
    target = gz.target("torrents", client="folder", folder=folder, **options)
    target.files.update({number: file(number) for number in (1, 2, 3)})
    return target


def lying(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(each.name for each in folder.iterdir() if each.is_file())


def test_each_torrent_of_an_event_is_put_into_the_folder(gz: PluginKit, tmp_path: Path) -> None:
    """Whole, once, and readable for its owner alone; nothing of it is logged."""
    target = put(gz, tmp_path)
    event = gz.event(items=(gz.item("A", id="1"), gz.item("B", id="2")))
    with capture_logs() as logs:
        target.deliver(event)
        target.deliver(event, attempt=2)
    assert lying(tmp_path) == ["1.torrent", "2.torrent"]
    written = tmp_path / "1.torrent"
    assert written.read_bytes() == file(1).content
    assert written.stat().st_mode & 0o777 == 0o600
    assert [(line["event"], line["torrent"]) for line in logs if "torrent" in line] == [
        ("torrent.added", 1),
        ("torrent.added", 2),
        ("torrent.skipped", 1),
        ("torrent.skipped", 2),
    ]
    assert CANARY not in f"{logs}"
    assert CANARY not in repr(file(1))


@pytest.mark.parametrize("kind", ["change", "gone", "cleared", "report", "first-look", "notice"])
def test_what_tells_of_nothing_new_adds_nothing(gz: PluginKit, tmp_path: Path, kind: str) -> None:
    """A first look shows what was there already."""
    put(gz, tmp_path).deliver(gz.event(kind, id="1"))
    assert lying(tmp_path) == []


def test_an_alert_adds_what_it_is_about(gz: PluginKit, tmp_path: Path) -> None:
    """Such as a data set whose last seeder is about to go."""
    put(gz, tmp_path).deliver(gz.event("raised", id="3"))
    assert lying(tmp_path) == ["3.torrent"]


def test_what_is_no_torrent_is_nothing_to_add(gz: PluginKit, tmp_path: Path) -> None:
    """A message has an id, too."""
    put(gz, tmp_path).deliver(gz.event(items=(gz.item(id="1", kind="conversation"),)))
    assert lying(tmp_path) == []


def test_one_that_cannot_be_had_keeps_no_other_one_back(gz: PluginKit, tmp_path: Path) -> None:
    """It is told when the others are there."""
    target = put(gz, tmp_path)
    target.files[1] = GiveUp("The file of torrent 1 can't be had: bad id parameter")
    with pytest.raises(GiveUp, match="torrent 1 can't be had: bad id parameter"):
        target.deliver(gz.event(items=(gz.item("A", id="1"), gz.item("B", id="2"))))
    assert lying(tmp_path) == ["2.torrent"]


def test_one_that_cannot_be_had_yet_is_tried_again(gz: PluginKit, tmp_path: Path) -> None:
    """When the daemon says."""
    target = put(gz, tmp_path)
    target.files[1] = RetryLater("20 files were fetched within a day", after=60.0)
    with pytest.raises(RetryLater, match="20 files") as caught:
        target.deliver(gz.event(id="1"))
    assert caught.value.after == 60.0


def test_a_folder_that_is_not_there_is_told(gz: PluginKit, tmp_path: Path) -> None:
    """In a sentence, and nothing is lost."""
    with pytest.raises(RetryLater, match=r"can't write: No such file or directory\."):
        put(gz, tmp_path / "none").deliver(gz.event(id="1"))


def test_a_crash_while_it_is_written_harms_nothing(gz: PluginKit, tmp_path: Path) -> None:
    """What it left is no `.torrent`, and gives way."""
    (tmp_path / ".1.torrent.new").write_bytes(b"d8:ann")
    put(gz, tmp_path).deliver(gz.event(id="1"))
    assert lying(tmp_path) == ["1.torrent"]


# How many


def test_max_counts_torrents(gz: PluginKit) -> None:
    """All formats of a data set, and nothing of what adds none."""
    items = tuple(gz.item("A", id=number) for number in ("1", "2", "3"))
    kinds = {"new": 3, "raised": 3, "change": 0, "first-look": 0, "notice": 0}
    assert {kind: Options.units(gz.event(kind, items=items)) for kind in kinds} == kinds


# Options


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"client": "utorrent"},
            'client: expected "qbittorrent", "transmission", "deluge", "rtorrent" or "folder"',
        ),
        ({"client": "deluge"}, 'client = "deluge" needs the option "url"'),
        ({"client": "deluge", "url": "http://x"}, "url: expected the address of the daemon"),
        (
            {"client": "deluge", "url": "deluge://x", "tags": ["a"]},
            'client = "deluge" takes no tags',
        ),
        ({"client": "rtorrent", "url": "scgi://x"}, "url: expected the address of its SCGI"),
        (
            {"client": "rtorrent", "url": "scgi:///x", "password": "CANARY"},
            'client = "rtorrent" takes no password',
        ),
        ({"client": "folder", "folder": "x", "mode": "0777"}, "mode: expected the rights"),
        ({"client": "folder", "folder": "x", "mode": "0066"}, "mode: expected the rights"),
        ({"client": "folder", "folder": "x", "free_space": "much"}, "free_space: expected a size"),
        (
            {"client": "folder", "folder": "x", "metadata": "json"},
            'metadata needs the option "local_path"',
        ),
        ({"client": "qbittorrent", "url": "http://x", "path": "a\nb"}, "path: "),
        ({"client": "qbittorrent"}, 'client = "qbittorrent" needs the option "url"'),
        ({"client": "folder"}, 'client = "folder" needs the option "folder"'),
        (
            {"client": "folder", "folder": "x", "category": "a", "password": "CANARY"},
            'client = "folder" takes no category, password',
        ),
        ({"client": "qbittorrent", "url": "127.0.0.1:8080"}, "url: expected the address"),
        (
            {"client": "qbittorrent", "url": "http://me:CANARY@x"},
            "url: do not put the password in the address",
        ),
        ({"client": "qbittorrent", "url": "http://x", "tags": ["a,b"]}, "tags.0: "),
    ],
)
def test_wrong_options_are_told(gz: PluginKit, options: dict[str, Any], problem: str) -> None:
    """In sentences without secrets."""
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        gz.target("torrents", **options)
    assert "CANARY" not in str(caught.value)


# What versions of qBittorrent answer; the real one is met in test_torrents_qbittorrent.py


class Stub(ThreadingHTTPServer):
    """Answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, str]] = {
            "app/webapiVersion": (200, "2.11.4"),
            "auth/login": (204, ""),
            "torrents/info": (200, "[]"),
            "torrents/add": (200, '{"success_count": 1}'),
        }
        self.asked: list[str] = []
        self.form = b""
        self.everything = "[]"
        self.forgotten = 0


class Handler(BaseHTTPRequestHandler):
    """Answers."""

    server: Stub

    def do_GET(self) -> None:
        """Answer what lists."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer what changes something."""
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        name = self.path.removeprefix("/box/api/v2/").partition("?")[0]
        self.server.asked.append(name)
        self.server.form = body or self.server.form
        status, text = self.server.answers[name]
        if self.server.forgotten and name != "auth/login":
            self.server.forgotten -= 1
            status, text = HTTPStatus.FORBIDDEN, "Forbidden"
        if name == "torrents/info" and status == HTTPStatus.OK and b"hashes=" not in body:
            text = self.server.everything
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Stay silent."""


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Run a stub."""
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def box(
    gz: PluginKit,
    port: int,
    **options: Any,  # noqa: ANN401 - as free as options
) -> PluginTarget:
    """Make a target that adds to a client there."""
    url = f"http://127.0.0.1:{port}/box/"
    target = gz.target("torrents", client="qbittorrent", url=url, password="CANARYword", **options)
    target.files[1] = file(1)
    return target


def test_what_is_wished_is_said_in_the_words_of_all_versions(gz: PluginKit, stub: Stub) -> None:
    """A new one knows `stopped`, an old one `paused`."""
    target = box(gz, stub.server_port, paused=True, path="/data", tags=["a", "b"], category="c")
    target.deliver(gz.event(id="1"))
    assert stub.asked == ["auth/login", "torrents/info", "app/webapiVersion", "torrents/add"]
    said = dict(re.findall(rb'form-data; name="(\w+)"\r\n(?:.+\r\n)*\r\n(.*)\r\n', stub.form))
    assert {name: text.lower() for name, text in said.items()} == {
        b"category": b"c",
        b"tags": b"a,b",
        b"savepath": b"/data",
        b"autoTMM": b"false",
        b"paused": b"true",
        b"stopped": b"true",
    }
    assert file(1).content in stub.form


@pytest.mark.parametrize(
    ("answer", "everything"),
    [
        ((204, ""), "[]"),
        ((200, "Ok."), "[]"),
        ((409, "Conflict"), "[]"),
        ((200, "Fails."), json.dumps([{"hash": "other", "infohash_v1": HASH}])),
    ],
)
def test_these_mean_that_it_is_there(
    gz: PluginKit, stub: Stub, answer: tuple[int, str], everything: str
) -> None:
    """New, or known by another hash."""
    stub.answers["torrents/add"] = answer
    stub.everything = everything
    box(gz, stub.server_port).deliver(gz.event(id="1"))
    assert "torrents/add" in stub.asked


@pytest.mark.parametrize(
    ("name", "answer", "words", "after"),
    [
        ("auth/login", (401, ""), "refuses the username or the password", WAIT_FOR_FIX),
        ("auth/login", (200, "Fails."), "refuses the username or the password", WAIT_FOR_FIX),
        ("auth/login", (403, "CANARY"), "after too many failed ones", WAIT_FOR_FIX),
        ("auth/login", (301, ""), "returned 301: is it the Web UI's address", None),
        ("auth/login", (404, "CANARY"), "returned 404", None),
        ("torrents/info", (403, ""), "requires a log-in", WAIT_FOR_FIX),
        ("torrents/info", (200, "<html>"), "sent an unexpected answer", None),
        ("torrents/info", (200, "{}"), "sent an unexpected answer", None),
        ("torrents/add", (200, "Fails."), "rejected torrent 1", None),
        ("torrents/add", (500, "CANARY"), "returned 500", None),
    ],
)
def test_what_fails_is_tried_again_and_told(
    gz: PluginKit, stub: Stub, name: str, answer: tuple[int, str], words: str, after: float | None
) -> None:
    """Seldom if it is the password, and never with what was said or sent."""
    stub.answers[name] = answer
    with pytest.raises(RetryLater, match=re.escape(words)) as caught:
        box(gz, stub.server_port).deliver(gz.event(id="1"))
    assert caught.value.after == after
    assert "CANARY" not in str(caught.value)


def test_a_file_that_it_takes_for_broken_is_given_up(gz: PluginKit, stub: Stub) -> None:
    """It will be no better."""
    stub.answers["torrents/add"] = (415, "")
    with pytest.raises(GiveUp, match="says that the file of torrent 1 is invalid"):
        box(gz, stub.server_port).deliver(gz.event(id="1"))


def test_one_that_is_not_there_is_told(gz: PluginKit, caplog: pytest.LogCaptureFixture) -> None:
    """By its address, which is no secret."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
        words = rf"qBittorrent at 127\.0\.0\.1:{port} can't be reached"
        with caplog.at_level(logging.DEBUG), pytest.raises(RetryLater, match=words):
            box(gz, port).deliver(gz.event(id="1"))
    assert "CANARY" not in caplog.text


def test_a_test_message_logs_in_and_adds_nothing(gz: PluginKit, stub: Stub) -> None:
    """So a wrong password is found before it matters."""
    box(gz, stub.server_port).deliver(gz.event("notice"))
    assert stub.asked == ["auth/login"]


def test_without_a_password_there_is_no_log_in(gz: PluginKit, stub: Stub) -> None:
    """A client may let this machine in."""
    url = f"http://127.0.0.1:{stub.server_port}/box"
    target = gz.target("torrents", client="qbittorrent", url=url)
    target.files[1] = file(1)
    target.deliver(gz.event(id="1"))
    assert stub.asked == ["torrents/info", "app/webapiVersion", "torrents/add"]


def test_one_log_in_is_for_many_deliveries(gz: PluginKit, stub: Stub) -> None:
    """And it is renewed when the client has forgotten it."""
    target = box(gz, stub.server_port)

    def events() -> Iterator[Event]:
        for number in (1, 2, 3):
            target.files[number] = file(number)
            yield gz.event(id=str(number))
        assert stub.asked.count("auth/login") == 1
        assert stub.asked.count("torrents/add") == 3
        stub.forgotten = 1
        yield gz.event(id="1")

    assert target.deliver_all(events()) == [None] * 4
    assert stub.asked.count("auth/login") == 2
    assert stub.asked.count("torrents/add") == 4
