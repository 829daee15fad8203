"""Plugins veto and annotate what watches report, each kind of watch in its way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post
from tests.watches.plugin_parts import Colleague, taking_part

from gazelled.model import Event, EventKind, FirstLook, Lane, StreamId
from gazelled.plugin import ItemDecision, Note, Veto
from gazelled.rules import CompileContext, Rule, parse_expression
from gazelled.store import PluginVerdict
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.plugins.vetoes import HOLDS_FOR, MOST_FAILURES

UPLOADS = StreamId("browse group_results=0")
HAS_IT = Veto("Ada has it")


def vetoing(*titles: str) -> Colleague:
    """Make a plugin that vetoes what has one of some titles."""
    return Colleague(lambda decision: HAS_IT if decision.item.title in titles else None)


def titles(events: list[Event], kind: EventKind = EventKind.NEW) -> list[str]:
    """Return the titles of the events of a kind."""
    return [event.title for event in events if event.kind is kind]


async def verdicts(post: Post, item: int) -> list[PluginVerdict]:
    """Return what is kept of what plugins said of an item."""
    return (await post.store.enrichments.verdicts(UPLOADS, [str(item)])).get(str(item), [])


def condition(text: str) -> Rule:
    """Read an expression on uploads."""
    uploads = ACTIONS["browse"].listing(())
    assert uploads
    rule, problems = parse_expression(text, CompileContext(uploads.fields))
    assert not problems
    return rule


async def test_a_veto_is_one_more_condition(post: Post) -> None:
    """Only what fits is asked about, and only what is vetoed isn't reported."""
    colleague = vetoing("Hers")
    post.participants = taking_part(colleagues=[colleague])
    watch = post.watch("ours", "browse", match={"license": "CC0"})
    await post.run(watch)
    made = post.sim.world.publish("Hers", license="CC0")
    post.sim.world.publish("Free", license="CC0")
    post.sim.world.publish("Other", license="CC BY")
    assert titles(await post.run(watch)) == ["Free"]
    assert colleague.asked == ["Hers", "Free"]
    assert colleague.decisions[0] == ItemDecision(
        "ours",
        UPLOADS,
        colleague.decisions[0].item,
        fits=True,
        why=("CC0",),
        at=colleague.decisions[0].at,
    )
    (kept,) = await verdicts(post, made.id)
    assert (kept.watch, kept.plugin, kept.veto, kept.reason) == (
        "ours",
        "colleague",
        True,
        "Ada has it",
    )
    assert await post.run(watch) == []
    assert len(colleague.asked) == 2


async def test_each_watch_is_asked_about_by_itself(post: Post) -> None:
    """A veto for one watch is none for another of the same source."""
    colleague = Colleague(lambda one: HAS_IT if one.watch == "hers" else None)
    post.participants = taking_part(colleagues=[colleague])
    watches = post.watch("ours", "browse"), post.watch("hers", "browse")
    await post.run(*watches)
    post.sim.world.publish("Reads")
    assert [event.watch for event in await post.run(*watches)] == ["ours"]


async def test_the_first_veto_wins_and_notes_add_up(post: Post) -> None:
    """In the order of the plugins; notes stand among the reasons of the event."""
    first = Colleague(lambda _: Note("rare strain"), plugin="strains")
    second = Colleague(
        lambda one: HAS_IT if one.item.title == "Hers" else Note("fits the freezer"), plugin="lab"
    )
    third = Colleague(lambda _: None, plugin="last")
    post.participants = taking_part(colleagues=[first, second, third])
    watch = post.watch("ours", "browse", match={"license": "CC0"})
    await post.run(watch)
    post.sim.world.publish("Hers", license="CC0")
    post.sim.world.publish("Free", license="CC0")
    (event,) = await post.run(watch)
    assert event.why == ("CC0", "rare strain", "fits the freezer")
    assert third.asked == ["Free"]


async def test_one_format_of_a_data_set_is_vetoed(post: Post) -> None:
    """The others are reported, in one event."""
    colleague = Colleague(lambda one: HAS_IT if one.item.fields["format"] == "BAM" else None)
    post.participants = taking_part(colleagues=[colleague])
    watch = post.watch("ours", "browse")
    await post.run(watch)
    made = post.sim.world.publish("Reads", format="FASTQ")
    post.sim.world.publish("Reads", format="BAM", group=made.group.id)
    (event,) = await post.run(watch)
    assert [item.fields["format"] for item in event.items] == ["FASTQ"]


