"""Runs the calls of a test without asyncio: in one event loop while it is entered."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopRunner:
    """Runs coroutines in one event loop from `enter` to `leave`, and in one each otherwise."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    def enter(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine, and keep its event loop from now on unless it fails."""
        runner = asyncio.Runner()
        try:
            runner.run(coroutine)
        except BaseException:
            runner.close()
            raise
        self._runner = runner

    def leave(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine, and close the event loop with all that still runs in it."""
        runner, self._runner = self._runner, None
        with runner or asyncio.Runner() as last:
            last.run(coroutine)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """
        Return what a coroutine returns.

        Raises:
            RuntimeError: If an event loop runs already: in an async test.

        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            run = asyncio.run if self._runner is None else self._runner.run
            return run(coroutine)
        coroutine.close()
        raise RuntimeError("in an async test use gz.async_plugin and gz.async_target, with await")
