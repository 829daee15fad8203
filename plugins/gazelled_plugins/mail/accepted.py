"""Which recipients have a message that others still lack, so that none gets it twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

from gazelled.plugin import write_whole

KEPT = 40 * 86_400.0
"""Seconds for which a record is kept; no delivery lasts longer."""

_SUFFIX = ".accepted"


class Accepted:
    """
    The recipients of one delivery whose server has accepted the message.

    Args:
        folder: The folder of the target.
        name: Identifies the delivery.

    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}{_SUFFIX}"

    def load(self) -> set[str]:
        """Return their addresses; none if nothing readable is recorded."""
        try:
            return set(map(str, json.loads(self._path.read_bytes())))
        except (FileNotFoundError, ValueError, TypeError):
            return set()

    def record(self, addresses: Iterable[str]) -> None:
        """Write their addresses to the disk."""
        write_whole(self._path, json.dumps(sorted(addresses)).encode())

    def clear(self) -> None:
        """Delete the record: every recipient has the message."""
        self._path.unlink(missing_ok=True)


def prune(folder: Path) -> None:
    """Delete the records of deliveries that were given up long ago."""
    for path in folder.glob(f"*{_SUFFIX}"):
        if path.stat().st_mtime < time.time() - KEPT:
            path.unlink(missing_ok=True)
