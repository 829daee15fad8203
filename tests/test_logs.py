"""Every line comes out of one pipeline, in the format that was asked for, without secrets."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gazelled import logs
from gazelled.redact import Redactor
from gazelled.tracker.event_log import event_logger

CANARY = "canary-4711"
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
log = structlog.stdlib.get_logger("gazelled.tests")


class Pipe:
    """What was written and heard."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.heard: list[dict[str, object]] = []
        self.redactor = Redactor()
        self.redactor.add(CANARY)

    def set_up(
        self, style: logs.Format = "json", level: str = "info", *, quiet: bool = False
    ) -> None:
        """Set the logs up to write here."""
        logs.set_up(
            format=style,
            level=level,
            redactor=self.redactor,
            stream=self.stream,
            listener=lambda event: self.heard.append(dict(event)),
            quiet=quiet,
            now=lambda: MORNING,
        )

    @property
    def text(self) -> str:
        """Return all that was written."""
        return self.stream.getvalue()

    @property
    def data(self) -> list[dict[str, object]]:
        """Return the lines that were written as JSON."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Return a pipe and undo everything afterwards."""
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    pipe = Pipe()
    yield pipe
    logs.reset()
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


def test_json_lines_carry_event_level_logger_time_and_keys(pipe: Pipe) -> None:
    """One event is one JSON object."""
    pipe.set_up("json")
    log.info("watch.looked", watch="yeast", items=2, file=Path("/srv/x"))
    assert pipe.data == [
        {
            "event": "watch.looked",
            "watch": "yeast",
            "items": 2,
            "file": "/srv/x",
            "logger": "gazelled.tests",
            "level": "info",
            "timestamp": "2026-03-02T09:00:00.000+00:00",
        }
    ]


def test_console_lines_are_for_people(pipe: Pipe) -> None:
    """The console shows time, level, event and keys; no colours go into a file."""
    pipe.set_up("console")
    log.warning("target.failed", target="phone")
    line = " ".join(pipe.text.split())
    assert line == ("2026-03-02 09:00:00 [warning ] target.failed target=phone")


def test_journald_lines_carry_priority_and_no_time(pipe: Pipe) -> None:
    """The journal knows the time and reads the priority."""
    pipe.set_up("journald", "debug")
    log.debug("a.b")
    log.info("watch.looked", watch="yeast", title="two words", empty="")
    log.warning("a.b")
    log.error("a.b")
    log.critical("a.b")
    assert pipe.text.splitlines() == [
        "<7>a.b logger=gazelled.tests",
        '<6>watch.looked watch=yeast title="two words" empty="" logger=gazelled.tests',
        "<4>a.b logger=gazelled.tests",
        "<3>a.b logger=gazelled.tests",
        "<2>a.b logger=gazelled.tests",
    ]


def test_each_line_of_a_traceback_carries_the_priority(pipe: Pipe) -> None:
    """The journal splits at line breaks, so every line says how grave it is."""
    pipe.set_up("journald")
    _fail_and_log()
    lines = pipe.text.splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)
    assert lines[1] == "<3>Traceback (most recent call last):"


@pytest.mark.parametrize("style", ["console", "json", "journald"])
def test_tracebacks_show_no_locals_and_no_secrets(pipe: Pipe, style: logs.Format) -> None:
    """A traceback tells where, not with what."""
    pipe.set_up(style)
    _fail_and_log()
    assert "RuntimeError: cannot log in with [redacted]" in pipe.text
    assert "in _log_in" in pipe.text
    assert CANARY not in pipe.text
    assert "user = " not in pipe.text


def _log_in(user: str) -> None:
    raise RuntimeError(f"cannot log in with {CANARY}, {len(user)}")


def _fail_and_log() -> None:
    try:
        _log_in("only-a-local")
    except RuntimeError:
        log.exception("daemon.failed")


@pytest.mark.parametrize("style", ["console", "json", "journald"])
def test_redaction_is_by_key_shape_and_value(pipe: Pipe, style: logs.Format) -> None:
    """Whatever way a secret takes into a line, it doesn't come out."""
    pipe.set_up(style)
    log.info(
        "call.sent %s",
        CANARY,
        token="unregistered",
        answer={"passkey": "unregistered", "list": [CANARY]},
        url="https://t.example/x?authkey=unregistered",
        error=ValueError(CANARY),
    )
    logging.getLogger("foreign").warning(
        "GET %s", f"/x?auth={CANARY}", extra={"cookie": "unregistered"}
    )
    assert "call.sent [redacted]" in pipe.text
    assert "GET /x?auth=[redacted]" in pipe.text
    assert "unregistered" not in pipe.text + repr(pipe.heard)
    assert CANARY not in pipe.text + repr(pipe.heard)


