"""One run of a program: its input, its output, its time limit, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

GRACE = 5.0
"""Seconds from SIGTERM to SIGKILL."""

FLUSH = 1.0
"""Seconds for output that is still on its way when the program has ended."""

MOST_OUTPUT = 16 << 20
"""The bytes of output that are read: a program that writes more has to wait, up to its limit."""

_TAIL = 4096
_POLL = 0.05


class Ended(NamedTuple):
    """
    How a program ended.

    Attributes:
        code: Its exit code; negative for the signal that ended it, None at the time limit.
        last_line: The last line of its output that isn't empty.

    """

    code: int | None
    last_line: str


async def run(
    command: Sequence[str],
    *,
    content: bytes,
    environment: Mapping[str, str],
    folder: Path,
    limit: float,
    grace: float = GRACE,
) -> Ended:
    """
    Run a program to its end, with a process group of its own that ends with it.

    Args:
        command: The program and its arguments.
        content: Its standard input.
        environment: All of its environment.
        folder: Its working directory.
        limit: The seconds that it may take; then its group gets SIGTERM.
        grace: The seconds from SIGTERM to SIGKILL.

    Raises:
        OSError: If it can't be started.

    """
    reading, writing = os.pipe()
    transport, tail = await asyncio.get_running_loop().connect_read_pipe(
        _Tail, os.fdopen(reading, "rb", buffering=0)
    )
    try:
        try:
            # A file, so that a program that reads none of it needs no special treatment.
            with tempfile.TemporaryFile() as file:
                file.write(content)
                file.seek(0)
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=file,
                    stdout=writing,
                    stderr=asyncio.subprocess.STDOUT,
                    env=environment,
                    cwd=folder,
                    start_new_session=True,
                )
        finally:
            os.close(writing)
        code = await _end_of(process, limit, grace)
        with suppress(TimeoutError):  # a daemon that it has started may hold the pipe
            async with asyncio.timeout(FLUSH):
                await tail.closed.wait()
    finally:
        transport.close()
    return Ended(code, tail.last_line())


async def _end_of(process: asyncio.subprocess.Process, limit: float, grace: float) -> int | None:
    """Return the exit code; None if the limit ended it. Nothing is left of its group."""
    try:
        async with asyncio.timeout(limit):
            return await process.wait()
    except TimeoutError:
        return process.returncode  # None, unless it has ended just now
    except asyncio.CancelledError:
        _send(process.pid, signal.SIGKILL)  # the daemon stops, and doesn't wait
        raise
    finally:
        await _end_group(process.pid, grace)
        with suppress(TimeoutError):  # of another user, or in a system call that doesn't end
            async with asyncio.timeout(grace):
                await process.wait()


async def _end_group(group: int, grace: float) -> None:
    """Send SIGTERM to what is left of a group, and SIGKILL to what doesn't end by that."""
    waited = 0.0
    is_left = _send(group, signal.SIGTERM)
    while is_left and waited < grace:
        await asyncio.sleep(_POLL)
        waited += _POLL
        is_left = _send(group, 0)
    if is_left:
        _send(group, signal.SIGKILL)


def _send(group: int, sign: int) -> bool:
    """Return whether there is such a group, and it may be sent signals."""
    try:
        os.killpg(group, sign)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class _Tail(asyncio.Protocol):
    """Reads all output and keeps its end."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self._kept = b""
        self._read = 0
        self._transport: asyncio.ReadTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.ReadTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._kept = (self._kept + data)[-_TAIL:]
        self._read += len(data)
        if self._read > MOST_OUTPUT and self._transport is not None:
            self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.closed.set()

    def last_line(self) -> str:
        """Return the last line that isn't empty."""
        lines = self._kept.decode("utf-8", "replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
