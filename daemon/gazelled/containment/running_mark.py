"""
The running mark: a file of the state folder that says whose code runs, also after a crash.

It is mapped into memory, so that a mark costs no system call, and what was written last is there
however the process ended. Other processes read in it which plugin holds the event loop.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

FILE = "running"

_SLOT = 128
_STATE, _LOOP, _HOLDER, _SINCE, _FIRST_THREAD = range(5)
_THREADS = 32
_SIZE = _SLOT * (_FIRST_THREAD + _THREADS)
_CLEAN = b"ended"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class RunningCode:
    """A plugin whose code runs, and what it was called for, such as `deliver to phone`."""

    plugin: str
    what: str

    def __str__(self) -> str:
        return f"{self.plugin}: {self.what}" if self.what else self.plugin


@dataclass(frozen=True, slots=True)
class Crash:
    """An earlier process that did not end in good order: whose code ran then, and for what."""

    calls: tuple[RunningCode, ...]


@dataclass(frozen=True, slots=True)
class LoopHolder:
    """A plugin that holds the event loop of the daemon, and since when."""

    plugin: str
    since: str = ""


class RunningMark:
    """Writes into a file whose code runs; before `open` it writes nothing."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._map: mmap.mmap | None = None
        self._in_loop = b""
        self._free = [*range(_FIRST_THREAD, _FIRST_THREAD + _THREADS)]

    def open(self, folder: Path) -> Crash | None:
        """
        Begin to mark in a state folder, and return how an earlier process crashed.

        Another process that marks there, and a folder that can't be written, leave all as it is:
        whoever uses the state then says so.
        """
        if self._map is not None:
            return None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            file = os.fdopen(descriptor, "r+b")
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before = file.read(_SIZE)
            # Written, not extended: on a full disk a hole would end the process when it is filled.
            os.pwrite(file.fileno(), before.ljust(_SIZE, b"\0")[:_SIZE], 0)
            self._map = mmap.mmap(file.fileno(), _SIZE)
        except (OSError, ValueError):  # not all of it could be written
            file.close()
            return None
        self._file = file
        boot = _boot()
        crash = _crash(before, boot)
        for slot in range(_FIRST_THREAD + _THREADS):
            self._write(slot, b"")
        self._write(_STATE, boot)
        return crash

    def close(self) -> None:
        """Mark that the process ends in good order."""
        self._write(_STATE, _CLEAN)
        if self._map is not None and self._file is not None:
            self._map.close()
            self._file.close()
            self._map = self._file = None

    @contextmanager
    def running(self, plugin: str, what: str) -> Iterator[None]:
        """Mark that a plugin's code runs, and for what; of very many threads not all are."""
        if threading.current_thread() is not threading.main_thread():
            with self._running_in_thread(plugin, what):
                yield
            return
        before, self._in_loop = self._in_loop, _text(plugin, what)
        self._write(_LOOP, self._in_loop)
        try:
            yield
        finally:
            self._in_loop = before
            self._write(_LOOP, before)

    @contextmanager
    def _running_in_thread(self, plugin: str, what: str) -> Iterator[None]:
        slot = 0
        with suppress(IndexError):
            slot = self._free.pop()
        if not slot:
            yield
            return
        self._write(slot, _text(plugin, what))
        try:
            yield
        finally:
            self._write(slot, b"")
            self._free.append(slot)

    def hold(self, plugin: str, since: datetime | None = None) -> None:
        """Mark that a plugin holds the event loop since then; nobody does with an empty name."""
        self._write(_SINCE, since.isoformat(timespec="seconds").encode() if since else b"")
        self._write(_HOLDER, plugin.encode())

    def _write(self, slot: int, text: bytes) -> None:
        if self._map is not None:
            with suppress(ValueError):  # closed by another thread meanwhile
                self._map[slot * _SLOT : (slot + 1) * _SLOT] = text[:_SLOT].ljust(_SLOT, b"\0")


MARK = RunningMark()
"""The mark of this process."""


def read_holder(folder: Path) -> LoopHolder | None:
    """Return which plugin holds the event loop of the daemon, as its watcher saw; None if none."""
    content = _content(folder)
    name = _slot(content, _HOLDER)
    return LoopHolder(name, _slot(content, _SINCE)) if name else None


def read_running(folder: Path) -> str:
    """Return which plugin's code runs in the event loop now; empty when none does."""
    return _code(_slot(_content(folder), _LOOP)).plugin


def _content(folder: Path) -> bytes:
    try:
        with (folder / FILE).open("rb") as file:
            return file.read(_SIZE)
    except OSError:
        return b""


def _crash(content: bytes, boot: bytes) -> Crash | None:
    """Return how an earlier process ended, by its file; a restart of the machine is no crash."""
    state = content[:_SLOT].rstrip(b"\0")
    if state in {b"", _CLEAN} or (boot != state and b"?" not in {boot, state}):
        return None
    if in_loop := _slot(content, _LOOP):
        return Crash((_code(in_loop),))
    threads = range(_FIRST_THREAD, _FIRST_THREAD + _THREADS)
    texts = {text for slot in threads if (text := _slot(content, slot))}
    return Crash(tuple(_code(text) for text in sorted(texts)))


def _text(plugin: str, what: str) -> bytes:
    return f"{plugin} {what}".encode()


def _code(text: str) -> RunningCode:
    plugin, _, what = text.partition(" ")
    return RunningCode(plugin, what)


def _slot(content: bytes, slot: int) -> str:
    return content[slot * _SLOT : (slot + 1) * _SLOT].rstrip(b"\0").decode(errors="replace")


def _boot() -> bytes:
    try:
        return _BOOT.read_bytes().strip()
    except OSError:
        return b"?"
