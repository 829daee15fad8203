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
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gazelled.redact import Redactor
from gazelled.text import word

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
_BLOCKS = ("exception", "stack")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
)


def set_up(
    *,
    format: Format,  # noqa: A002 - the word that the config uses
    level: str,
    redactor: Redactor,
    stream: TextIO | None = None,
    listener: Listener | None = None,
    quiet: bool = False,
    now: Now | None = None,
) -> None:
    """
    Send all log events through one pipeline; a second call replaces the first.

    Lines go to standard error if there is no `stream`; `auto` is the format that suits it. The
    `listener` is shown every event after redaction, also when it is `quiet` and nothing is written.
    Lines carry the time of `now`, or the world's in the local zone.
    """
    reset()
    stream = sys.stderr if stream is None else stream
    style = _choose(stream, os.environ) if format == "auto" else format
    handler = _Handler(stream, redactor, listener, quiet=quiet)
    handler.setFormatter(_formatter(style, stream, redactor, handler, now or _now))
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
        root.setLevel(logging.WARNING)
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.NOTSET)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()


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


def _choose(stream: TextIO, environ: Mapping[str, str]) -> Format:
    """Choose journald if the stream is the journal's (man systemd.exec), else console."""
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return "console"
    journal = environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"
    return "journald" if journal else "console"


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
        processors += [_tame, _journald]
    else:
        colors = stream.isatty() and not os.environ.get("NO_COLOR")
        plain = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
        processors += [stamp, _tame, console]
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


def _tame(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Escape control characters, so that foreign text can't control a terminal or fake a line."""
    for key, value in event.items():
        if isinstance(value, str):
            allowed = "\n\t" if key in _BLOCKS else ""
            event[key] = _CONTROL.sub(lambda sign: _visible(sign[0], allowed), value)  # noqa: B023 - used at once
    return event


def _visible(sign: str, allowed: str) -> str:
    return sign if sign in allowed else sign.encode("unicode_escape").decode()


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
        self, stream: TextIO, redactor: Redactor, listener: Listener | None, *, quiet: bool
    ) -> None:
        super().__init__(stream)
        self._redactor = redactor
        self._listener = listener
        self._quiet = quiet

    def show(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        if self._listener is not None:
            self._listener(dict(event))
        return event

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.scrub_values(super().format(record))

    def emit(self, record: logging.LogRecord) -> None:
        if not self._quiet:
            super().emit(record)
            return
        try:
            self.format(record)
        except Exception:  # noqa: BLE001 - logging never raises
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Report that a record can't be written, without printing it as logging does."""
        kind = type(sys.exception()).__name__
        try:
            self.stream.write(f"<4>log.failed logger={record.name} error={kind}\n")
            self.stream.flush()
        except (OSError, ValueError):
            return
