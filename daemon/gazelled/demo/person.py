"""The person in the demo: types commands as anybody would, in processes of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gazelled.demo.screen import Screen

_PROGRAM = (sys.executable, "-X", "utf8", "-c", "from gazelled.cli import main; main()")


class Person:
    """
    Types commands, and shows what they say.

    Args:
        config: The config of the demo.
        state: The state of the demo.
        screen: Where it is shown.

    """

    def __init__(self, config: Path, state: Path, screen: Screen) -> None:
        self._given = ("--config", str(config), "--state", str(state))
        self._screen = screen

    async def types(self, command: Sequence[str]) -> None:
        """Type a command for the daemon that runs, and wait until it has ended."""
        self._screen.at(f"$ gazelled {' '.join(command)}")
        process = await asyncio.create_subprocess_exec(
            *_PROGRAM,
            *self._given,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await process.communicate()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        for line in said.decode("utf-8", "replace").splitlines():
            self._screen.cut(line)
