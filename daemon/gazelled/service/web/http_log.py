"""The log of the HTTP servers: what a client sends wrong is no error of the server."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError


def http_logger() -> logging.Logger:
    """Return a logger for a server that leaves out requests which aren't HTTP."""
    logger = logging.getLogger("gazelled.service.http")
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
