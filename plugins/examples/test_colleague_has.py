"""The veto of what a colleague has."""

from __future__ import annotations

from pathlib import Path

from gazelled.plugin import Veto
from gazelled.testing.plugin_kit import PluginKit


def test_what_is_in_the_list_is_vetoed(gz: PluginKit, tmp_path: Path) -> None:
    """In any case, and read again each time."""
    titles = tmp_path / "titles.txt"
    with gz.plugin("colleague_has.py", list=titles, who="Ada") as plugin:
        assert plugin.item_decided(gz.item("S288C reads")) is None
        titles.write_text("w303 reads\ns288c READS\n")
        assert plugin.item_decided(gz.item("S288C reads")) == Veto("Ada has it")
        assert plugin.item_decided(gz.item("BY4741 reads")) is None
