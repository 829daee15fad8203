"""A watch of an action that a plugin declares, with a tracker that has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest

from gazelled.errors import RequestRefused
from gazelled.testing.site.answers import ACTIONS, Handler
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.visit import Visit

if TYPE_CHECKING:
    from .conftest import House

PLUGIN = """
from gazelled.plugin import (
    COUNT, ActionSpec, FieldSpec, ListSpec, PagingSpec, ParameterSpec, PluginConfig, hookimpl,
    target)

@hookimpl
def gazelled_actions(register):
    register(ActionSpec(
        name="sitelog", about="What happened", parameters={"user": ParameterSpec(number=True)},
        lists=(ListSpec(
            kind="entry", at="log", id="id", title="text", url="log.php?id={id}", order="id",
            fields={"score": FieldSpec("score", COUNT)}, paging=PagingSpec(size=3),
        ),),
    ))
    register(ActionSpec(name="wipe", about="Wipes it", changes="wipes the log"))

class Options(PluginConfig):
    pass

@target(Options)
async def caller(delivery, options, context):
    answer = await context.tracker.call("sitelog")
    (context.folder / "answer").write_text(str(len(answer.payload["log"])))
    await context.tracker.call("wipe")
"""


class Log:
    """The log of the site."""

    def __init__(self) -> None:
        self.entries = [{"id": 1, "text": "Begun", "score": 9}]

    def __call__(self, visit: Visit) -> SimulatedReply:
        page = int(visit.ask.query.get("page", "1"))
        newest = self.entries[::-1]
        shown = newest[3 * (page - 1) : 3 * page]
        return visit.success({"log": shown, "pages": -(-len(newest) // 3)})

    def add(self, text: str, score: int) -> None:
        """Add an entry."""
        self.entries.append({"id": len(self.entries) + 1, "text": text, "score": score})


@pytest.fixture
def log(house: House, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Return the log of a tracker whose site has the action, and a config with the plugin."""
    made = Log()
    monkeypatch.setitem(cast("dict[str, Handler]", ACTIONS), "sitelog", made)
    (house.home / "plugins" / "extra.py").write_text(PLUGIN)
    house.more = '[plugin.extra]\nfile = "extra.py"\n[target.caller]\nplugin = "extra"\n'
    house.watches = (
        '[watch.log]\nask = "sitelog"\nif = "score > 5"\nevery = "7d"\ntell = ["journal"]\n'
    )
    return made


async def test_it_is_watched_as_any_other(house: House, log: Log) -> None:
    """New entries are reported once, from all pages; the rule and `why` know its fields."""
    async with house.running():
        await house.told("Watching log")
        for number in range(2, 9):
            log.add(f"Entry {number}", number)
        (line,) = await house.ask("watch.run", name="log")
        assert line["events"] == 3
        (line,) = await house.ask("watch.run", name="log")
        assert line["events"] == 0
        why = json.dumps(await house.ask("why", item="3", watch="log"))
    titles = [title for title in house.titles() if "Entry" in title]
    assert [title[-1] for title in sorted(titles)] == ["6", "7", "8"]
    assert "score" in why
    assert all(entry["items"][0]["url"] for entry in house.journal() if "Entry" in entry["title"])


async def test_plugins_may_call_it_unless_it_changes_something(house: House, log: Log) -> None:
    """What changes something is refused, as for any other action."""
    del log
    async with house.opened():
        with pytest.raises(RequestRefused, match="wipe wipes the log"):
            await house.ask("target.test", name="caller")
    assert (house.folder / "targets" / "caller" / "answer").read_text() == "1"


async def test_people_call_it(house: House, log: Log) -> None:
    """Over the daemon; what changes something must be confirmed."""
    log.add("More", 1)
    async with house.opened():
        _, answer = await house.ask("call", action="sitelog", params={"user": 5})
        assert [entry["id"] for entry in answer["answer"]["log"]] == [2, 1]
        with pytest.raises(RequestRefused, match="add --yes to confirm"):
            await house.ask("call", action="wipe", params={})
