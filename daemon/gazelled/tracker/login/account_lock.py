"""
Locks that every process of the machine sees: names in Linux's abstract socket namespace.

Such a name belongs to no folder and no user, two processes can't have it at once, and it is free
the moment its process ends, however that ends. Whoever holds one listens there and says who it is
to those who find it taken. The kernel shows both sides the other's process and user.

The namespace is the network's: containers with a network of their own have names of their own.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import hmac
import json
import os
import pwd
import secrets
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gazelled.errors import StateError

ANSWER_WITHIN = 2.0
_MOST_ASKERS = 16
_MOST_BYTES = 4096
_TRIES = 5
_PAUSE = 0.05
_PEER = struct.Struct("3i")
_ROOT = 0
Wanted = Callable[[], Awaitable[None]]
HAVE_LOCKS = sys.platform == "linux"
"""Whether this system has them; elsewhere nothing keeps two state folders apart."""


def lock_name(*parts: str) -> str:
    """Return a name that reveals nothing of its parts to whoever lists the machine's names."""
    digest = hashlib.sha256("\0".join(("gazelled", *parts)).encode()).hexdigest()
    return f"gazelled/{digest[:32]}"


@dataclass(frozen=True, slots=True)
class Peer:
    """A process as the kernel knows it; process 0 is one that it can't name here."""

    pid: int
    uid: int

    @property
    def is_known(self) -> bool:
        """Whether the kernel told anything about it."""
        return self.pid > 0 or self.uid >= 0

    @property
    def user(self) -> str:
        """The name of its user, or the number if there is none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    @property
    def is_trusted(self) -> bool:
        """Whether it may do what it likes with this process anyway."""
        return self.uid in (_ROOT, os.getuid())

    def __str__(self) -> str:
        process = f"process {self.pid}" if self.pid > 0 else "a process that can't be seen here"
        return f"{process} of user {self.user}" if self.uid >= 0 else process


@dataclass(frozen=True, slots=True)
class Holder:
    """
    Who has a name that was wanted.

    Attributes:
        is_gazelled: Whether it answered as gazelled does, or is one of root's or of the same user.
        is_same: Whether it proved that it knows the same credentials.
        socket: Its control socket, if it is to be trusted and has one.

    """

    peer: Peer
    is_gazelled: bool
    is_same: bool = False
    socket: Path | None = None


class HeldLock:
    """
    A name that this process holds until it is released.

    `key` proves to others that both know the same credentials; `control` is where the control
    socket is, if there is one; `wanted` is awaited when somebody else wants the name.
    """

    def __init__(
        self, listener: socket.socket, key: bytes, control: Path | None, wanted: Wanted
    ) -> None:
        self._listener = listener
        self.key = key
        self._control = control
        self._wanted = wanted
        self._loop = asyncio.get_running_loop()
        self._askers: dict[socket.socket, asyncio.Task[None]] = {}
        # asyncio's server would leave open what it has accepted when the loop ends just then.
        self._loop.add_reader(listener, self._accept)

    @property
    def _released(self) -> bool:
        return self._listener.fileno() < 0

    def release(self) -> None:
        if self._released:
            return
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for asker, answer in self._askers.items():
            answer.cancel()
            self._loop.remove_reader(asker)
            self._loop.remove_writer(asker)
            asker.close()

    def _accept(self) -> None:
        with suppress(OSError):  # who asked has left again, or there are too many open files
            asker, _ = self._listener.accept()
            asker.setblocking(False)  # noqa: FBT003 - the library's own signature
            if len(self._askers) == _MOST_ASKERS:
                asker.close()
            else:
                self._askers[asker] = self._loop.create_task(self._answer(asker))

    async def _answer(self, asker: socket.socket) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                nonce = (await _read_line(asker)).strip()
                if not nonce:
                    return  # whoever looked wants no name
                about = json.dumps(self._about(nonce, peer_of(asker)))
                await self._loop.sock_sendall(asker, about.encode() + b"\n")
                await self._wanted()
        except (OSError, TimeoutError, StateError):
            pass  # the asker's trouble, or a full disk's
        finally:
            del self._askers[asker]
            asker.close()

    def _about(self, nonce: bytes, asker: Peer) -> Mapping[str, object]:
        about: dict[str, object] = {"gazelled": 1, "pid": os.getpid(), "uid": os.getuid()}
        if asker.is_trusted:  # nobody else can open the socket, or shall guess at a password
            about["proof"] = prove(self.key, nonce)
            about["socket"] = str(self._control) if self._control else ""
        return about


async def _nobody_minds() -> None:
    pass


async def take(
    name: str, key: bytes, control: Path | None, wanted: Wanted = _nobody_minds
) -> HeldLock | Holder:
    """Take a name, or find out who has it; raise StateError if there can be no such lock."""
    for _ in range(_TRIES):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            listener.bind(f"\0{name}")
            listener.listen(_MOST_ASKERS)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise StateError(
                    f"The lock of the account can't be taken: {error.strerror}. gazelled needs "
                    "Unix sockets; a sandbox must allow AF_UNIX."
                ) from error
        else:
            return HeldLock(listener, key, control, wanted)
        if (holder := await holder_of(name, key)) is not None:
            return holder
        await asyncio.sleep(_PAUSE)  # it is about to listen, or has just ended
    return Holder(Peer(0, -1), is_gazelled=False)


def prove(key: bytes, nonce: bytes) -> str:
    """Return what only those who know the key can make of an unforeseeable number."""
    return hmac.new(key, nonce, "sha256").hexdigest()


def peer_of(connected: socket.socket) -> Peer:
    """Return the process at the other end of a Unix socket, as the kernel knows it."""
    pid, uid, _ = _PEER.unpack(
        connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    )
    return Peer(pid, uid)


def is_held(name: str) -> bool:
    """Return whether somebody listens at a name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as asking:
        try:
            asking.connect(f"\0{name}")
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True


