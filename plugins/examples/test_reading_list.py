"""The page of what is to be read."""

from __future__ import annotations

from gazelled.testing.plugin_kit import PluginKit


def test_what_a_form_adds_is_shown(gz: PluginKit) -> None:
    """Escaped, whatever it is; and as it is in the data."""
    with gz.plugin("reading_list.py") as plugin:
        assert "<li>" not in str(plugin.route())
        html = str(plugin.route(form={"title": "<b>Yeast & you</b>"}))
        assert "<li>&lt;b&gt;Yeast &amp; you&lt;/b&gt;</li>" in html
        assert 'name="csrf" value="csrf"' in html
        assert plugin.route("titles.json") == ["<b>Yeast & you</b>"]
