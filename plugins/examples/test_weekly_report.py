"""The report of each week."""

from __future__ import annotations

from gazelled.testing.plugin_kit import PluginKit


def test_the_report_counts_the_events_of_each_watch(gz: PluginKit) -> None:
    """The busiest watch comes first, and the next week begins at nothing."""
    with gz.plugin("weekly_report.py") as plugin:
        for watch in ("moss", "yeast", "yeast"):
            plugin.event_stored(gz.stored(gz.event("new", watch=watch)))
        plugin.event_stored(gz.stored(gz.event("notice", title="Tracker down")))
        plugin.run_job("report")
        plugin.run_job("report")
    texts = [notice.text for notice in plugin.notices]
    assert texts == ["yeast: 2\nmoss: 1", "No events."]
