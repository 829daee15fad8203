"""What Apprise logs, without any part of the URLs that it was given: it logs hosts and paths."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from threading import Lock
from urllib.parse import unquote_plus

_SHORTEST = 4
"""Shorter parts of an URL are in any text."""

Observer = Callable[[logging.LogRecord, str], None]
"""Gets each record, also those that are not shown, and its text."""


def secrets_of(url: str) -> tuple[str, ...]:
    """Return the parts of an URL that no text may show, longest first."""
    rest = url.partition("://")[2]
    parts = {part for text in (rest, unquote_plus(rest)) for part in re.split(r"[/@:?&=+,#]", text)}
    return _by_length(part for part in parts if len(part) >= _SHORTEST)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, which are sorted by length."""
    for part in secrets:
        text = text.replace(part, "…")
    return text


class UrlSecrets(logging.Filter):
    """
    Removes parts of all URLs from what Apprise logs: it is not known for which of them it does.

    Args:
        observer: Gets what Apprise logs.

    """

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer
        self._parts: tuple[str, ...] = ()
        self._lock = Lock()

    def learn(self, url: str) -> None:
        """Know the parts of one more URL, and see to it that this filter is in place."""
        with self._lock:  # targets deliver at the same time
            self._parts = _by_length({*self._parts, *secrets_of(url)})
        logger = logging.getLogger("apprise")
        logger.addFilter(self)
        logger.setLevel(logging.DEBUG)  # below, the filter stops what is of no interest
        for noisy in (logging.getLogger("urllib3"), logging.getLogger("requests")):
            noisy.setLevel(max(noisy.level, logging.WARNING))  # below, they log whole addresses

    def filter(self, record: logging.LogRecord) -> bool:
        """Show it to the observer, and hide what is secret; details are not logged."""
        text = record.getMessage()
        self._observer(record, text)
        record.msg, record.args = without(text, self._parts), ()
        return record.levelno >= max(logging.WARNING, logging.getLogger().level)


def _by_length(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(parts, key=len, reverse=True))
