"""
The journal's native protocol: one datagram a line of the log, with its fields.

See https://systemd.io/JOURNAL_NATIVE_PROTOCOL.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

SOCKET = Path("/run/systemd/journal/socket")
IDENTIFIER = "gazelled"

_PATIENCE = 1.0
_TOO_LARGE = frozenset((errno.EMSGSIZE, errno.ENOBUFS))
_NOT_IN_NAMES = re.compile(r"[^A-Z0-9_]")
_LONGEST_NAME = 64


class Journal:
    """A connection to the journal; raise OSError if there is none."""

    def __init__(self, path: Path = SOCKET) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(_PATIENCE)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def send(self, message: str, priority: int, fields: Mapping[str, str]) -> None:
        """
        Write an entry.

        Args:
            message: Its text, which may have several lines.
            priority: How grave it is, as syslog counts: 3 is an error, 6 for information.
            fields: What it is about, by names that get the prefix `GAZELLED_`.

        Raises:
            OSError: If the journal doesn't take it.

        """
        data = b"".join(
            [
                _field("MESSAGE", message),
                _field("PRIORITY", str(priority)),
                _field("SYSLOG_IDENTIFIER", IDENTIFIER),
                *_own_fields(fields),
            ]
        )
        try:
            self._socket.send(data)
        except OSError as error:
            if error.errno not in _TOO_LARGE:
                raise
            self._send_large(data)

    def close(self) -> None:
        self._socket.close()

    def _send_large(self, data: bytes) -> None:
        """Send what no datagram holds as a file in memory, which can't be changed any more."""
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        file = os.memfd_create("gazelled-journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
            socket.send_fds(self._socket, [b""], [file])
        finally:
            os.close(file)


def _own_fields(fields: Mapping[str, str]) -> Iterator[bytes]:
    for key, value in fields.items():
        name = _NOT_IN_NAMES.sub("_", f"GAZELLED_{key}".upper())[:_LONGEST_NAME]
        yield _field(name, value)


def _field(name: str, value: str) -> bytes:
    """Return a field: on a line, or with its length where it has several."""
    data = value.encode(errors="backslashreplace")
    if b"\n" not in data:
        return b"%s=%s\n" % (name.encode(), data)
    return b"%s\n%s%s\n" % (name.encode(), len(data).to_bytes(8, "little"), data)
