"""The journal's native protocol, received by a real socket."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from gazelled import logs
from gazelled.redact import Redactor

SECRET = "canary-4711"
LARGE = 4 << 20
log = structlog.stdlib.get_logger("gazelled.tests")


class FakeJournal:
    """A journal that a stream belongs to."""

    def __init__(self, folder: Path, stream: TextIO) -> None:
        self.path = folder / "socket"
        self.stream = stream
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.settimeout(10)

    def entry(self) -> dict[str, str]:
        """Receive an entry, as journald reads it: from a sealed file if it is large."""
        data, files, _, _ = socket.recv_fds(self._socket, 1 << 20, 1)
        for file in files:
            data = os.pread(file, os.fstat(file).st_size, 0)
            with pytest.raises(OSError, match="not permitted"):
                os.pwrite(file, b"x", 0)
            os.close(file)
        return dict(_fields(data))

    def written(self) -> str:
        """Return what went to the stream instead."""
        self.stream.flush()
        self.stream.seek(0)
        return self.stream.read()

    def end(self) -> None:
        """Listen no more."""
        self._socket.close()


def _fields(data: bytes) -> Iterator[tuple[str, str]]:
    while data:
        line, _, data = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(data[:8], "little")
            value, data = data[8 : 8 + size], data[8 + size + 1 :]
        yield name.decode(), value.decode()


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeJournal]:
    """Return a journal to which a stream belongs, and undo everything afterwards."""
    with tempfile.TemporaryFile("w+", dir=tmp_path) as stream:
        made = FakeJournal(tmp_path, stream)
        about = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{about.st_dev}:{about.st_ino}")
        redactor = Redactor()
        redactor.add(SECRET)
        logs.set_up(
            format="auto", level="info", redactor=redactor, stream=stream, journal=made.path
        )
        yield made
        logs.reset()
        made.end()


def test_an_event_is_an_entry_with_its_keys(journal: FakeJournal) -> None:
    """Its priority, name and keys are fields of their own."""
    log.error("target.failed", target="phone", attempt=3, reason="no\nroute")
    assert journal.entry() == {
        "MESSAGE": r"target.failed target=phone attempt=3 reason=no\nroute logger=gazelled.tests",
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "gazelled",
        "GAZELLED_EVENT": "target.failed",
        "GAZELLED_TARGET": "phone",
        "GAZELLED_ATTEMPT": "3",
        "GAZELLED_REASON": r"no\nroute",
        "GAZELLED_LOGGER": "gazelled.tests",
    }
    assert journal.written() == ""


def test_secrets_are_in_no_field(journal: FakeJournal) -> None:
    """What is redacted in the line is so in the fields."""
    log.info("a.done", text=f"x {SECRET} y", number=int("4711"))
    assert SECRET not in str(journal.entry())


def test_a_traceback_is_one_entry(journal: FakeJournal) -> None:
    """A message may have several lines."""
    try:
        int("broken")
    except ValueError:
        log.exception("a.failed")
    entry = journal.entry()
    assert entry["MESSAGE"].splitlines()[1] == "Traceback (most recent call last):"
    assert entry["MESSAGE"].splitlines()[-1].endswith("'broken'")
    assert entry["PRIORITY"] == "3"


def test_what_no_datagram_holds_is_a_file(journal: FakeJournal) -> None:
    """It comes whole, and its sender can't change it afterwards."""
    log.warning("a.done", text="x" * LARGE)
    assert journal.entry()["GAZELLED_TEXT"] == "x" * LARGE


def test_without_a_journal_lines_are_written(journal: FakeJournal) -> None:
    """A journal that ended takes no line away."""
    journal.end()
    log.warning("a.done", text="x")
    assert journal.written() == "<4>a.done text=x logger=gazelled.tests\n"
