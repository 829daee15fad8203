"""The plugin that tells colleagues what is watched."""

from __future__ import annotations

from gazelled.plugin import TableChanges
from gazelled.testing.plugin_kit import PluginKit


def test_colleagues_learn_of_watches(gz: PluginKit) -> None:
    """By their names."""
    plugin = gz.plugin("change_note.py")
    watches = TableChanges(added=("mouse",), removed=("fly",), renamed={"fungi": "yeast"})
    plugin.config_changed(gz.config_change(watches=watches))
    (notice,) = plugin.notices
    assert notice.text == "New: mouse\nyeast is called fungi now\nNo more: fly"


def test_other_changes_are_not_told(gz: PluginKit) -> None:
    """Such as of limits."""
    plugin = gz.plugin("change_note.py")
    plugin.config_changed(gz.config_change("tracker.share"))
    assert plugin.notices == []