async def test_a_plugin_that_fails_vetoes_nothing(post: Post) -> None:
    """It is asked a few times in a look, and again in the next one."""
    colleague = vetoing("Set 0")
    colleague.fails = True
    post.participants = taking_part(colleagues=[colleague])
    watch = post.watch("ours", "browse")
    await post.run(watch)
    for number in range(MOST_FAILURES + 2):
        post.sim.world.publish(f"Set {number}")
    assert len(titles(await post.run(watch))) == MOST_FAILURES + 2
    assert len(colleague.asked) == MOST_FAILURES
    colleague.fails = False
    post.sim.world.publish("Set 0")
    assert titles(await post.run(watch)) == []


async def test_a_first_look_reports_the_newest_that_are_not_vetoed(post: Post) -> None:
    """A plugin is asked about no more than what would be reported."""
    colleague = vetoing("New")
    post.participants = taking_part(colleagues=[colleague])
    for title in ("Oldest", "Old", "Newer", "New"):
        post.sim.world.publish(title)
    watch = replace(post.watch("ours", "browse"), first=FirstLook(last=2))
    events = await post.run(watch)
    assert titles(events) == ["Old", "Newer"]
    assert sorted(colleague.asked) == ["New", "Newer", "Old"]
    assert titles(events, EventKind.FIRST_LOOK) == ["Watching ours"]


async def test_a_change_is_vetoed(post: Post) -> None:
    """It counts as seen, as a change that doesn't fit does; the next one is asked about again."""
    colleague = vetoing("Reads")
    post.participants = taking_part(colleagues=[colleague])
    made = post.sim.world.publish("Reads", seeders=3)
    watch = replace(post.watch("ours", "browse"), kind=KINDS["change"], fields=("seeders",))
    await post.run(watch)
    assert colleague.asked == []
    made.seeders = 4
    assert await post.run(watch) == []
    assert await post.run(watch) == []
    assert colleague.asked == ["Reads"]
    colleague.says = lambda _: None
    made.seeders = 5
    (event,) = await post.run(watch)
    assert [(change.before, change.after) for change in event.changes] == [(4, 5)]


async def test_what_is_gone_is_vetoed(post: Post) -> None:
    """It is forgotten without a message, and others are reported."""
    colleague = vetoing("Hers")
    post.participants = taking_part(colleagues=[colleague])
    made = [post.sim.world.publish(title) for title in ("Hers", "Free")]
    watch = replace(post.watch("ours", "browse"), kind=KINDS["gone"])
    await post.run(watch)
    for one in made:
        post.sim.world.delete(one.id)
    assert await post.run(watch) == []
    assert titles(await post.run(watch), EventKind.GONE) == ["Free"]
    assert await post.run(watch) == []
    assert sorted(colleague.asked) == ["Free", "Hers"]


async def test_an_alert_is_vetoed_as_long_as_it_lasts(post: Post) -> None:
    """Neither raised nor cleared; when it begins anew the plugin is asked anew."""
    colleague = vetoing("Reads")
    post.participants = taking_part(colleagues=[colleague])
    made = post.sim.world.publish("Reads", seeders=3)
    watch = replace(
        post.watch("ours", "browse", match={"title": "reads"}),
        kind=KINDS["alert"],
        raised=condition("seeders <= 1"),
    )
    await post.run(watch)
    made.seeders = 1
    assert await post.run(watch) == []
    assert await post.run(watch) == []
    assert len(colleague.asked) == 1
    made.seeders = 3
    assert await post.run(watch) == []
    colleague.says = lambda _: None
    made.seeders = 0
    assert len(titles(await post.run(watch), EventKind.RAISED)) == 1
    colleague.says = lambda _: HAS_IT
    made.seeders = 3
    assert len(titles(await post.run(watch), EventKind.CLEARED)) == 1
    assert len(colleague.asked) == 2


async def test_a_vetoed_alert_is_asked_about_again_later(post: Post) -> None:
    """After a day, or once the item isn't as it was: a plugin may change its mind."""
    colleague = vetoing("Reads")
    post.participants = taking_part(colleagues=[colleague])
    made = post.sim.world.publish("Reads", seeders=1)
    watch = replace(
        post.watch("ours", "browse", match={"title": "reads"}),
        kind=KINDS["alert"],
        raised=condition("seeders <= 1"),
    )
    await post.run(watch)
    assert titles(await post.run(watch), EventKind.RAISED) == []
    before = len(colleague.asked)
    made.seeders = 0
    await post.run(watch)
    assert len(colleague.asked) == before + 1
    colleague.says = lambda _: None
    post.clock.move(HOLDS_FOR.total_seconds())
    assert len(titles(await post.run(watch), EventKind.RAISED)) == 1


