"""A plugin that tells colleagues what is watched from now on, whenever the config changes."""

from gazelled.plugin import ConfigChange, PluginContext, hookimpl


@hookimpl
async def gazelled_config_changed(change: ConfigChange, context: PluginContext) -> None:
    """Send a notice of the watches that came and went; without any, none."""
    watches = change.watches
    lines = [
        *(f"New: {name}" for name in watches.added),
        *(f"{old} is called {new} now" for new, old in watches.renamed.items()),
        *(f"No more: {name}" for name in watches.removed),
    ]
    if lines:
        await context.notify("watches", "Other things are watched now", "\n".join(lines))
