"""A plugin that takes part in all of it: what it adds, vetoes and is shown, in the whole daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.json_lines import read_json_lines

from gazelled.errors import TrackerError
from gazelled.testing import Fault

from .conftest import House

PLUGIN = """
import json
from pathlib import Path
from gazelled.plugin import FLAG, TEXT, TEXTS, Note, Veto, hookimpl

LOG = Path(__file__).with_suffix(".log")
MOOD = Path(__file__).with_suffix(".mood")

def note(what, **facts):
    with LOG.open("a") as file:
        file.write(json.dumps([what, facts]) + "\\n")

@hookimpl
def gazelled_match_fields(register):
    register("accessions", TEXTS)
    register("initial", TEXT, compute=lambda item: item.title[:1])

@hookimpl
def gazelled_functions(register):
    register("ours", lambda text: "Ours" in text, takes=[TEXT], returns=FLAG)

@hookimpl
async def gazelled_items_found(batch):
    note("items_found", titles=[item.title for item in batch.items], watches=batch.watches)
    if MOOD.exists():
        mood = MOOD.read_text()
        if mood == "once":
            MOOD.unlink()
        raise ValueError(mood)
    items = [item for item in batch.items if "bare" not in item.title]
    return {item.id: {"accessions": [f"SRR{item.id}"]} for item in items}

@hookimpl
async def gazelled_item_decided(decision):
    note("item_decided", title=decision.item.title, why=decision.why)
    if "vetoed" in decision.item.title:
        return Veto("Ada has it")
    return Note("for the freezer") if "noted" in decision.item.title else None

@hookimpl
async def gazelled_event_stored(stored):
    note("event_stored", key=stored.event.key, targets=stored.targets)

@hookimpl
async def gazelled_delivered(done):
    note("delivered", key=done.delivery.key, took=done.took >= 0)

@hookimpl
async def gazelled_delivery_failed(failure):
    note("delivery_failed", key=failure.delivery.key, error=failure.error, final=failure.final,
         again=failure.retry_at is not None)

@hookimpl
async def gazelled_tracker_changed(change):
    note("tracker_changed", state=change.state, reason=change.reason)

@hookimpl
async def gazelled_request_failed(failure):
    note("request_failed", call=str(failure.call), error=failure.error,
         again=failure.attempt_again is not None)
"""
FEW = """
from gazelled.plugin import EventKind, hookimpl
from gazelled.plugin.kinds import Kind, Look, Outcome

class Few(Kind):
    name = "few"
    about = "reports all new items of a look at once"
    news_only = True
    takes = frozenset({"match"})

    def decide(self, look: Look) -> Outcome:
        if look.first:
            return Outcome([look.first_look_event()])
        items = [item for item in look.fresh if look.fits(item)]
        title = f"{len(items)} of a few"
        return Outcome([look.event(EventKind.NEW, items, title=title)] if items else [])

@hookimpl
def gazelled_kinds(register):
    register(Few())
