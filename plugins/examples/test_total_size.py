"""The command that adds up sizes."""

from __future__ import annotations

from gazelled.testing.plugin_kit import PluginKit


def test_the_sizes_of_a_search_are_added_up(gz: PluginKit) -> None:
    """Every torrent of every data set counts."""
    plugin = gz.plugin("total_size.py")
    sizes = [{"size": 2**30}, {"size": 2**29}]
    plugin.tracker.answers["browse"] = {"results": [{"torrents": sizes}, {}]}
    result = plugin.command("total-size", "yeast", "reads")
    assert (result.exit_code, result.output) == (0, "2 torrents, 1.5 GiB\n")
