"""
One pipeline for all log lines.

structlog and the standard library's logging (asyncio, aiohttp, apscheduler, plugins) end in
one handler. Redaction comes last: in the data by key, shape and value, and once more by
value in the text. Tracebacks are plain, without local variables.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gazelled.logs.journald import SOCKET, Journal
from gazelled.redact import Redactor
from gazelled.text import shortened, word

Format = Literal["auto", "console", "json", "journald"]
Listener = Callable[[Mapping[str, object]], None]
Now = Callable[[], datetime]

_LOUD = {
    "aiohttp.access": logging.WARNING,
    "apprise": logging.WARNING,
    "apscheduler": logging.WARNING,
    "asyncio": logging.INFO,
    "urllib3": logging.WARNING,
}
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
_OWN = "gazelled."
_BLOCKS = ("exception", "stack")
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
MOST_RECENT = 300
"""So many of the last lines stay in memory."""
_LONGEST_RECENT = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """
    A line of the log, as people read it.

    Attributes:
        level: `debug`, `info`, `warning`, `error` or `critical`.
        event: Its name, such as `watch.failed`, or the sentence of a library.
        fields: Its keys with their values, and what crashed, if anything did.

    """

    at: datetime
    level: str
    event: str
    fields: str


def set_up(
    *,
    format: Format,  # noqa: A002 - the word that the config uses
    level: str,
    redactor: Redactor,
    stream: TextIO | None = None,
    listener: Listener | None = None,
    quiet: bool = False,
    now: Now | None = None,
    journal: Path = SOCKET,
) -> None:
    """
    Send all log events through one pipeline; a second call replaces the first.

    Lines go to standard error if there is no `stream`; `auto` is the format that suits it. The
    `listener` is shown every event after redaction, also when it is `quiet` and nothing is written.
    Lines carry the time of `now`, or the world's in the local zone. Where the stream is the
    journal's, events go to its socket, `journal`, with their fields.
    """
    reset()
    stream = sys.stderr if stream is None else stream
    suits: Format = "journald" if _is_journal(stream, os.environ) else "console"
    style = suits if format == "auto" else format
    handler = _Handler(stream, redactor, listener, now or _now, quiet=quiet)
    handler.setFormatter(_formatter(style, stream, redactor, handler, now or _now))
    if style == "journald" and _is_journal(stream, os.environ):
        handler.use_journal(journal)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in _LOUD.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        # A cached logger would outlive a second set_up.
        cache_logger_on_first_use=False,
    )


def reset() -> None:
    """Undo `set_up`."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
        handler.close()
        root.setLevel(logging.WARNING)
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.NOTSET)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()


def recent_lines() -> list[LogLine]:
    """Return the last lines that were logged, the oldest first; none before `set_up`."""
    handlers = [one for one in logging.getLogger().handlers if isinstance(one, _Handler)]
    return [line for handler in handlers for line in handler.recent_lines()]


def catch_uncaught() -> None:
    """Log exceptions that nobody caught, instead of letting Python print them unredacted."""
    log = structlog.stdlib.get_logger("gazelled")

    def uncaught(error: BaseException | None, where: str) -> None:
        if isinstance(error, KeyboardInterrupt):
            log.warning("daemon.interrupted")
        elif error is not None:
            log.critical("exception.uncaught", where=where, exc_info=error)

    sys.excepthook = lambda _kind, error, _trace: uncaught(error, "main")
    sys.unraisablehook = lambda seen: uncaught(seen.exc_value, "clean-up")
    threading.excepthook = lambda seen: uncaught(seen.exc_value, "thread")


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether a stream is the journal's (man systemd.exec)."""
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"


def _formatter(
    style: Format, stream: TextIO, redactor: Redactor, handler: _Handler, now: Now
) -> logging.Formatter:
    def redact(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return cast("EventDict", redactor.scrub_data(event))

    def stamp(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        moment = now()
        iso = style == "json"
        event["timestamp"] = moment.isoformat(timespec="milliseconds") if iso else f"{moment:%F %T}"
        return event

    processors: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
        handler.show,
    ]
    if style == "json":
        render: Processor = structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        processors += [stamp, render]
    elif style == "journald":
        processors += [_tame, handler.keep_fields, _journald]
    else:
        colors = stream.isatty() and not os.environ.get("NO_COLOR")
        plain = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
        processors += [stamp, _tame, _for_people, console]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=(*_SHARED, structlog.stdlib.ExtraAdder(), _take_apart),
        processors=tuple(processors),
    )


