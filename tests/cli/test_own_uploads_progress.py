"""How far your uploads are searched for, in the plan and in the status."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

WATCH = """ask = "my_uploads"
kind = "alert"
if = "seeders < 1"
every = "12h"
"""


async def test_plan_and_status_say_how_far_it_is(settled: Person, sim: Simulator) -> None:
    """Before anything is known, while it goes on, and when all is found."""
    text = settled.config.read_text()
    settled.write(text.replace('ask = "browse"\nwith = { searchstr = "yeast" }\n', WATCH))
    for number in (20, 58):
        sim.world.torrents[number].uploader = sim.world.user("me").id
    said = await settled.asks("check")
    assert "22 + 20 to learn" in said.out
    assert "uploads are known" not in said.out
    for _ in range(2):
        assert (await settled.asks("watch", "run", "yeast")).code == 0
    said = await settled.asks("check")
    assert "4 + 20 to learn" in said.out
    assert "yeast: 40 of 61 uploads are known, all by about " in said.out
    plan = (await settled.asks("check", "--json")).data["plan"]
    (planned,) = plan["watches"]
    assert (planned["progress"]["known"], planned["progress"]["remaining"]) == (40, 21)
    await settled.daemon()
    said = await settled.asks("status")
    assert "yeast: 40 of 61 uploads are known, all by about " in said.out
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    assert "uploads are known" not in (await settled.asks("status")).out
    assert (await settled.asks("stop")).code == 0
    said = await settled.asks("check")
    assert "uploads are known" not in said.out
