"""
The control socket: how everyone but the owner gets at the daemon.

HTTP with JSON lines on a Unix socket in the state folder, with the folder's rights. A request
names a handler of `gazelled.service.control.handlers`; its reply is a line for each thing that the
handler has to say, so that whoever waits can be shown how long.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    ConfigError,
    GazelledError,
    RequestRefused,
    StateError,
    TrackerUnavailable,
)
from gazelled.service.app import App
from gazelled.service.control.handlers import HANDLERS
from gazelled.service.web.http_log import http_logger
from gazelled.tracker.login.account_lock import Holder, Peer, peer_of
from gazelled.tracker.login.ownership import AccountTaken

log = structlog.stdlib.get_logger(__name__)

LONGEST_PATH = 100
_PATIENCE = 2.0
LARGEST = 2**20
MOST_LEVELS = 20
_ERRORS: Mapping[str, type[GazelledError]] = {
    kind.__name__: kind
    for kind in (
        ConfigError,
        StateError,
        TrackerUnavailable,
        ActionRequired,
        RequestRefused,
        BadAnswer,
    )
}
Line = Mapping[str, object]


class NobodyThereError(GazelledError):
    """No daemon listens at a socket."""


@asynccontextmanager
async def serve(app: App, path: Path) -> AsyncIterator[None]:
    """
    Serve the handlers at a Unix socket while the context lasts.

    Args:
        app: The daemon.
        path: Where the socket is; a dead one there is replaced.

    Raises:
        StateError: If it can't be made.

    """

    async def answer(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in HANDLERS:
            return web.json_response({"error": "ConfigError", "text": f"no handler {name}"})
        try:
            given = await _arguments(request)
        except ConfigError as error:
            return web.json_response({"error": "ConfigError", "text": str(error)})
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        # Whoever goes away cancels what was asked.
        with suppress(ConnectionError):
            await response.prepare(request)
            async with aclosing(said(app, name, given)) as lines:
                async for line in lines:
                    await response.write(json.dumps(line).encode() + b"\n")
            await response.write_eof()
        return response

    routes = web.Application(client_max_size=LARGEST)
    routes.router.add_post("/{name}", answer)
    runner = web.AppRunner(
        routes,
        access_log=None,
        shutdown_timeout=1.0,
        handler_cancellation=True,
        logger=http_logger(),
    )
    await runner.setup()
    try:
        await _listen(runner, path)
        yield
    finally:
        _remove(path)
        await runner.cleanup()


async def _arguments(request: web.Request) -> Mapping[str, object]:
    """
    Read the arguments of a handler.

    Raises:
        ConfigError: If they can't be read, or aren't an object of a few levels.

    """
    if not request.can_read_body:
        return {}
    try:
        given = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise ConfigError(f"expected a request of at most {LARGEST} bytes") from None
    except (ValueError, RecursionError, ConnectionError, HttpProcessingError):
        # No JSON, or its sender is gone, and then nobody reads the sentence.
        given = None
    if not isinstance(given, dict) or not _is_flat(given):
        raise ConfigError(f"expected a JSON object of at most {MOST_LEVELS} levels")
    return given


def _is_flat(given: dict[str, object]) -> bool:
    """Return whether data has few levels: handlers may walk through it by recursion."""
    level: list[object] = [given]
    for _ in range(MOST_LEVELS + 1):
        values = [each.values() for each in level if isinstance(each, dict)]
        lists = [each for each in level if isinstance(each, list)]
        level = [*chain.from_iterable([*values, *lists])]
        if not level:
            return True
    return False


async def _listen(runner: web.AppRunner, path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _bind(listener, path)
        await web.SockSite(runner, listener).start()
    except OSError as error:
        listener.close()
        text = f"The control socket {path} can't be made: {error.strerror}."
        raise StateError(text) from error


def _bind(listener: socket.socket, path: Path) -> None:
    """Make the socket file, with our own rights alone from its first moment."""
    with _reachable(path) as short:
        _remove(path)
        before = os.umask(0o177)
        try:
            listener.bind(short)
        finally:
            os.umask(before)


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


async def said(app: App, name: str, given: Mapping[str, object]) -> AsyncGenerator[Line, None]:
    """
    Run a handler; what goes wrong is its last line.

    Args:
        app: The daemon.
        name: The handler.
        given: Its arguments.

    """
    try:
        async with aclosing(HANDLERS[name](app, given)) as lines:
            async for line in lines:
                yield line
    except GazelledError as error:
        kind = next((name for name, known in _ERRORS.items() if isinstance(error, known)), "")
        text = app.redactor.scrub(str(error))
        yield {"error": kind, "text": text, **_holder(error)}
    except Exception:
        log.exception("control.crashed", handler=name)
        yield {"error": "", "text": f"{name} failed for a reason of ours; see the log."}


async def ask(path: Path, name: str, given: Mapping[str, object]) -> AsyncGenerator[Line, None]:
    """
    Ask the owner at a socket, line by line.

    Args:
        path: The socket.
        name: The handler.
        given: Its arguments.

    Raises:
        NobodyThereError: If nobody listens there.
        Unavailable: If the owner ended before it had said all.
        GazelledError: What the handler raised.

    """
    heard = False
    try:
        with _reachable(path) as short:
            connector = aiohttp.UnixConnector(short)
            timeout = aiohttp.ClientTimeout(total=None)
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
                http.post(f"http://gazelled/{name}", json=given) as response,
            ):
                heard = True
                async for text in _lines(response.content):
                    line = json.loads(text)
                    if "error" in line:
                        raise _raised(line)
                    yield line
    except (aiohttp.ClientError, OSError) as error:
        if heard:
            raise TrackerUnavailable("gazelled ended before it had answered.") from None
        raise NobodyThereError(f"No gazelled listens at {path}.") from error


def _holder(error: GazelledError) -> Line:
    """Tell who has the account, so that a command can ask it."""
    if not isinstance(error, AccountTaken):
        return {}
    holder = error.holder
    return {
        "holder": {
            "pid": holder.peer.pid,
            "uid": holder.peer.uid,
            "is_gazelled": holder.is_gazelled,
            "is_same": holder.is_same,
            "socket": str(holder.socket or ""),
        }
    }


def _raised(line: Mapping[str, Any]) -> GazelledError:
    """Make the exception that a line tells of."""
    if (told := line.get("holder")) is None:
        return _ERRORS.get(line["error"], GazelledError)(line["text"])
    socket_of_it = Path(told["socket"]) if told["socket"] else None
    peer = Peer(told["pid"], told["uid"])
    holder = Holder(peer, told["is_gazelled"], told["is_same"], socket_of_it)
    return AccountTaken(line["text"], holder)


def is_at(path: Path, peer: Peer) -> bool:
    """Return whether a socket can be opened, and it is this process that listens there."""
    try:
        with (
            _reachable(path) as short,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking,
        ):
            asking.settimeout(_PATIENCE)
            asking.connect(short)
            return peer_of(asking) == peer
    except OSError:
        return False


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Split a stream into lines of any length."""
    rest = b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
    if rest:
        yield rest


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Yield a path short enough for a socket's address, whatever the folder is called."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