def _take_apart(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Return an event and its fields, without what another formatter left on the record."""
    event.pop("message", None)
    event.pop("asctime", None)
    if log_event := event.pop("log_event", None):
        event["event"], fields = log_event
        event.update(fields)
    return event


def _for_people(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Leave out which module logs, and of the key of a delivery what the line says already."""
    if str(event.get("logger", "")).startswith(_OWN):
        del event["logger"]
    if isinstance(event.get("key"), str):
        event["key"] = event["key"].partition("@")[0]
    return event


def _tame(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Escape control characters, so that foreign text can't control a terminal or fake a line."""
    for key, value in event.items():
        if isinstance(value, str):
            allowed = "\n\t" if key in _BLOCKS else ""
            event[key] = _CONTROL.sub(lambda sign: _visible(sign[0], allowed), value)  # noqa: B023 - used at once
    return event


def _visible(sign: str, allowed: str) -> str:
    return sign if sign in allowed else sign.encode("unicode_escape").decode()


def _line(event: EventDict, at: datetime) -> LogLine:
    """Return a line for the memory, of limited length."""
    blocks = [str(event[key]) for key in _BLOCKS if key in event]
    apart = {"event", "level", "logger", *_BLOCKS}
    pairs = " ".join(f"{key}={word(value)}" for key, value in event.items() if key not in apart)
    fields = "\n".join(filter(None, [pairs, *blocks]))
    level, head = str(event.get("level", "info")), str(event.get("event", ""))
    return LogLine(at, level, shortened(head, _LONGEST_RECENT), shortened(fields, _LONGEST_RECENT))


def _journald(_logger: WrappedLogger, _name: str, event: MutableMapping[str, object]) -> str:
    """Write `<n>` and key=value, for a journal that knows the time and splits at line breaks."""
    level = str(event.pop("level", "info"))
    head = [str(event.pop("event", ""))]
    blocks = [str(event.pop(key)) for key in _BLOCKS if key in event]
    name = event.pop("logger", None)
    pairs = [f"{key}={word(value)}" for key, value in event.items()]
    if name:
        pairs.append(f"logger={name}")
    lines = "\n".join([" ".join(head + pairs), *blocks]).split("\n")
    priority = _PRIORITIES.get(level, 6)
    return "\n".join(f"<{priority}>{line}" for line in lines)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines, after a last look by value."""

    def __init__(
        self,
        stream: TextIO,
        redactor: Redactor,
        listener: Listener | None,
        now: Now,
        *,
        quiet: bool,
    ) -> None:
        super().__init__(stream)
        self._redactor = redactor
        self._listener = listener
        self._now = now
        self._quiet = quiet
        self._recent: deque[LogLine] = deque(maxlen=MOST_RECENT)
        self._journal: Journal | None = None
        self._fields: dict[str, str] = {}

    def use_journal(self, path: Path) -> None:
        """Write to the journal's socket, as long as there is one."""
        with suppress(OSError):
            self._journal = Journal(path)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        super().close()

    def keep_fields(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        """Keep what the journal gets apart from the text."""
        apart = {"level", *_BLOCKS}
        self._fields = {key: str(value) for key, value in event.items() if key not in apart}
        if not _EVENT.fullmatch(self._fields.get("event", "")):  # a sentence of a library
            self._fields.pop("event", None)
        return event

    def recent_lines(self) -> list[LogLine]:
        """Return the last lines, cleared of the secrets that are known by now."""
        scrub = self._redactor.scrub_values
        return [
            LogLine(line.at, line.level, scrub(line.event), scrub(line.fields))
            for line in self._recent
        ]

    def show(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        self._recent.append(_line(event, self._now()))
        if self._listener is not None:
            self._listener(dict(event))
        return event

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.scrub_values(super().format(record))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            if not (self._quiet or self._is_in_journal(text)):
                self.stream.write(text + self.terminator)
                self.flush()
        except Exception:  # noqa: BLE001 - logging never raises
            self.handleError(record)

    def _is_in_journal(self, text: str) -> bool:
        """Write a line to the journal's socket; return False if there is none."""
        if self._journal is None:
            return False
        head, *more = text.split("\n")
        priority, message = int(head[1]), [head[3:], *(line[3:] for line in more)]
        fields = {key: self._redactor.scrub_values(text) for key, text in self._fields.items()}
        try:
            self._journal.send("\n".join(message), priority, fields)
        except OSError:
            return False
        return True

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Report that a record can't be written, without printing it as logging does."""
        kind = type(sys.exception()).__name__
        try:
            self.stream.write(f"<4>log.failed logger={record.name} error={kind}\n")
            self.stream.flush()
        except (OSError, ValueError):
            return
