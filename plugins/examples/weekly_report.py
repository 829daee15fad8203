"""A report: once a week, how many events each watch had, as a message and as a page."""

from __future__ import annotations

from collections import Counter

from gazelled.plugin import (
    PluginConfig,
    PluginContext,
    RegisterOptions,
    StoredEvent,
    hookimpl,
)


class Options(PluginConfig):
    """`[plugin.weekly-report]`: when the report is sent, as a cron line."""

    cron: str = "0 8 * * 1"


@hookimpl
def gazelled_options(register: RegisterOptions) -> None:
    """Take options from `[plugin.weekly-report]`."""
    register(Options)


@hookimpl
async def gazelled_setup(context: PluginContext[Options]) -> None:
    """Send the report on its schedule."""

    async def report() -> None:
        await send(context)

    context.schedule(report, cron=context.options.cron, name="report")


@hookimpl
async def gazelled_event_stored(stored: StoredEvent, context: PluginContext[Options]) -> None:
    """Count the event; the count is kept over restarts."""
    if stored.event.watch:
        key = f"count {stored.event.watch}"
        await context.store.set(key, await count(context, key) + 1)


async def send(context: PluginContext[Options]) -> None:
    """Send the counts as an event of its own, and begin again."""
    counts = Counter[str]()
    for key in await context.store.keys("count "):
        counts[key.removeprefix("count ")] = await count(context, key)
    lines = [f"{watch}: {number}" for watch, number in counts.most_common()]
    week = f"{context.clock.now():%G-W%V}"
    await context.notify(f"report {week}", f"The week {week}", "\n".join(lines) or "No events.")
    for watch in counts:
        await context.store.delete(f"count {watch}")


async def count(context: PluginContext[Options], key: str) -> int:
    """Return a count; 0 if nothing was counted yet."""
    value = await context.store.get(key)
    return value if isinstance(value, int) else 0
