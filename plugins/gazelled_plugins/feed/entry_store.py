"""The file that keeps the entries of a feed: a line is appended for each."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from gazelled.plugin import Context, write_whole
from gazelled_plugins.feed.entries import Entry

_ENTRIES = TypeAdapter(list[Entry])


class EntryStore:
    """
    The latest entries of a target: in memory, and in a file, the oldest first.

    Each line is a list of one entry, in JSON. A line is on the disk before it
    counts; the half line of a write that was cut off doesn't, and its delivery comes again.

    Args:
        context: The context of the target.
        keep: How many entries are kept.

    """

    def __init__(self, context: Context, keep: int) -> None:
        self._file = context.folder / "entries.json"
        self._context = context
        self._keep = keep
        self._lock = threading.Lock()
        self._entries: tuple[Entry, ...] = ()
        self._keys: set[str] = set()
        self._lines = 0
        self._seen: os.stat_result | None = None
        self._untidy = False
        self._damaged: bytes | None = None

    def read(self) -> tuple[Entry, ...]:
        """Return the entries, the newest first; raise OSError if they can't be read."""
        with self._lock:
            self._load()
            with suppress(OSError):  # on a full disk it can be read nevertheless
                self._tidy()
            return self._entries

    def add(self, entry: Entry) -> tuple[Entry, ...]:
        """Add an entry unless its key is there, and return all; raise OSError if it can't."""
        with self._lock:
            self._load()
            self._tidy()  # nothing is appended to half a line
            if entry.key in self._keys:
                return self._entries
            if self._seen is None:
                write_whole(self._file, _line(entry))
                self._seen = _stat(self._file)
            else:
                self._append(_line(entry))
            self._set((entry, *self._entries)[: self._keep])
            self._lines += 1
            if self._lines >= 2 * self._keep + 100:
                with suppress(OSError):  # the entry is there, and the next one tries it again
                    self._rewrite()
            return self._entries

    def modified(self) -> datetime | None:
        """Return when an entry was added last, if one was."""
        with self._lock:
            seen = self._seen
        return datetime.fromtimestamp(seen.st_mtime, UTC) if seen else None

    def _load(self) -> None:
        """Read the file, unless it is as this object has left it."""
        stat = _stat(self._file)
        if _same(stat, self._seen):
            return
        content = b"" if stat is None else self._file.read_bytes()
        entries, whole = ([], True) if stat is None else _parsed(content)
        latest = {entry.key: entry for entry in reversed(entries)}
        self._set(tuple(latest.values())[: self._keep])
        self._lines = len(self._entries)
        self._damaged = None if whole else content
        self._untidy = stat is not None and content != self._content()
        self._seen = stat

    def _tidy(self) -> None:
        """Write the file as it should be, and put what can't be read aside."""
        if self._damaged is not None:
            damaged = self._file.with_suffix(".damaged")
            write_whole(damaged, self._damaged)
            self._context.log.warning("feed.reset", damaged=str(damaged))
            self._damaged = None
        if self._untidy:
            self._rewrite()

    def _set(self, entries: tuple[Entry, ...]) -> None:
        self._entries = entries
        self._keys = {entry.key for entry in entries}

    def _content(self) -> bytes:
        return b"".join(_line(entry) for entry in reversed(self._entries))

    def _rewrite(self) -> None:
        if self._entries:
            write_whole(self._file, self._content())
        else:
            self._file.unlink(missing_ok=True)
        self._lines = len(self._entries)
        self._untidy = False
        self._seen = _stat(self._file)

    def _append(self, line: bytes) -> None:
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            size = os.fstat(handle).st_size
            try:
                written = 0
                while written < len(line):
                    written += os.write(handle, line[written:])
                os.fsync(handle)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(handle, size)
                raise
            self._seen = os.fstat(handle)
        finally:
            os.close(handle)


def _line(entry: Entry) -> bytes:
    return _ENTRIES.dump_json([entry], exclude_defaults=True) + b"\n"


def _parsed(content: bytes) -> tuple[list[Entry], bool]:
    """Return the entries of a file, the oldest first, and whether all of it could be read."""
    with suppress(ValidationError):  # an older gazelled wrote one list, the newest first
        return [*reversed(_ENTRIES.validate_json(content))], True
    *lines, _ = content.split(b"\n")
    entries: list[Entry] = []
    whole = len(lines) > 0
    for line in lines:
        try:
            entries += _ENTRIES.validate_json(line)
        except ValidationError:
            whole = False
    return entries, whole


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _same(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.st_ino, one.st_size, one.st_mtime_ns) == (
        other.st_ino,
        other.st_size,
        other.st_mtime_ns,
    )
