"""The shares of the limit that plugins declare in their code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gazelled.config.document.problems import Problems
from gazelled.hooks.loading import PluginSettings
from gazelled.hooks.registry import Registry

MOST = 0.02
"""The largest share that a plugin has because it declares it; a larger one is for the config."""


def with_declared(
    plugins: Mapping[str, PluginSettings], registry: Registry, taken: float, problems: Problems
) -> Mapping[str, PluginSettings]:
    """
    Return the plugins with the shares that they declare, where the config says nothing.

    Args:
        plugins: The tables of plugins, checked.
        registry: The plugins that were loaded.
        taken: The share of the watches.
        problems: Takes a warning of each plugin that gets less than it declares.

    """
    left = 1 - taken - sum(settings.share or 0.0 for settings in plugins.values())
    shares = dict(plugins)
    for name, record in registry.records.items():
        if record.share is None or record.settings.share is not None:
            continue
        share = min(record.share, MOST, max(left, 0.0))
        left -= share
        if share:
            shares[name] = replace(record.settings, share=share)
        if share < record.share:
            gets = f"gets {_percent(share)}" if share else "has none of its own, as nothing is left"
            text = f"it declares a share of {_percent(record.share)} of the limit, and {gets}"
            problems.warn(("plugin", name), f"{text}; write share in [plugin.{name}] for another")
    return shares


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"
