"""The account, made of what the log-in can tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gazelled.errors import BadAnswer
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.key_values import InMemoryStore

RECORDED = Path(__file__).parents[1] / "recorded"
CALL = Call("account", lane=Lane.WATCH)


class Site:
    """Answers from records."""

    def __init__(self, **records: str) -> None:
        self.asked: list[Call] = []
        self._records = records

    async def ask(self, call: Call) -> Answer:
        """Answer a call."""
        self.asked.append(call)
        raw = json.loads((RECORDED / f"{self._records[call.action]}.json").read_text())["body"]
        payload = json.loads(raw)["response"]
        return Answer(call, payload, raw.encode(), datetime(2026, 1, 1, tzinfo=UTC), 0.5)


async def told(site: Site) -> tuple[dict[str, Any], list[str]]:
    """Ask for the account; tell what came, and what was asked for it."""
    answer = await Composer(InMemoryStore()).composing(site.ask)(CALL)
    assert isinstance(answer.payload, dict)
    assert json.loads(answer.raw) == answer.payload
    return answer.payload, [str(each) for each in site.asked]


async def test_by_cookie() -> None:
    """One request tells it all."""
    found, asked = await told(Site(index="index-cookie"))
    assert asked == ["index"]
    assert found["username"]
    assert found["class"]
    assert found["ratio"] == found["uploaded"] / found["downloaded"]
    assert None not in {found["messages"], found["new_announcement"], found["notifications"]}


async def test_by_token() -> None:
    """The amounts come from the profile; counters that a token isn't told are unknown."""
    site = Site(index="index", user="user-self")
    found, asked = await told(site)
    assert asked == ["index", "user id=3"]
    assert {each.lane for each in site.asked} == {Lane.WATCH}
    assert found["uploaded"] >= 0
    assert found["class"]
    assert isinstance(found["messages"], int)
    assert (found["new_announcement"], found["new_blog"], found["notifications"]) == (None,) * 3


async def test_what_cant_be_read_is_said() -> None:
    """An answer of another shape is no account."""
    with pytest.raises(BadAnswer):
        await Composer(InMemoryStore()).composing(Site(index="stats").ask)(CALL)


async def test_composing() -> None:
    """Who asks for the account gets it; anything else goes on to the tracker."""
    site = Site(index="index-cookie", stats="stats")
    ask = Composer(InMemoryStore()).composing(site.ask)
    assert (await ask(CALL)).call == CALL
    assert (await ask(Call("stats"))).call == Call("stats")
    assert [each.action for each in site.asked] == ["index", "stats"]
