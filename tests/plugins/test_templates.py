"""Templates of messages."""

from __future__ import annotations

import re

import pytest

from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins import templates


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("one\n{{ event.title", "line 2 of the template: unexpected end"),
        ("{{ evnt.title }}", "line 1 of the template: there is no 'evnt'; did you mean 'event'?"),
        (
            "a\nb\n{{ item.titel }}",
            "line 3 of the template: there is no 'item.titel'; did you mean",
        ),
        ("{{ item.size | sise }}", "line 1 of the template: No filter named 'sise'"),
    ],
)
def test_mistakes_are_found_before_anything_is_sent(source: str, problem: str) -> None:
    """A mistake is told with its line and what was meant."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        templates.check(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ item.size | size }} {{ item.fields.format }}", "1.0 KiB FASTA"),
        ("{% for item in items %}{{ item | facts }}{% endfor %}", "1.0 KiB FASTA · CC0"),
        (
            "{% for c in event.changes %}{{ c.field }} {{ c.before }} → {{ c.after }}{% endfor %}",
            "seeders 3 → 1",
        ),
        ("{{ event | why }}", "gazelled why 63"),
        ("{{ event.watch }} at {{ site_name }}: {{ event.item.title }}", "yeast at BT: S288C"),
    ],
)
def test_a_template_reads_the_event(gz: PluginKit, source: str, text: str) -> None:
    """Templates know the event, its items, the site's name and the filters."""
    event = gz.event(
        title="S288C",
        id="63",
        size=1024,
        format="FASTA",
        license="CC0",
        changes={"seeders": (3, 1)},
    )
    names = {"event": event, "item": event.item, "items": event.items, "site_name": "BT"}
    templates.check(source)
    assert text == templates.render(source, names)
