"""Notes in the runtime folder, which outlive the process but not the machine's uptime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gazelled.regular_file import read_regular, write_private

_LARGEST = 2**16


class RuntimeNote:
    """
    A small JSON object in a file that is kept where the control socket is.

    Without a service manager that is the state folder, which can't always be written: a note that
    can't be kept is one that this process alone knows of.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / name

    def read(self) -> Mapping[str, Any]:
        """Return what an earlier process noted; nothing if that can't be read."""
        try:
            noted = json.loads(read_regular(self._file, _LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def write(self, noted: Mapping[str, object]) -> None:
        with suppress(OSError):
            write_private(self._file, json.dumps(noted).encode())

    def clear(self) -> None:
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
