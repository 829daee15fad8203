"""A plugin, and code that is run as its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.hooks import isolation

LONG = 120.0
"""Seconds that something may take at most."""

Call = Callable[..., Awaitable[BaseException | None]]


@pytest.fixture
def plugin() -> ContainedPlugin:
    """Return a plugin whose code is this file's."""
    return ContainedPlugin("lab", lambda file: file == __file__)


@pytest.fixture
def call(plugin: ContainedPlugin) -> Call:
    """Call a function as the plugin's, and return what it raised."""

    async def go(
        function: Callable[..., Coroutine[Any, Any, object]], *, limit: float = LONG
    ) -> BaseException | None:
        error, _ = await isolation.run(function, [], "call", limit, plugin=plugin)
        return error

    return go


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(LONG):
        while not holds():  # noqa: ASYNC110 - a thread makes it hold
            await asyncio.sleep(0.01)
