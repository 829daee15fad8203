"""The bundled kinds of watch with the kit alone: they are plugins as any other."""

from __future__ import annotations

import pytest

from gazelled.model import FirstLook
from gazelled.testing.plugin_kit import PluginKit

KINDS = ["new", "change", "gone", "alert", "report", "call"]


def test_all_are_registered_by_the_hook(gz: PluginKit) -> None:
    """In the order in which people are shown them."""
    assert [*gz.plugin("kinds").kinds] == KINDS


def test_new_reports_what_is_new_and_fits(gz: PluginKit) -> None:
    """Nothing of what is there already, unless `first` wants it."""
    watch = gz.plugin("kinds").watch("new", fits=lambda item: item.title != "Boring")
    old = gz.item("Old", id="1")
    assert [event.kind for event in watch.look(old).events] == ["first-look"]
    new, boring = gz.item("New", id="2"), gz.item("Boring", id="3")
    assert [event.title for event in watch.look(old, new, boring).events] == ["New"]
    eager = gz.plugin("kinds").watch("new", first=FirstLook(last=1))
    assert [event.kind for event in eager.look(old).events] == ["first-look", "new"]


def test_change_reports_both_values(gz: PluginKit) -> None:
    """Of the fields that are named."""
    watch = gz.plugin("kinds").watch("change", fields=["seeders"])
    watch.look(gz.item(id="1", seeders=3, license="CC0"))
    (event,) = watch.look(gz.item(id="1", seeders=1, license="CC BY")).events
    assert [(one.field, one.before, one.after) for one in event.changes] == [("seeders", 3, 1)]


def test_gone_takes_two_whole_looks(gz: PluginKit) -> None:
    """What comes back between them was never gone."""
    watch = gz.plugin("kinds").watch("gone")
    item = gz.item("Lost", id="1")
    watch.look(item)
    assert watch.look().events == []
    assert watch.look(item).events == []
    assert watch.look().events == []
    assert [event.title for event in watch.look().events] == ["Lost"]


@pytest.mark.parametrize(("seeders", "kinds"), [(1, ["raised"]), (5, [])])
def test_alert_is_raised_and_cleared(gz: PluginKit, seeders: int, kinds: list[str]) -> None:
    """Once each, as long as the condition holds."""
    watch = gz.plugin("kinds").watch("alert", raised=lambda item: item.fields["seeders"] <= 1)
    watch.look(gz.item(id="1", seeders=9))
    assert [event.kind for event in watch.look(gz.item(id="1", seeders=seeders)).events] == kinds
    assert watch.look(gz.item(id="1", seeders=seeders)).events == []
    cleared = watch.look(gz.item(id="1", seeders=9)).events
    assert [event.kind for event in cleared] == ["cleared" for _ in kinds]


def test_report_and_call(gz: PluginKit) -> None:
    """All of the answer each time, and nothing."""
    plugin = gz.plugin("kinds")
    (event,) = plugin.watch("report").look(gz.item("A", id="1"), gz.item("B", id="2")).events
    assert event.text.splitlines() == ["1. A", "2. B"]
    assert plugin.watch("call").look(gz.item(id="1")).events == []