def holders() -> list[Peer]:
    """Return the processes of this machine that hold such names, whoever's they are."""
    peers: dict[int, Peer] = {}
    with suppress(OSError):
        for line in Path("/proc/net/unix").read_text("utf-8", "replace").splitlines():
            name = line.rpartition(" ")[2]
            if name.startswith("@gazelled/") and (peer := _listener(name[1:])):
                peers[peer.pid] = peer
    return [*peers.values()]


def _listener(name: str) -> Peer | None:
    """Return who listens at a name; nothing is asked, so nobody is bothered."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as looking:
        try:
            looking.connect(f"\0{name}")
            return peer_of(looking)
        except OSError:
            return None


async def holder_of(name: str, key: bytes) -> Holder | None:
    """Ask who has a name; None if nobody listens there."""
    nonce = secrets.token_hex(16).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as asking:
        try:
            asking.connect(f"\0{name}")
        except BlockingIOError:  # it listens, and takes no more connections
            return Holder(Peer(0, -1), is_gazelled=False)
        except OSError:
            return None
        peer = peer_of(asking)
        about = await _ask_about(asking, nonce)
    # What it says of itself counts only if the kernel says the same.
    ids = (about.get("pid"), about.get("uid"))
    is_gazelled = about.get("gazelled") == 1 and ids == (peer.pid, peer.uid)
    proof = str(about.get("proof", "")).encode(errors="backslashreplace")
    is_same = is_gazelled and hmac.compare_digest(proof, prove(key, nonce).encode())
    control = about.get("socket")
    trusted = is_gazelled and (peer.is_trusted or is_same)
    return Holder(
        peer,
        is_gazelled or peer.is_trusted,
        is_same,
        Path(control) if trusted and isinstance(control, str) and control else None,
    )


async def _ask_about(asking: socket.socket, nonce: bytes) -> Mapping[str, object]:
    """Return what the holder of a name says about itself; empty if nothing of use in time."""
    with suppress(OSError, TimeoutError, ValueError, RecursionError):
        async with asyncio.timeout(ANSWER_WITHIN):
            await asyncio.get_running_loop().sock_sendall(asking, nonce + b"\n")
            line = await _read_line(asking)
        about = json.loads(line)
        return about if isinstance(about, dict) else {}
    return {}


async def _read_line(connected: socket.socket) -> bytes:
    """Return the line that comes, or what there is of it at its end or at the most bytes."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _MOST_BYTES:
        part = await asyncio.get_running_loop().sock_recv(connected, _MOST_BYTES)
        if not part:
            break
        line += part
    return line
