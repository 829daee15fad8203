"""What a plugin records of a message of several parts, and what identifies a delivery."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gazelled.model import Delivery
from gazelled.plugin import RetryLater, TargetFault
from gazelled.testing.plugin_kit import PluginKit

PARTS = """
from gazelled.plugin import PluginConfig, TargetFault, target

class Options(PluginConfig):
    fails_at: int

@target(Options)
async def letters(delivery, options, context):
    for number in range(delivery.parts_sent, 3):
        if number == options.fails_at:
            raise TargetFault(f"after {context.timeout:g} s in {context.zone}", after=7)
        with (context.folder / "sent").open("a") as file:
            file.write(str(number))
        await context.record_parts(delivery, number + 1)
"""


def test_parts_that_were_sent_are_not_sent_again(gz: PluginKit, tmp_path: Path) -> None:
    """The next attempt knows how many arrived, and another message has none."""
    (tmp_path / "letters.py").write_text(PARTS)
    failing = gz.target(str(tmp_path / "letters.py"), fails_at=2)
    failing.timeout, failing.zone = 5.0, "Europe/Berlin"
    event = gz.event(title="S288C reads")

    with pytest.raises(TargetFault, match="after 5 s in Europe/Berlin") as caught:
        failing.deliver(event)

    assert caught.value.after == 7
    assert isinstance(caught.value, RetryLater)
    assert [*failing.parts_sent.values()] == [2]
    well = gz.target(str(tmp_path / "letters.py"), fails_at=9)
    well.parts_sent = failing.parts_sent
    well.deliver(event)
    assert (well.folder / "sent").read_text() == "012"
    well.deliver(gz.event(title="Other reads"))
    assert (well.folder / "sent").read_text() == "012012"


def test_the_id_is_that_of_the_delivery(gz: PluginKit) -> None:
    """It is the same on every attempt, and another one for each event and target."""
    event = gz.event(title="S288C reads")
    first = Delivery(event, "phone")

    assert re.fullmatch("[0-9a-f]{32}", first.id)
    assert Delivery(event, "phone", 7, 2).id == first.id
    assert Delivery(event, "mail").id != first.id
    assert Delivery(gz.event(title="Other reads"), "phone").id != first.id


def test_a_digest_has_the_items_of_its_events(gz: PluginKit) -> None:
    """A plugin that knows no digests finds in `items` what it looks for."""
    events = (gz.event(title="A"), gz.event(title="B", watch="coli"))

    digest = gz.event("digest", title="2 events", events=events)

    assert [item.title for item in digest.items] == ["A", "B"]
    assert digest.events == events
