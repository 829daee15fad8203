"""The kind that tells of numbers that grow faster than usual."""

from __future__ import annotations

import pytest
from gazelled.testing.plugin_kit import PluginKit


def test_a_step_that_is_larger_than_usual_is_told(gz: PluginKit) -> None:
    """It is told once, with the numbers, and what is usual is learnt anew from it."""
    watch = gz.plugin("trend.py").watch("trend", fields=["snatched"], factor=3)
    for snatched in (10, 12, 14, 15, 18):
        watch.look(gz.item("S288C reads", id="1", snatched=snatched))
    (event,) = watch.look(gz.item("S288C reads", id="1", snatched=60)).events
    assert event.kind == "change"
    assert [(change.before, change.after) for change in event.changes] == [(18, 60)]
    assert event.text == "snatched 18 → 60, usually +2 a look"
    assert watch.look(gz.item("S288C reads", id="1", snatched=62)).events == []


def test_it_begins_with_one_message_and_learns_for_a_while(gz: PluginKit) -> None:
    """Two looks teach nothing; an unknown number is no step."""
    watch = gz.plugin("trend.py").watch("trend", fields=["snatched"])
    (first,) = watch.look(gz.item(id="1", snatched=1)).events
    assert first.kind == "first-look"
    for snatched in (1, 100, None, 1000):
        assert watch.look(gz.item(id="1", snatched=snatched)).events == []


def test_what_is_not_listed_any_more_is_forgotten(gz: PluginKit) -> None:
    """Only if the list is whole, and its rule chooses what is told."""
    plugin = gz.plugin("trend.py")
    watch = plugin.watch("trend", fields=["snatched"], fits=lambda item: item.title != "Boring")
    for snatched in (1, 2, 3, 4, 5):
        watch.look(gz.item("Boring", id="1", snatched=snatched))
    assert watch.look(gz.item("Boring", id="1", snatched=500)).events == []
    watch.look(complete=False)
    assert [*watch.marks] == ["1"]
    watch.look()
    assert watch.marks == {}


def test_wrong_keys_are_named(gz: PluginKit) -> None:
    """As `gazelled check` does."""
    with pytest.raises(ValueError, match="expected more than 1"):
        gz.plugin("trend.py").watch("trend", fields=["snatched"], factor=1)
