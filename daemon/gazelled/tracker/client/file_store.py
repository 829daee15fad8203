"""What must survive a restart, in a file, for scripts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from gazelled.errors import StateError
from gazelled.regular_file import write_private


class FileStore:
    """
    Keeps small texts in one file that only its user can read.

    Raises:
        StateError: If it can't be read.

    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._writing = asyncio.Lock()
        try:
            texts = json.loads(file.read_text("utf-8")) if file.exists() else {}
        except (OSError, ValueError) as error:
            raise StateError(
                f"{file} can't be read ({type(error).__name__}). Repair it, or remove it."
            ) from None
        self._texts: dict[str, str] = {str(key): str(value) for key, value in dict(texts).items()}

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
