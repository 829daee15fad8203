"""The keys of targets that say when messages come, through a whole daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.json_lines import read_json_lines

if TYPE_CHECKING:
    from .conftest import House

MAILBOX = """
import json
from pathlib import Path
from typing import ClassVar
from gazelled.plugin import PluginConfig, target

class Options(PluginConfig):
    combines: ClassVar[bool] = True
    path: Path

@target(Options)
async def mailbox(delivery, options):
    event = delivery.event
    keys = [inner.key for inner in event.events]
    with options.path.open("a") as file:
        line = [event.key, event.title, keys, event.also, [item.id for item in event.items]]
        file.write(json.dumps(line) + "\\n")
"""
WATCHES = """
[watch.yeast]
ask = "browse"
every = "15m"
match.tags.any = ["yeast"]
tell = ["box", "journal"]
[watch.all]
ask = "browse"
every = "15m"
tell = ["box", "journal"]
"""


def box(house: House) -> list[list[Any]]:
    """Return the messages that arrived."""
    file = house.home / "box.txt"
    return read_json_lines(file)


def recorded(house: House) -> set[str]:
    """Return the keys of the events that the journal has."""
    return {line["key"].removesuffix("@journal") for line in house.journal()}


def set_up(house: House, keys: str) -> None:
    """Add a mailbox with a policy to the house."""
    (house.home / "plugins" / "mailbox.py").write_text(MAILBOX)
    house.watches = WATCHES
    house.more = (
        '[plugin.mailbox]\nfile = "mailbox.py"\n'
        f'[target.box]\nplugin = "mailbox"\npath = "{house.home}/box.txt"\n{keys}\n'
    )


async def test_a_digest_names_each_upload_once(house: House) -> None:
    """It comes on its schedule, holds all that was found, and `why` shows the way there."""
    set_up(house, 'digest = "1h"')
    async with house.running():
        await house.until(lambda: len(box(house)) == 1)
        made = [house.sim.world.publish(f"Reads {number}") for number in range(3)]
        await house.until(lambda: len(box(house)) == 2)
        first, second = box(house)
        (line,) = await house.ask("why", item=f"yeast:new:{made[0].id}")
        (digest,) = await house.ask("why", item=second[0])
    assert first[1] == "2 new watches in yeast and all"
    assert second[0].startswith("digest:box:")
    assert second[1].startswith("3 new data sets in ")
    assert len(second[2]) == 3
    assert sorted(second[4]) == sorted(str(torrent.id) for torrent in made)
    (sight,) = line["why"]["seen"]
    deliveries = [
        delivery
        for watch in sight["watches"]
        for event in watch["told"]
        for delivery in event["deliveries"]
    ]
    into = {delivery["target"]: (delivery["state"], delivery["into"]) for delivery in deliveries}
    assert into == {"box": ("done", second[0]), "journal": ("done", "")}
    assert digest["why"]["seen"][0]["title"] == second[1]
    assert digest["why"]["seen"][0]["watches"][0]["told"][0]["deliveries"][0]["state"] == "done"


async def test_one_upload_is_one_message_of_both_watches(house: House) -> None:
    """The journal gets both events."""
    set_up(house, "")
    async with house.running():
        await house.until(lambda: len(box(house)) == 2)
        made = house.sim.world.publish("Reads")
        await house.until(lambda: len(box(house)) == 3)
        keys = {f"{watch}:new:{made.id}" for watch in ("yeast", "all")}
        await house.until(lambda: keys <= recorded(house))
        await house.clock.sleep(1800)
    messages = box(house)[2:]
    assert len(messages) == 1
    assert {messages[0][0], *(f"{also}:new:{made.id}" for also in messages[0][3])} == keys


async def test_max_of_any_target_lets_the_rest_wait(house: House) -> None:
    """The first look and one upload come; the others are held until there is room."""
    set_up(house, 'max = "3/day"')
    async with house.running() as app:
        await house.until(lambda: len(box(house)) == 2)
        made = [house.sim.world.publish(f"Reads {number}") for number in range(3)]
        await house.until(lambda: len(box(house)) == 3)
        keys = {f"yeast:new:{torrent.id}" for torrent in made}
        await house.until(lambda: keys <= recorded(house))
        await house.clock.sleep(3600)
        held = [
            row
            for torrent in made
            for watch in ("yeast", "all")
            for row in await app.store.archive.deliveries_of(f"{watch}:new:{torrent.id}")
            if row.target == "box" and row.state == "held"
        ]
    assert len(box(house)) == 3
    assert {row.held for row in held} == {"max"}
    assert len(held) == 4