def test_standard_logging_goes_the_same_way(pipe: Pipe) -> None:
    """A library's line looks like ours."""
    pipe.set_up("json")
    logging.getLogger("aiohttp.client").error("closed %d", 2, extra={"peer": "x"})
    assert pipe.data == [
        {
            "event": "closed 2",
            "peer": "x",
            "level": "error",
            "logger": "aiohttp.client",
            "timestamp": "2026-03-02T09:00:00.000+00:00",
        }
    ]


async def test_the_errors_of_asyncio_go_the_same_way(pipe: Pipe) -> None:
    """An exception that a callback lost is a redacted line."""
    pipe.set_up("json")

    def fail() -> None:
        raise RuntimeError(CANARY)

    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [line["logger"] for line in pipe.data] == ["asyncio"]
    assert "RuntimeError: [redacted]" in str(pipe.data[0]["exception"])


@pytest.mark.parametrize("style", ["json", "console", "journald"])
def test_events_of_the_library_are_the_same_lines(pipe: Pipe, style: logs.Format) -> None:
    """What is logged without structlog looks as what is logged with it, and is as secret."""
    fields: dict[str, object] = {"text": f"a {CANARY}", "seconds": 3, "drift": ["x is new"]}
    pipe.set_up(style)
    log.warning("answer.drifted", **fields)
    event_logger("gazelled.tests").warning("answer.drifted", **fields)
    first, second = pipe.text.splitlines()
    assert pipe.heard[0] == pipe.heard[1]
    if style == "json":
        assert json.loads(first) == json.loads(second)
    else:
        assert first == second
    assert CANARY not in pipe.text


def test_warnings_go_the_same_way(pipe: Pipe) -> None:
    """A warning of Python's is a line of the logger py.warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        pipe.set_up("json")
        warnings.warn(f"old {CANARY}", UserWarning, stacklevel=1)
        logs.reset()
    assert [line["logger"] for line in pipe.data] == ["py.warnings"]
    assert "UserWarning: old [redacted]" in str(pipe.data[0]["event"])


def test_levels_are_held_and_the_talkative_kept_down(pipe: Pipe) -> None:
    """Only what is asked for is written, and apscheduler only from warnings on."""
    pipe.set_up("json", "debug")
    log.debug("a.shown")
    logging.getLogger("apscheduler.scheduler").info("hidden")
    logging.getLogger("apscheduler.scheduler").warning("shown")
    pipe.set_up("json", "warning")
    log.info("a.hidden")
    logging.getLogger("anyone").info("hidden")
    assert [line["event"] for line in pipe.data] == ["a.shown", "shown"]


def test_keys_bound_to_the_context_are_shown(pipe: Pipe) -> None:
    """What a task binds stands in its lines, also in those of libraries."""
    pipe.set_up("json")
    with structlog.contextvars.bound_contextvars(watch="yeast"):
        log.info("a.b")
        logging.getLogger("x").info("c")
    assert [line["watch"] for line in pipe.data] == ["yeast", "yeast"]


def test_the_listener_hears_redacted_events_when_nothing_is_written(pipe: Pipe) -> None:
    """The demo shows events its own way."""
    pipe.set_up("console", quiet=True)
    log.info("delivery.done", target="phone", url=f"x/{CANARY}")
    assert pipe.text == ""
    assert pipe.heard == [
        {
            "event": "delivery.done",
            "target": "phone",
            "url": "x/[redacted]",
            "level": "info",
            "logger": "gazelled.tests",
        }
    ]


@pytest.mark.parametrize("style", ["console", "journald"])
def test_nobody_steers_the_terminal_or_forges_lines(pipe: Pipe, style: logs.Format) -> None:
    """Control characters of a title are shown, not obeyed."""
    pipe.set_up(style)
    log.info("item.found\n<2>forged", title="\x1b[31mred\r\nforged")
    assert len(pipe.text.splitlines()) == 1
    assert "\x1b[31m" not in pipe.text


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text())))
def test_json_stays_json(keys: dict[str, object]) -> None:
    """Redaction doesn't break the syntax of a line."""
    pipe = Pipe()
    pipe.set_up("json")
    log.info("a.b", data=keys, cookie_line="the cookie:", value=f'{CANARY}" passkey="x')
    logs.reset()
    assert len(pipe.text.split("\n")) == 2
    assert json.loads(pipe.text)["event"] == "a.b"


