"""The client of the control socket."""

from __future__ import annotations

import errno
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from gazelled import __version__
from gazelled.errors import GazelledError, NotPermitted, TrackerUnavailable
from gazelled.service.control.codec import decode, encode
from gazelled.service.control.patience import DaemonHeldUpError, reply_within_patience
from gazelled.service.control.protocol import (
    ControlRequest,
    DoRequest,
    DownloadRequest,
    Failure,
    messages_of,
    name_of,
)
from gazelled.service.control.requests.failures import error_of
from gazelled.service.control.sockets import VERSION_HEADER, reachable

R = TypeVar("R")


class NobodyThereError(GazelledError):
    """No daemon listens at a socket."""


async def ask(
    path: Path, request: ControlRequest[Any], *, state: Path | None = None
) -> AsyncGenerator[Any, None]:
    """
    Ask the owner at a socket, and yield its messages.

    Args:
        path: The socket.
        request: The request.
        state: The owner's state folder, where that is known: it says whether a plugin holds it up.

    Raises:
        NobodyThereError: If nobody listens there.
        NotPermitted: If this user may not use the socket.
        TrackerUnavailable: If the owner ended before it had replied, or a plugin holds it up.
        GazelledError: What the handler raised, that the owner is of another release whose reply
            can't be read, or that it ended and may have changed something before.

    """
    heard = False
    try:
        with reachable(path) as short:
            connector = aiohttp.UnixConnector(short)
            timeout = aiohttp.ClientTimeout(total=None)
            async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
                posted = http.post(
                    f"http://gazelled/{name_of(request)}",
                    json=encode(request, brief=True),
                    headers={VERSION_HEADER: __version__},
                )
                reply = reply_within_patience(_response(posted), state, begun=False)
                async with await reply as response:
                    heard = True
                    version = response.headers.get(VERSION_HEADER, "")
                    async for text in _lines(response.content, state):
                        message = _read(request, text, version)
                        if isinstance(message, Failure):
                            raise error_of(message)
                        yield message
    except DaemonHeldUpError as error:
        raise _unanswered(request, error) from None
    except (aiohttp.ClientError, OSError) as error:
        if heard:
            ended = TrackerUnavailable("gazelled ended before it replied.")
            raise _unanswered(request, ended) from None
        if isinstance(error, OSError) and error.errno == errno.EACCES:
            raise NotPermitted(f"You may not use {path}.") from error
        raise NobodyThereError(f"No gazelled daemon listens at {path}.") from error


async def ask_once(path: Path, request: ControlRequest[R], *, state: Path | None = None) -> R:
    """Ask the owner at a socket, as `ask` does, and return the last message: the reply."""
    async with aclosing(ask(path, request, state=state)) as messages:
        replies: list[R] = [message async for message in messages]
    return replies[-1]


def _unanswered(request: ControlRequest[Any], error: TrackerUnavailable) -> GazelledError:
    """Return why there is no reply; what may have been done must not be tried again."""
    if isinstance(request, DoRequest) or (
        isinstance(request, DownloadRequest) and request.use_token
    ):
        return GazelledError(
            f"{error} It may have been done all the same: check before you repeat it."
        )
    return error


def _read(request: ControlRequest[Any], text: bytes, version: str) -> Any:  # noqa: ANN401 - its reply
    """Read a message; one of another release may have more keys than this one knows."""
    same = version == __version__
    with suppress(ValueError):  # no JSON, or not what the protocol expects
        return decode(messages_of(request), json.loads(text), strict=same)
    raise GazelledError(
        f"The gazelled that is running ({version or 'an earlier release'}) replied in a way that "
        f"this one ({__version__}) can't read. Restart gazelled."
    )


async def _response(posted: Awaitable[aiohttp.ClientResponse]) -> aiohttp.ClientResponse:
    return await posted


async def _lines(content: aiohttp.StreamReader, state: Path | None) -> AsyncIterator[bytes]:
    """Split a stream into lines of any length."""
    rest = b""
    while chunk := await reply_within_patience(content.readany(), state, begun=True):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
    if rest:
        yield rest
