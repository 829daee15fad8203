"""What must survive a restart, in a file, for scripts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from gazelled.errors import StateError
from gazelled.regular_file import read_regular, write_private

LARGEST = 64 * 2**20


class FileStore:
    """
    Keeps small texts in one file that only its user can read.

    Raises:
        StateError: If it can't be read.

    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._writing = asyncio.Lock()
        self._texts = _read(file)

    async def get_kv(self, key: str) -> str | None:
        return self._texts.get(key)

    async def set_kv(self, key: str, value: str | None) -> None:
        """
        Keep a text; None forgets it.

        Raises:
            StateError: If it can't be written.

        """
        # One write at a time: the text that was set last is the one that stays.
        async with self._writing:
            if value is None:
                self._texts.pop(key, None)
            else:
                self._texts[key] = value
            await self._write()

    async def check(self) -> None:
        """Raise StateError if the file can't be written."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        text = json.dumps(self._texts).encode()
        try:
            await asyncio.to_thread(write_private, self._file, text)
        except OSError as error:
            raise StateError(f"{self._file} can't be written: {error.strerror}.") from error


def _read(file: Path) -> dict[str, str]:
    """Return the texts in a file, none if there is no file; raise StateError if it is damaged."""
    try:
        texts = json.loads(read_regular(file, LARGEST))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise StateError(f"{file} can't be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, dict):
        raise StateError(f"{file} is damaged: it holds no JSON object. Repair it, or remove it.")
    return {str(key): str(value) for key, value in texts.items()}
