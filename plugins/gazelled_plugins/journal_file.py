"""The file of a journal: each line once, whatever is killed, rotated or written by others."""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from gazelled.plugin import sync_folder

TAIL = 8 << 20
"""How many bytes at the end of a file are searched at a start for what was written already."""

MOST_KEYS = 20_000
"""How many of the last keys are held in memory."""

_HEAD = 4096
_BEGUN = re.compile(rb'"(?:recorded|at)": ?"([^"]+)"')


class Rotation(NamedTuple):
    """
    When a new file is begun, and how many older ones are kept.

    Attributes:
        size: The most bytes of a file.
        age: The most seconds since its first line; None for no limit.
        keep: The most older files; None for all.

    """

    size: int
    age: float | None
    keep: int | None


class JournalFile:
    """
    A file whose lines are JSON objects with a `key`.

    Several threads and processes may append, another program may move the file away or empty it.
    Its last keys are in memory, and only what others have written since is read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread_lock = threading.Lock()
        self._keys: dict[object, None] = {}
        self._identity: tuple[int, int] | None = None
        self._end = 0
        self._begun: datetime | None = None
        self._can_rotate = True
        self._problem = ""

    def append(self, key: str, line: bytes, rotation: Rotation, now: datetime) -> bool:
        """
        Append a line, unless there is one with its key; return whether it was new.

        It is on the disk then. If it can't be written whole, nothing of it is left in the file.

        Args:
            key: The key of the line.
            line: The line without its end.
            rotation: When a new file is begun.
            now: The present, aware.

        Raises:
            OSError: If it can't be written.

        """
        with self._thread_lock:
            while True:
                with self._locked() as file:
                    self._catch_up(file)
                    if key in self._keys:
                        return False
                    if not (self._is_due(len(line), rotation, now) and self._rotate(rotation)):
                        self._write(file, line + b"\n")
                        self._add_keys([key])
                        self._begun = self._begun or now
                        return True

    def rotation_problem(self) -> str:
        """Return why the file could not be rotated, once; empty if nothing is wrong."""
        problem, self._problem = self._problem, ""
        return problem

    @contextmanager
    def _locked(self) -> Iterator[FileIO]:
        """Open the file and lock it, for this process alone."""
        while True:
            with self._path.open("a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if self._is_in_place(file):
                    yield file
                    return

    def _is_in_place(self, file: FileIO) -> bool:
        """Return whether the file wasn't moved away while its lock was waited for."""
        try:
            in_place = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(in_place, os.fstat(file.fileno()))

    def _catch_up(self, file: FileIO) -> None:
        """Read what others have written since, and repair a last line without its end."""
        status = os.fstat(file.fileno())
        identity, size = (status.st_dev, status.st_ino), status.st_size
        if self._identity is None and size < TAIL:
            self._read_previous()
        if identity != self._identity or size < self._end:
            self._identity, self._end = identity, 0
            self._begun = _begun(os.pread(file.fileno(), _HEAD, 0))
        start = max(self._end, size - TAIL)
        data = os.pread(file.fileno(), size - start, start)
        *whole, torn = data.split(b"\n")
        self._add_keys(map(_key, whole))
        if torn:
            is_whole = _key(torn) is not None
            self._add_keys([_key(torn)])
            # A line that begins before what was read can't be a torn one of this plugin.
            if is_whole or (not whole and start > self._end):
                file.write(b"\n")
                size += 1
            else:
                size -= len(torn)
                file.truncate(size)
        self._end = size

    def _read_previous(self) -> None:
        """Read the last keys of the file before this one, whoever moved it away."""
        others = [
            path
            for path in self._path.parent.glob(f"{_escaped(self._path.stem)}*")
            if path != self._path and path.is_file()
        ]
        if others:
            with max(others, key=lambda path: path.stat().st_mtime).open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
                self._add_keys(map(_key, file.read(TAIL).split(b"\n")))

    def _add_keys(self, keys: Iterator[object] | list[object]) -> None:
        for key in keys:
            if key is not None:
                self._keys.pop(key, None)
                self._keys[key] = None
        while len(self._keys) > MOST_KEYS:
            del self._keys[next(iter(self._keys))]

    def _write(self, file: FileIO, line: bytes) -> None:
        is_first = self._end == 0
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(self._end)
            raise
        self._end += len(line)
        if is_first:
            with suppress(PermissionError):  # of a folder that can't be read
                sync_folder(self._path.parent)

    def _is_due(self, length: int, rotation: Rotation, now: datetime) -> bool:
        """Return whether the next line begins a new file; never in an empty one."""
        if self._end == 0 or not self._can_rotate:
            return False
        is_old = (
            rotation.age is not None
            and self._begun is not None
            and now - self._begun >= timedelta(seconds=rotation.age)
        )
        return is_old or self._end + length >= rotation.size

    def _rotate(self, rotation: Rotation) -> bool:
        """Move the file away; where that is impossible it grows on."""
        try:
            numbered = older_files(self._path)
            number = max(numbered, default=0) + 1
            self._path.rename(self._path.with_stem(f"{self._path.stem}-{number:06d}"))
            numbers = sorted({*numbered, number})
            for old in numbers[: -rotation.keep] if rotation.keep else ():
                numbered[old].unlink(missing_ok=True)
        except OSError as error:
            self._can_rotate = False
            self._problem = f"{self._path} can't be rotated: {error.strerror}."
            return not self._path.exists()
        return True


def older_files(path: Path) -> dict[int, Path]:
    """Return the files that a journal was before, by their numbers."""
    name = re.compile(rf"{re.escape(path.stem)}-(\d{{6,}}){re.escape(path.suffix)}", re.ASCII)
    matches = {other: name.fullmatch(other.name) for other in path.parent.iterdir()}
    return {int(match[1]): other for other, match in matches.items() if match}


def _key(line: bytes) -> object:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    key = entry.get("key") if isinstance(entry, dict) else None
    return key if isinstance(key, str) else None


def _begun(head: bytes) -> datetime | None:
    """Return when the first line was written, by its own words."""
    match = _BEGUN.search(head)
    try:
        moment = datetime.fromisoformat(match[1].decode()) if match else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _escaped(name: str) -> str:
    """Return a pattern for `glob` that fits this name only."""
    return re.sub(r"([*?[])", r"[\1]", name)
