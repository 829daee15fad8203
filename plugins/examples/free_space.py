"""A plugin that watches how much room a folder has: a metric, and a problem when it gets little."""

import asyncio
import shutil
from pathlib import Path

from gazelled.plugin import (
    HealthFinding,
    Metric,
    PluginConfig,
    PluginContext,
    RegisterOptions,
    hookimpl,
    human_size,
    parse_size,
)


class Options(PluginConfig):
    """What `[plugin.free_space]` may hold."""

    folder: Path
    least: str = "10 GiB"


@hookimpl
def gazelled_options(register: RegisterOptions) -> None:
    """Register the options."""
    register(Options)


@hookimpl
async def gazelled_metrics(context: PluginContext[Options]) -> list[Metric]:
    """Return gazelled_plugin_free_space_bytes."""
    return [Metric("bytes", await _free(context), "The bytes that are free.")]


@hookimpl
async def gazelled_health_checks(context: PluginContext[Options]) -> list[HealthFinding]:
    """Return that little is left: gazelled is degraded then."""
    free, options = await _free(context), context.options
    if free >= parse_size(options.least):
        return []
    return [HealthFinding(f"{human_size(free)} are free in {options.folder}", "make room there")]


async def _free(context: PluginContext[Options]) -> int:
    usage = await asyncio.to_thread(shutil.disk_usage, context.options.folder)
    return usage.free
