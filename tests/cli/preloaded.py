"""
Processes of the program that begin with all modules loaded: a server forks them.

To start Python and to load the program takes a second of a processor, and tests start it hundreds
of times. What is forked is a process as any other: it has its own id, signals, files and end.
"""

from __future__ import annotations

import contextlib
import encodings
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gazelled
import gazelled_plugins
from gazelled.cli import main

_LARGEST = 2**18
_FILES = 4
"""Standard input, output and errors, and where the exit code is written to."""


class Process:
    """
    A process of the program, with what tests use of `subprocess.Popen`.

    Attributes:
        pid: Its id.
        returncode: How it ended; None while it runs.

    """

    def __init__(self, pid: int, end: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._end = end

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """
        Wait for its end.

        Raises:
            subprocess.TimeoutExpired: If it still runs then.

        """
        if self.returncode is None:
            if not select.select([self._end], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("gazelled", timeout or 0.0)
            self.returncode = int(self._end.recv(64))
            self._end.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            # The server takes note of an end before it reports it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Preloaded:
    """The server, which starts with the first process."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def start(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        stdout: int,
        stderr: int,
        umask: int = -1,
        uid: int | None = None,
        before: str = "",
    ) -> Process:
        """
        Start the program.

        Args:
            arguments: Its arguments.
            environ: Its environment.
            stdout: The file that it writes its output to.
            stderr: The file that it writes its errors to.
            umask: Its umask; that of the tests if it is negative.
            uid: The user it runs as, and the group; that of the tests when None.
            before: Python that runs in it before the program does.

        """
        # Its id and its exit code stay apart, however soon it ends.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = {
            "arguments": list(arguments),
            "environ": dict(environ),
            "umask": umask,
            "uid": uid,
            "before": before,
        }
        with theirs, Path(os.devnull).open("rb") as nothing:
            files = [nothing.fileno(), stdout, stderr, theirs.fileno()]
            socket.send_fds(self._connected(), [json.dumps(request).encode()], files)
            pid = int(ours.recv(64))
        return Process(pid, ours)

    def end(self) -> None:
        """End the server."""
        if self._server is not None and self._socket is not None:
            self._socket.close()
            self._server.wait(10)

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._server = subprocess.Popen(  # noqa: S603 - this file
                    [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
                )
        return self._socket


def _load() -> None:
    """Load all that the program could, since another user may not read it."""
    for name in ("_strptime", "apscheduler.executors.asyncio", "apscheduler.jobstores.memory"):
        importlib.import_module(name)
    for package in (encodings, gazelled, gazelled_plugins):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not each.name.endswith(("__main__", "mbcs", "oem")):
                importlib.import_module(each.name)


class _Server:
    """Forks a process for each request, and tells how each ended."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._wake, self._woken = socket.socketpair()
        self._ends: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Serve until nobody asks any more."""
        self._wake.setblocking(False)  # noqa: FBT003 - as it is called
        self._woken.setblocking(False)  # noqa: FBT003 - likewise
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken.fileno())
        while True:
            ready, _, _ = select.select([self._requests, self._wake], [], [])
            if self._wake in ready:
                self._wake.recv(4096)
                self._reap()
            if self._requests in ready:
                data, files, _, _ = socket.recv_fds(self._requests, _LARGEST, _FILES)
                if not data:
                    return
                self._fork(json.loads(data), files)

    def _reap(self) -> None:
        for pid in [*self._ends]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with self._ends.pop(pid) as end, contextlib.suppress(OSError):
                    end.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _fork(self, request: Mapping[str, Any], files: list[int]) -> None:
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (self._requests, self._wake, self._woken, *self._ends.values()):
                each.close()
            _become(request, files)
        end = self._ends[pid] = socket.socket(fileno=files.pop())
        end.send(str(pid).encode())
        for file in files:
            os.close(file)


def _become(request: Mapping[str, Any], files: Sequence[int]) -> None:
    """Become the program; it ends as any process does."""
    for number, file in enumerate(files[:-1]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environ"])
    if request["umask"] >= 0:
        os.umask(request["umask"])
    if (uid := request["uid"]) is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    sys.argv = ["gazelled", *request["arguments"]]
    exec(request["before"], {})  # noqa: S102 - the tests' own
    main()
    sys.exit(0)


if __name__ == "__main__":
    _load()
    gc.freeze()  # or each process would look through all of it, and copy the pages, when it ends
    _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
