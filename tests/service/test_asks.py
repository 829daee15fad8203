"""What a plugin may ask of the tracker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.errors import Refused
from gazelled.model import Answer, Call, Lane
from gazelled.service.asks import ReadOnly

if TYPE_CHECKING:
    from .conftest import House

CURIOUS = """
from gazelled.plugin import PluginConfig, target

class Options(PluginConfig):
    pass

@target(Options)
async def curious(delivery, options, context):
    answer = await context.tracker.call("torrent", id=3)
    (context.folder / "seen").write_text(answer.payload["group"]["name"])
"""


async def test_a_plugin_asks_in_the_lane_of_watches_and_reads_what_cannot_be_changed() -> None:
    """Others see the same answer."""
    calls: list[Call] = []

    async def ask(call: Call) -> Answer:
        calls.append(call)
        return Answer(call, {"a": [1]}, b"", datetime(2026, 3, 2, tzinfo=UTC), 0.1)

    answer: Any = await ReadOnly(ask).call("forum", type="viewthread", threadid=1)
    assert answer.payload["a"] == (1,)
    assert calls[0].lane is Lane.WATCH
    assert dict(calls[0].params)["updatelastread"] == "0"


@pytest.mark.parametrize(
    ("action", "params", "words"),
    [
        ("brwse", {}, 'did you mean "browse"'),
        ("browse", {"serchstr": "x"}, 'did you mean "searchstr"'),
        ("announcements", {}, "and a plugin only reads"),
        ("inbox", {"type": "viewconv", "id": 1}, "and a plugin only reads"),
        ("clear_user_notification", {"type": "News"}, "and a plugin only reads"),
        ("similar_artists", {"id": 1}, "not implemented"),
    ],
)
async def test_what_changes_something_is_refused(
    action: str, params: dict[str, object], words: str
) -> None:
    """Before anything is sent."""

    async def ask(call: Call) -> Answer:
        raise AssertionError(call)

    with pytest.raises(Refused) as refused:
        await ReadOnly(ask).call(action, **params)
    assert words in str(refused.value)


async def test_a_target_asks_through_its_context(house: House) -> None:
    """It has no other way to the tracker, and needs none."""
    (house.home / "plugins" / "curious.py").write_text(CURIOUS)
    house.more = '[target.curious]\nplugin = "curious"\n[plugin.curious]\nfile = "curious.py"\n'
    async with house.opened():
        (said,) = await house.ask("target.test", name="curious")
    assert said["delivered"]
    seen = (house.folder / "targets" / "curious" / "seen").read_text()
    assert seen == house.sim.world.torrents[3].group.title


async def test_the_account_can_be_asked_for_too(house: House) -> None:
    """It is made of two answers."""
    async with house.opened() as app:
        answer: Any = await ReadOnly(app.dispatcher.call).call("account")
    assert answer.payload["id"] == house.sim.world.user("me").id