async def test_a_report_leaves_out_what_is_vetoed(post: Post) -> None:
    """Each report asks anew; one without anything left says so."""
    colleague = vetoing("Hers")
    post.participants = taking_part(colleagues=[colleague])
    for title in ("Hers", "Free"):
        post.sim.world.publish(title, license="CC0", lab="Reports")
    watch = replace(post.watch("week", "browse", match={"lab": "Reports"}), kind=KINDS["report"])
    (event,) = await post.run(watch)
    assert [item.title for item in event.items] == ["Free"]
    colleague.says = lambda _: HAS_IT
    (event,) = await post.run(watch)
    assert event.text == "Nothing matches."
    assert colleague.asked.count("Hers") == 2
    assert colleague.asked.count("week") == 0


async def test_what_is_caught_up_is_vetoed(post: Post) -> None:
    """As what a page shows."""
    colleague = vetoing("Reads 3")
    post.participants = taking_part(colleagues=[colleague])
    watch = post.watch("ours", "browse", last_page=1)
    await post.run(watch)
    for number in range(60):
        post.sim.world.publish(f"Reads {number}")
    watcher = post.watcher(watch, catch_up=1000)
    await watcher.run(UPLOADS)
    while await watcher.holes():
        await CatchUp(
            watcher, watcher.contiguous, post.site, post.dispatcher.call, post.clock
        ).once()
    reported = titles(await post.events())
    assert "Reads 3" not in reported
    assert {"Reads 2", "Reads 4", "Reads 59"} <= {*reported}


async def test_what_was_said_is_not_asked_again_after_a_crash(post: Post) -> None:
    """It is written down before the look is committed; the outcome is the same."""
    colleague = vetoing("Hers")
    post.participants = taking_part(colleagues=[colleague])
    watch = post.watch("ours", "browse")
    await post.run(watch)
    for title in ("Hers", "Free"):
        post.sim.world.publish(title)

    class Crash(Exception):  # noqa: N818 - it is none of ours
        """Ends a look between the verdicts and the commit."""

    class Crashing:
        """A store that fails at the commit."""

        def __getattr__(self, name: str) -> object:
            return getattr(post.store, name)

        async def commit_look(self, _: object) -> None:
            raise Crash

    post.keeper = Crashing()  # type: ignore[assignment] # as far as a watcher needs it
    with pytest.raises(Exception, match="crashed"):
        await post.run(watch)
    assert sorted(colleague.asked) == ["Free", "Hers"]
    post.keeper = None
    assert titles(await post.run(watch)) == ["Free"]
    assert len(colleague.asked) == 2


async def test_a_plugin_that_hangs_holds_up_no_other_source(post: Post) -> None:
    """It is asked outside of the lock under which looks are committed."""
    begun, go = asyncio.Event(), asyncio.Event()
    colleague = vetoing("Reads")
    plain = colleague.ask

    async def ask(decision: ItemDecision) -> Veto | Note | None:
        begun.set()
        await go.wait()
        return await plain(decision)

    parts = taking_part(colleagues=[colleague])
    post.participants = replace(parts, deciders=(replace(colleague.part, ask=ask),))
    slow, other = post.watch("slow", "browse"), post.watch("news", "announcements")
    await post.run(slow, other)
    post.sim.world.publish("Reads")
    watcher = post.watcher(slow, other)
    held = asyncio.ensure_future(watcher.run(UPLOADS))
    await begun.wait()
    await watcher.run(other.source)
    assert not held.done()
    go.set()
    await held
    assert titles(await post.events()) == []


async def test_two_looks_at_once_report_once(post: Post) -> None:
    """While a plugin is asked another look may commit the same news."""
    colleague = Colleague(lambda _: Note("seen"))
    post.participants = taking_part(colleagues=[colleague])
    watch = post.watch("ours", "browse")
    await post.run(watch)
    post.sim.world.publish("Reads")
    watcher = post.watcher(watch)
    await asyncio.gather(watcher.run(UPLOADS), watcher.run(UPLOADS, Lane.PERSON))
    assert titles(await post.events()) == ["Reads"]
