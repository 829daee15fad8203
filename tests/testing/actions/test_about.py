"""What the simulated tracker tells of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gazelled.testing import Simulator
from gazelled.testing.content.records import CATEGORIES
from gazelled.testing.site.answers import ACTIONS

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_the_world_keeps_to_the_ontology(tell: Tell, sim: Simulator) -> None:
    """Every torrent has a platform and a format of its category."""
    told = (await tell("ontology", token=True))["response"].values()
    platforms = {each["Name"]: {*each["Platforms"].values(), "Other"} for each in told}
    assert [*platforms] == [*CATEGORIES]
    strange = [
        (each.id, each.platform)
        for each in sim.world.torrents.values()
        if each.platform not in platforms[CATEGORIES[each.group.category - 1]]
    ]
    assert strange == []


async def test_articles_have_revisions(tell: Tell, sim: Simulator) -> None:
    """An edited article is a new revision; staff may read what others may not."""
    sim.world.wiki.edit(2, "Be [i]very[/i] kind.", author="root")
    told = (await tell("wiki", name="rules"))["response"]
    assert (told["revision"], told["authorName"], told["bbBody"]) == (
        2,
        "root",
        "Be [i]very[/i] kind.",
    )
    assert (await tell("wiki", "mod1", name="staff"))["status"] == "success"


@pytest.mark.parametrize(
    "action", ["similar_artists", "torrent_info", "checkprivate", "votefavorite", "download"]
)
async def test_not_implemented(action: str, tell: Tell) -> None:
    """What the documentation lists as not implemented is refused like nonsense."""
    assert (await tell(action, id="1"))["error"] == "bad parameters"


def test_every_action_is_served() -> None:
    """The table has them all."""
    assert len(ACTIONS) == 37


async def test_statistics_count(tell: Tell, sim: Simulator) -> None:
    """The numbers of the site follow what happens."""
    before = (await tell("stats", token=True))["response"]
    sim.world.publish("One more", seeders=5)
    sim.world.requests.ask("Wanted")
    after = (await tell("stats", token=True))["response"]
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert changed == {"torrentCount": 1, "groupCount": 1, "requestCount": 1, "seederCount": 5}
