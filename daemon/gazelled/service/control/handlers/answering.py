"""The answers of the control socket: a request is read, and its handler's messages are yielded."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from itertools import chain
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gazelled import __version__
from gazelled.errors import ConfigError, GazelledError
from gazelled.service.app import App
from gazelled.service.control.codec import CodecError, decode
from gazelled.service.control.handlers import handle
from gazelled.service.control.protocol import REQUESTS, ControlRequest, Failure, name_of
from gazelled.service.control.requests.failures import failure_of
from gazelled.service.control.sockets import LARGEST, VERSION_HEADER

log = structlog.stdlib.get_logger(__name__)

MOST_LEVELS = 20


async def messages(app: App, request: ControlRequest[Any]) -> AsyncGenerator[Any, None]:
    """Yield the messages of a handler; if it fails, that is the last one."""
    try:
        async with aclosing(handle(app, request)) as replies:
            async for reply in replies:
                yield reply
    except GazelledError as error:
        yield failure_of(error, app.redactor.scrub(str(error)))
    except Exception:
        name = name_of(request)
        log.exception("control.crashed", handler=name)
        yield Failure("", f"{name} failed for an internal error; see the log.")


async def read_request(request: web.Request) -> ControlRequest[Any]:
    """
    Return the request that was sent.

    Raises:
        ConfigError: If it is none that this release knows.

    """
    name = request.match_info["name"]
    theirs = request.headers.get(VERSION_HEADER, "")
    hint = "" if theirs in {"", __version__} else f"; this is gazelled {__version__}, restart it"
    if name not in REQUESTS:
        raise ConfigError(f"unknown request {name}{hint}")
    data = await _data(request)
    try:
        message: ControlRequest[Any] = decode(REQUESTS[name], data)
    except CodecError as error:
        raise ConfigError(f"{name}: {error}{hint}") from None
    return message


async def _data(request: web.Request) -> Mapping[str, object]:
    if not request.can_read_body:
        return {}
    try:
        data = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise ConfigError(f"expected a request of at most {LARGEST} bytes") from None
    except (ValueError, RecursionError, ConnectionError, HttpProcessingError):
        # Not JSON, or its sender is gone, and then nobody reads the sentence.
        data = None
    if not isinstance(data, dict) or not _is_flat(data):
        raise ConfigError(f"expected a JSON object of at most {MOST_LEVELS} levels")
    return data


def _is_flat(data: dict[str, object]) -> bool:
    """Return whether data has few levels: what reads it may walk through it by recursion."""
    level: list[object] = [data]
    for _ in range(MOST_LEVELS + 1):
        values = [value.values() for value in level if isinstance(value, dict)]
        lists = [value for value in level if isinstance(value, list)]
        level = [*chain.from_iterable([*values, *lists])]
        if not level:
            return True
    return False
