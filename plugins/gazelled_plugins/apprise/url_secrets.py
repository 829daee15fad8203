"""What Apprise logs, without any part of the URLs that it was given: it logs hosts and paths."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from urllib.parse import unquote_plus

_SHORTEST = 4
"""Shorter parts of an URL are in any text."""

Observer = Callable[[logging.LogRecord, str], None]
"""Gets each record, also those that are not shown, and its text without parts of URLs."""


class UrlSecrets(logging.Filter):
    """
    Removes parts of the URLs from texts and from what Apprise logs.

    Args:
        observer: Gets what Apprise logs.

    """

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer
        self._parts: tuple[str, ...] = ()

    def learn(self, url: str) -> None:
        """Know the parts of one more URL, and see to it that this filter is in place."""
        rest = url.partition("://")[2]
        parts = {
            part for text in (rest, unquote_plus(rest)) for part in re.split(r"[/@:?&=+,#]", text)
        }
        known = {part for part in parts if len(part) >= _SHORTEST}.union(self._parts)
        self._parts = tuple(sorted(known, key=len, reverse=True))
        logger = logging.getLogger("apprise")
        logger.addFilter(self)
        logger.setLevel(logging.DEBUG)  # below, the filter stops what is of no interest
        for noisy in (logging.getLogger("urllib3"), logging.getLogger("requests")):
            noisy.setLevel(max(noisy.level, logging.WARNING))  # below, they log whole addresses

    def hide(self, text: str) -> str:
        """Return a text without parts of the URLs."""
        for part in self._parts:
            text = text.replace(part, "…")
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Show it to the observer, and hide what is secret; details are not logged."""
        text = self.hide(record.getMessage())
        self._observer(record, text)
        record.msg, record.args = text, ()
        return record.levelno >= logging.WARNING
