"""The bundled plugins that are no targets, in a daemon with a tracker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import House


async def test_accessions_ignore_and_activity(house: House) -> None:
    """A rule asks for a number, a list vetoes an item, and the log says what was done."""
    house.watches = house.watches.replace("15m", "7d").replace(
        'ask = "browse"', 'ask = "browse"\nif = \'"PRJNA128" in accessions\''
    )
    house.more = """
[plugin.accessions]
[plugin.ignore]
titles = ["test upload"]
[plugin.activity]
events = ["answered", "event_stored", "delivered"]
"""
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("Reads of PRJNA1280")
        vetoed = house.sim.world.publish("Test upload of PRJNA128")
        house.sim.world.publish("Reads of PRJNA128")
        (line,) = await house.ask("watch.run", name="yeast")
        assert line["events"] == 1
        await house.told("Reads of PRJNA128")
        why = json.dumps(await house.ask("why", item=str(vetoed.id), watch="yeast"))
    assert "PRJNA1280" not in " ".join(house.titles())
    assert "Test upload" not in " ".join(house.titles())
    assert 'titles with \\"test upload\\" are ignored' in why
    file = house.folder / "plugins" / "activity" / "activity.jsonl"
    lines = [json.loads(text) for text in file.read_text("utf-8").splitlines()]
    assert {line["what"] for line in lines} == {"answered", "event_stored", "delivered"}
    stored = [line["title"] for line in lines if line["what"] == "event_stored"]
    assert any("Reads of PRJNA128" in title for title in stored)
    assert any(line["target"] == "journal" for line in lines if line["what"] == "delivered")