"""
WATCH = """
[watch.yeast]
ask = "browse"
tell = ["moody"]
match = { initial = "O" }
if = 'ours(title) and len(accessions) > 0'
[plugin.lab]
file = "lab.py"
"""


@pytest.fixture
def lab(house: House) -> House:
    """A daemon with a plugin that takes part."""
    (house.home / "plugins" / "lab.py").write_text(PLUGIN)
    house.watches = WATCH
    return house


def seen(house: House, what: str) -> list[dict[str, Any]]:
    """Return what the plugin noted of a hook, without what is about first looks."""
    log: Path = house.home / "plugins" / "lab.log"
    lines = read_json_lines(log)
    return [facts for name, facts in lines if name == what and "first-look" not in str(facts)]


async def test_a_plugin_takes_part_in_a_look(lab: House) -> None:
    """Rules know its fields and functions, and `why` what it said, also of what was vetoed."""
    async with lab.opened() as app:
        await app.once()
        made = [
            lab.sim.world.publish(title)
            for title in ("Ours, noted", "Ours, vetoed", "Theirs", "Our other")
        ]
        await app.run_watch("yeast")
        await app.deliverer.drain(30)
        shown = [await lab.ask("why", item=str(one.id), watch="") for one in made]
    assert (lab.home / "moody.txt").read_text().splitlines()[-1] == "Ours, noted"
    assert seen(lab, "items_found") == [
        {"titles": ["Ours, noted", "Ours, vetoed"], "watches": ["yeast"]}
    ]
    assert [one["title"] for one in seen(lab, "item_decided")] == ["Ours, noted", "Ours, vetoed"]
    key = f"yeast:new:{made[0].id}"
    assert seen(lab, "event_stored") == [{"key": key, "targets": ["moody"]}]
    assert seen(lab, "delivered") == [{"key": f"{key}@moody", "took": True}]
    watches = [line["why"]["seen"][0]["watches"][0] for (line,) in shown]
    assert [watch["verdict"] for watch in watches] == [True, False, False, False]
    noted, vetoed, other, third = (watch["clauses"] for watch in watches)
    assert noted[-1] == {"asked": "plugin lab", "has": "for the freezer", "holds": True}
    assert vetoed[-1] == {
        "asked": "plugin lab",
        "has": "vetoed by lab: Ada has it",
        "holds": False,
    }
    assert other[-1]["has"] == (
        "len(accessions) > 0 is unknown: accessions unknown; "
        "not asked for, since another condition doesn't hold"
    )
    assert [clause["holds"] for clause in third] == [True, False, None]
    assert (watches[0]["note"], watches[1]["note"]) == ("", "")


"""
"""


async def test_a_field_that_a_plugin_was_asked_for_and_did_not_add_is_said_to_be_so(
    lab: House,
) -> None:
    """It was asked for, although another condition doesn't hold."""
    lab.watches = WATCH.replace("ours(title)", "known(accessions)")
    async with lab.opened() as app:
        await app.once()
        made = lab.sim.world.publish("Ours, bare")
        await app.run_watch("yeast")
        *_, answer = await lab.ask("why", item=str(made.id), watch="")
    clauses = answer["why"]["seen"][0]["watches"][0]["clauses"]
    assert [clause["holds"] for clause in clauses] == [True, False, None]
    assert clauses[-1]["has"] == (
        "len(accessions) > 0 is unknown: accessions unknown; the plugin lab added none"
    )


async def test_a_try_of_a_delivery_that_fails_is_shown(lab: House) -> None:
    """Whether it is tried again, and when, or given up."""
    async with lab.opened() as app:
        await app.once()
        lab.sim.world.publish("Ours")
        (lab.home / "moody.mood").write_text("later")
        await app.run_watch("yeast")
        await app.deliverer.drain(30)
        (lab.home / "moody.mood").write_text("never")
        await app.deliverer.forgive("moody")
        await app.deliverer.drain(30)
    failures = seen(lab, "delivery_failed")
    assert [(one["error"], one["final"], one["again"]) for one in failures] == [
        ("not today", False, True),
        ("not today", True, False),
    ]


async def test_requests_that_fail_are_shown(lab: House) -> None:
    """With their reason, and whether they are sent again."""
    async with lab.opened() as app:
        await app.once()
        lab.sim.fail(Fault.STATUS_ERROR, times=1)
        with pytest.raises(TrackerError):
            await app.run_watch("yeast")
    (failure,) = seen(lab, "request_failed")
    assert failure["call"].startswith("browse")
    assert (failure["error"] != "", failure["again"]) == (True, False)


async def test_changes_of_the_tracker_are_shown(lab: House) -> None:
    """Once it is down, stopped, and back."""
    async with lab.opened() as app:
        await app.dispatcher.health.stop("your account is disabled")
        await app.resume()
    assert seen(lab, "tracker_changed") == [
        {"state": "stopped", "reason": "your account is disabled"},
        {"state": "up", "reason": ""},
    ]


