"""
Log events by standard logging: a library writes nothing by itself.

    log = event_logger(__name__)
    log.warning("answer.drifted", action="browse")

A program that sets logging up gets the line `answer.drifted action=browse`; the daemon's pipeline
gets the event and its fields as the record's `log_event`.
"""

from __future__ import annotations

import logging

from gazelled.text import word

logging.getLogger("gazelled").addHandler(logging.NullHandler())


class EventLogger:
    """A logger that takes the name of an event, and its fields as keywords."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, /, **fields: object) -> None:
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, /, **fields: object) -> None:
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, /, **fields: object) -> None:
        self._log(logging.WARNING, event, fields)

    def _log(self, level: int, event: str, fields: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            pairs = (f"{name}={word(value)}" for name, value in fields.items())
            more = {"log_event": (event, fields)}
            self._logger.log(level, " ".join([event, *pairs]), extra=more, stacklevel=3)


def event_logger(name: str) -> EventLogger:
    """Return the logger of a module."""
    return EventLogger(logging.getLogger(name))
