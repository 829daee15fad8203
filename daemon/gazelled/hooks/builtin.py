"""What gazelled itself brings as plugins: always loaded, and named by no part of the daemon."""

from __future__ import annotations

from importlib.metadata import entry_points

from gazelled.errors import GazelledError
from gazelled.plugin.kinds import AnyKind

GROUP = "gazelled.builtin"


def builtin_kinds() -> list[AnyKind]:
    """
    Return the bundled kinds of watch.

    Raises:
        GazelledError: If this installation doesn't know its own plugins.

    """
    loaded = [entry.load() for entry in entry_points(group=GROUP)]
    if kinds := [kind for plugin in loaded for kind in getattr(plugin, "KINDS", ())]:
        return kinds
    raise GazelledError(
        "gazelled's own kinds of watch are not installed; install gazelled again, with pip install"
    )