async def test_a_plugin_that_fails_delays_news_and_loses_none(lab: House) -> None:
    """Its fields are unknown after three tries, and `why` names it."""
    async with lab.opened() as app:
        await app.once()
        made = lab.sim.world.publish("Ours")
        mood = lab.home / "plugins" / "lab.mood"
        mood.write_text("the sheet is locked")
        for _ in range(2):
            with pytest.raises(TrackerError, match='"lab" failed: ValueError: the sheet is locked'):
                await app.run_watch("yeast")
            lab.clock.skip(1000.0)  # type: ignore[attr-defined] # of a house
        await app.run_watch("yeast")
        (line,) = await lab.ask("why", item=str(made.id), watch="")
    (watch,) = line["why"]["seen"][0]["watches"]
    assert watch["verdict"] is None
    assert watch["clauses"][-1]["has"] == (
        "len(accessions) > 0 is unknown: accessions unknown; "
        'The plugin "lab" failed: ValueError: the sheet is locked (3 tries)'
    )
    assert len(seen(lab, "items_found")) == 3


async def test_the_daemon_asks_again_soon(lab: House) -> None:
    """And reports what a plugin failed at once it works."""
    lab.watches = WATCH.replace("ask =", 'every = "15m"\nask =')
    mood = lab.home / "plugins" / "lab.mood"
    async with lab.running():
        await lab.until(lambda: "Watching yeast" in lab.arrived())
        mood.write_text("once")
        lab.sim.world.publish("Ours")
        await lab.until(lambda: "Ours" in lab.arrived())
    assert len(seen(lab, "items_found")) == 2


async def test_what_is_vetoed_of_a_kind_that_recurs_is_a_note(lab: House) -> None:
    """It may be reported another time, so it is no condition."""
    lab.watches = """
[watch.seeders]
ask = "browse"
kind = "change"
fields = ["seeders"]
tell = ["moody"]
match = { initial = "O" }
[plugin.lab]
file = "lab.py"
"""
    made = lab.sim.world.publish("Ours, vetoed", seeders=1)
    async with lab.opened() as app:
        await app.once()
        made.seeders = 5
        await app.run_watch("seeders")
        (line,) = await lab.ask("why", item=str(made.id), watch="")
    assert [one["title"] for one in seen(lab, "item_decided")] == ["Ours, vetoed"]
    assert seen(lab, "event_stored") == []
    (watch,) = line["why"]["seen"][0]["watches"]
    assert "; vetoed by lab: Ada has it (2026-03-02 " in watch["note"]


async def test_try_and_replay_decide_by_what_is_kept(lab: House) -> None:
    """No plugin is asked; what can't be known is said."""
    async with lab.opened() as app:
        await app.once()
        for title in ("Ours, noted", "Ours, vetoed", "Theirs"):
            lab.sim.world.publish(title)
        await app.run_watch("yeast")
        before = len(seen(lab, "items_found")), len(seen(lab, "item_decided"))
        *_, trial = await lab.ask("try", watch="yeast", since=86400.0)
        *_, replay = await lab.ask("replay", watch="yeast", since=86400.0, as_now=True)
        after = len(seen(lab, "items_found")), len(seen(lab, "item_decided"))
    assert before == after == (1, 2)
    assert [item["title"] for item in trial["tried"]["shown"]] == ["Ours, noted"]
    assert trial["tried"]["note"] == (
        "accessions is known only of items that the plugin lab was asked about; "
        "what lab would veto is known only of what it was asked"
    )
    assert replay["events"] == []


async def test_a_kind_of_a_plugin_makes_what_is_sent_again(lab: House) -> None:
    """What it would have reported of what its rule of now fits, and not plain news."""
    (lab.home / "few.py").write_text(FEW)
    lab.more += '[plugin.few]\nfile = "few.py"\n'
    rule = "if = 'ours(title) and len(accessions) > 0'"
    lab.watches = WATCH.replace(rule, 'kind = "few"').replace('"O"', '"T"')
    async with lab.opened() as app:
        await app.once()
        for title in ("Ours", "Ours, too"):
            lab.sim.world.publish(title)
        await app.run_watch("yeast")
    lab.watches = lab.watches.replace('"T"', '"O"')
    async with lab.opened():
        *_, replay = await lab.ask("replay", watch="yeast", since=86400.0, as_now=True)
    assert [event["title"] for event in replay["events"]] == ["2 of a few"]
