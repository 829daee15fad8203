"""Events that targets keep, for the time before the store's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.errors import GazelledError
from gazelled.hooks import Bus
from gazelled.plugin import Context, PluginConfig

Write = Callable[[str, str], Path]

PLUGIN = """
from gazelled.plugin import PluginConfig, hookimpl, target

class Options(PluginConfig): ...

@target(Options)
async def keeper(delivery, options): ...

@hookimpl
async def gazelled_history(since, until, context):
    {body}
"""
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


async def history(path: Path, context: Context) -> object:
    """Return what the plugin of a file keeps."""
    bus = Bus()
    assert bus.load({"keeper": path}, []) == []
    options = bus.check_options("keeper", {})
    assert isinstance(options, PluginConfig)
    async with bus:
        return await bus.targets.history("keeper", options, context, SINCE, UNTIL)


async def test_hook_gazelled_history(write: Write, context: Context) -> None:
    """A plugin returns what its target keeps of a time; most keep nothing."""
    body = "return [{'title': f'{context.target} {since:%m} {until:%m}'}]"
    path = write("keeper", PLUGIN.format(body=body))
    assert await history(path, context) == [{"title": "phone 01 02"}]
    path = write("other", PLUGIN.format(body="return None"))
    assert await history(path, context) is None


async def test_a_history_that_fails_is_an_error(write: Write, context: Context) -> None:
    """It says which plugin failed, and why."""
    path = write("keeper", PLUGIN.format(body="raise OSError('no such disk')"))
    with pytest.raises(GazelledError, match='The plugin "keeper" failed: OSError: no such disk'):
        await history(path, context)