def test_a_line_that_cannot_be_made_is_one_plain_line(pipe: Pipe) -> None:
    """Logging's own report would print the arguments, so there is a shorter one."""
    pipe.set_up("json")
    record = logging.LogRecord("clumsy", logging.INFO, "", 1, "%d", (CANARY,), None)
    logging.getLogger().handlers[-1].handle(record)
    assert pipe.text == "<4>log.failed logger=clumsy error=TypeError\n"


def test_a_closed_stream_is_met(pipe: Pipe) -> None:
    """Logging doesn't raise when nobody can read any more."""
    pipe.set_up("json")
    pipe.stream.close()
    log.info("a.b")
    assert [event["event"] for event in pipe.heard] == ["a.b"]


def test_a_second_set_up_replaces_the_first(pipe: Pipe) -> None:
    """Each event is written once, and loggers made before follow."""
    pipe.set_up("json")
    pipe.set_up("journald")
    log.info("a.b")
    assert pipe.text == "<6>a.b logger=gazelled.tests\n"


def test_auto_takes_journald_when_the_stream_is_the_journals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipe: Pipe
) -> None:
    """Systemd names device and inode of its stream."""
    path = tmp_path / "journal"
    with path.open("w") as stream:
        about = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{about.st_dev}:{about.st_ino}")
        logs.set_up(format="auto", level="info", redactor=pipe.redactor, stream=stream)
        log.info("a.b")
    assert path.read_text() == "<6>a.b logger=gazelled.tests\n"


def test_auto_takes_console_when_the_stream_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipe: Pipe
) -> None:
    """A redirected stream isn't the journal's though the variable is set."""
    path = tmp_path / "file"
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    with path.open("w") as stream:
        logs.set_up(format="auto", level="info", redactor=pipe.redactor, stream=stream)
        log.info("a.b")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[info", path.read_text())


def test_a_terminal_gets_colours(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours help on a terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    reader, writer = os.openpty()
    with closing(os.fdopen(reader, "rb", buffering=0)) as shown, os.fdopen(writer, "w") as stream:
        logs.set_up(format="auto", level="info", redactor=pipe.redactor, stream=stream)
        log.info("a.b")
        assert b"\x1b[" in shown.read(4096)


def _interpreter() -> None:
    sys.excepthook(RuntimeError, RuntimeError(CANARY), None)


def _thread() -> None:
    thread = threading.Thread(target=_raise)
    thread.start()
    thread.join()


def _raise() -> None:
    raise RuntimeError(CANARY)


class _Rude:
    def __del__(self) -> None:
        raise RuntimeError(CANARY)


def _clean_up() -> None:
    _Rude()


@pytest.mark.parametrize("fail", [_interpreter, _thread, _clean_up])
def test_uncaught_exceptions_are_redacted_lines(pipe: Pipe, fail: Callable[[], None]) -> None:
    """Python's own printing of an exception would show a secret."""
    pipe.set_up("json")
    logs.catch_uncaught()
    fail()
    assert [line["event"] for line in pipe.data] == ["exception.uncaught"]
    assert "RuntimeError: [redacted]" in str(pipe.data[0]["exception"])


@pytest.mark.parametrize("style", ["json", "console", "journald"])
def test_the_last_lines_stay_in_memory(pipe: Pipe, style: logs.Format) -> None:
    """So many and so long at most, without secrets, even those that come to light later."""
    assert logs.recent_lines() == []
    pipe.set_up(style)
    log.debug("left.out")
    for number in range(logs.MOST_RECENT + 5):
        log.info("look.done", number=number, token=CANARY)
    log.warning("watch.failed", reason="late-secret " + "x" * 100_000)
    logging.getLogger("a.library").error("a sentence of %s", "a library")
    pipe.redactor.add("late-secret")

    lines = logs.recent_lines()
    assert len(lines) == logs.MOST_RECENT
    first, failed, last = lines[0], lines[-2], lines[-1]
    assert (first.at, first.level, first.event) == (MORNING, "info", "look.done")
    assert first.fields == "number=7 token=[redacted]"
    assert (failed.level, last.level, last.event) == (
        "warning",
        "error",
        "a sentence of a library",
    )
    assert "late-secret" not in failed.fields
    assert len(failed.fields) < 3000


def test_a_crash_stands_in_the_last_lines(pipe: Pipe) -> None:
    """With its traceback."""
    pipe.set_up()
    try:
        _raise()
    except RuntimeError:
        log.exception("watch.crashed", source="browse")
    (line,) = logs.recent_lines()
    assert line.fields.startswith("source=browse\nTraceback")
    assert line.fields.endswith("RuntimeError: [redacted]")
