"""docs/channels.md: what it promises of each channel, beside what the matrix shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.delivery.matrix.page import document, received
from tests.delivery.matrix.rig import TROUBLED, event
from tests.delivery.matrix.table import CHANNELS, HOSTILE

from gazelled.plugin import EventKind

PAGE = Path(__file__).parents[3] / "docs" / "channels.md"
WITH_TEXTS = [name for name, channel in CHANNELS.items() if channel.plugin != "torrents"]
END = "END-OF-THE-TEXT"


def test_the_page_is_what_receivers_got() -> None:
    """Write it again as it says if it isn't."""
    assert PAGE.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("name", CHANNELS)
def test_a_promise_is_what_arrives(name: str) -> None:
    """Exactly once: it comes once, or what comes again has a key by which it is known."""
    channel = CHANNELS[name]
    most = max(times for times in channel.arrivals.values() if times is not None)
    assert most == 1 or not channel.once or channel.key
    assert most > 1 or channel.once


@pytest.mark.parametrize("name", WITH_TEXTS)
async def test_what_is_too_long_is_shortened(name: str) -> None:
    """It is at the limit of a service, which would refuse it; all of it arrives otherwise."""
    channel = CHANNELS[name]
    lines = "\n".join(f"line {number}: {'µ' * 50}" for number in range(1500))
    long = replace(event(TROUBLED), kind=EventKind.REPORT, text=f"{lines}\n{END}")
    [text] = await received(channel, [long])
    assert (END in text) != bool(channel.limit)
    assert ("hortened" in text) == bool(channel.limit)


@pytest.mark.parametrize("name", WITH_TEXTS)
async def test_a_title_is_never_markup(name: str) -> None:
    """What would do harm doesn't arrive as it stands; the words do."""
    channel = CHANNELS[name]
    item = replace(event(TROUBLED).item, title=HOSTILE)
    hostile = replace(event(TROUBLED), title=HOSTILE, items=(item,))
    [text] = await received(channel, [hostile])
    assert not [part for part in channel.harmful if part in text]
    assert "evil" in text
