"""Watches tell what is new: all of it, once, and nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS

from gazelled.errors import BadAnswer, RequestRefused, TrackerUnavailable
from gazelled.model import Call, Event, EventKind, Lane
from gazelled.testing import Fault

if TYPE_CHECKING:
    from .conftest import Post


def titles(events: list[Event]) -> list[str]:
    """Return the headlines."""
    return [event.title for event in events]


async def test_a_first_look_is_one_message(post: Post) -> None:
    """What is there already is known, and told in one message with the newest that fits."""
    sim = post.sim
    sim.world.publish("Newest of all", license="CC BY", tags=["wine"])
    yeast = post.watch("yeast", "browse", match={"license": ["CC0", "Public Domain"]})
    (event,) = await post.run(yeast)
    assert (event.kind, event.watch, event.title) == (
        EventKind.FIRST_LOOK,
        "yeast",
        "Watching yeast",
    )
    fitting = [each.title for each in event.items]
    assert event.text.startswith("28 of 50 known items match; newest: A data set nobody signed")
    assert len(fitting) == 3
    assert "Newest of all" not in fitting
    assert await post.run(yeast) == []


async def test_what_is_new_is_told_once(post: Post) -> None:
    """A new upload that fits is one event, now and never again; one that doesn't fit is none."""
    yeast = post.watch("yeast", "browse", match={"license": "CC0"})
    await post.run(yeast)
    post.sim.world.publish("S288C reads", license="CC0")
    post.sim.world.publish("Yeast proteome", license="CC BY-SA")
    (event,) = await post.run(yeast)
    assert (event.kind, event.title, event.why) == (EventKind.NEW, "S288C reads", ("CC0",))
    assert await post.run(yeast) == []
    # After a restart, too: a new watcher knows what the old one did.
    post.sim.world.publish("W303 reads", license="CC0")
    assert titles(await post.run(yeast)) == ["W303 reads"]


async def test_expressions_decide_and_say_why(post: Post) -> None:
    """What the table demands and what the expression does must hold, and both are told."""
    rare = post.watch(
        "rare", "browse", match={"license": "CC0"}, condition='age < "1d" or year < 0'
    )
    await post.run(rare)
    post.sim.world.publish("S288C reads", license="CC0")
    post.sim.world.publish("Yeast proteome", license="CC BY-SA")
    (event,) = await post.run(rare)
    assert event.title == "S288C reads"
    assert event.why[0] == "CC0"
    assert event.why[1].startswith('age < "1d" or year < 0: age ')


async def test_formats_of_a_data_set_are_one_event(post: Post) -> None:
    """Several formats in one run are one message; a later format is another one."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    first = post.sim.world.publish("S288C reads", format="FASTQ")
    post.sim.world.publish("Something else")
    post.sim.world.publish(group=first.group.id, format="BAM")
    told = await post.run(yeast)
    assert [(event.title, len(event.items)) for event in told] == [
        ("S288C reads", 2),
        ("Something else", 1),
    ]
    post.sim.world.publish(group=first.group.id, format="FASTA")
    (later,) = await post.run(yeast)
    assert [item.fields["format"] for item in later.items] == ["FASTA"]


async def test_it_pages_back_to_its_watermark(post: Post) -> None:
    """However much appeared meanwhile, each of them is told, the oldest first."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.asked.clear()
    wanted = [f"Set {number}" for number in range(120)]
    for title in wanted:
        post.sim.world.publish(title)
    assert titles(await post.run(yeast)) == wanted
    assert post.pages == ["1", "2", "3"]
    assert {call.lane for call in post.asked} == {Lane.WATCH}
    assert len({call.asked_at for call in post.asked}) == 1


async def test_a_stream_that_was_empty_pages_on_too(post: Post) -> None:
    """A first look that found nothing doesn't limit the next one to a page."""
    yeast = post.watch("yeast", "browse", {"searchstr": "Neurospora"})
    (first,) = await post.run(yeast)
    assert first.text.startswith("0 of 0 known items match")
    wanted = [f"Set {number}" for number in range(70)]
    for title in wanted:
        post.sim.world.publish(title, organism="Neurospora crassa")
    assert titles(await post.run(yeast)) == wanted


async def test_what_is_too_far_back_is_a_gap_with_two_ends(post: Post) -> None:
    """Where the tracker's pages end, what could not be seen is recorded and told by its ends."""
    yeast = post.watch("yeast", "browse", last_page=2)
    await post.run(yeast)
    newest = max(post.sim.world.torrents)
    wanted = [f"Set {number}" for number in range(130)]
    for title in wanted:
        post.sim.world.publish(title)
    told = await post.run(yeast)
    assert titles(told) == [*wanted[30:], "missed"]
    assert told[-1].text == f"{newest} to {newest + 31}"
    assert (await post.store.counts())["gaps"] == 1
    # From there on all is well again.
    post.sim.world.publish("After the gap")
    assert titles(await post.run(yeast)) == ["After the gap"]


async def test_the_trackers_twenty_pages_are_enough_for_a_thousand(post: Post) -> None:
    """The tracker repeats page 20 for ever; nobody asks it for page 21."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.asked.clear()
    for number in range(1010):
        post.sim.world.publish(f"Set {number}")
    told = await post.run(yeast)
    assert len(told) == 1000 + 1
    assert told[-1].title == "missed"
    assert post.pages == [str(number) for number in range(1, 21)]


async def test_an_old_item_that_moves_up_is_not_news(post: Post) -> None:
    """A deletion moves an item onto the first page that the first look never saw; it is old."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    for number in sorted(post.sim.world.torrents)[-8:]:
        post.sim.world.delete(number)
    assert await post.run(yeast) == []


async def test_the_newest_may_be_deleted(post: Post) -> None:
    """Without the item that was the watermark, news are found all the same."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.sim.world.delete(max(post.sim.world.torrents))
    post.sim.world.publish("S288C reads")
    assert titles(await post.run(yeast)) == ["S288C reads"]


async def test_a_late_index_is_waited_for(post: Post) -> None:
    """An upload is told when the search finds it, even if a later one came first."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    late = post.sim.world.publish("Late")
    late.searchable = post.clock.now().replace(year=2027)
    post.sim.world.publish("Sooner")
    assert titles(await post.run(yeast)) == ["Sooner"]
    late.searchable = post.clock.now()
    assert titles(await post.run(yeast)) == ["Late"]


async def test_an_edit_is_not_news(post: Post) -> None:
    """A data set that is renamed stays the same; one that is edited into a search is new in it."""
    world = post.sim.world
    everything = post.watch("all", "browse")
    humans = post.watch("humans", "browse", {"searchstr": "Neurospora"})
    newest = world.publish("S288C reads")
    await post.run(everything, humans)
    newest.group.title = "S288C reads, renamed"
    newest.group.organism = "Neurospora crassa"
    assert [(event.watch, event.title) for event in await post.run(everything, humans)] == [
        ("humans", "S288C reads, renamed")
    ]


async def test_a_reply_is_news_again(post: Post) -> None:
    """A conversation that goes on keeps its id and is told again; a sticky one above isn't."""
    inbox = post.watch("inbox", "inbox")
    await post.run(inbox)
    post.clock.move(60)
    conversation = post.sim.world.send("Strains", "Which?")
    assert titles(await post.run(inbox)) == ["Strains"]
    post.sim.world.reply(conversation.id, "That one.")
    assert titles(await post.run(inbox)) == ["Strains"]
    conversation.sticky.add(post.sim.world.user("me").id)
    assert await post.run(inbox) == []
    post.sim.world.reply(conversation.id, "Really.")
    assert titles(await post.run(inbox)) == ["Strains"]
    assert await post.run(inbox) == []


async def test_sticky_conversations_dont_hide_the_end(post: Post) -> None:
    """Old conversations that stick to the top aren't taken for the watermark."""
    inbox = post.watch("inbox", "inbox")
    await post.run(inbox)
    post.asked.clear()
    wanted = [f"Message {number}" for number in range(30)]
    for subject in wanted:
        post.clock.move(60)
        post.sim.world.send(subject)
    assert titles(await post.run(inbox)) == wanted
    assert post.pages == ["1", "2", "1"]  # the first once more: nothing had moved past it


async def test_what_came_at_one_moment_keeps_its_order_over_pages(post: Post) -> None:
    """The tracker's order decides between equal times, wherever a page ends."""
    inbox = post.watch("inbox", "inbox")
    await post.run(inbox)
    post.clock.move(60)
    wanted = [f"Message {number}" for number in range(30)]
    for subject in wanted:
        post.sim.world.send(subject)
    assert titles(await post.run(inbox)) == wanted


async def test_reading_the_list_leaves_messages_unread(post: Post) -> None:
    """A watch on the inbox changes nothing on the site."""
    before = post.sim.world.unread(post.sim.world.user("me"))
    await post.run(post.watch("inbox", "inbox"), post.watch("news", "get_user_notifications"))
    assert post.sim.world.unread(post.sim.world.user("me")) == before > 0


async def test_what_was_gone_is_news_again(post: Post) -> None:
    """The inbox notification always has the same id; after it was gone it is told anew."""
    world = post.sim.world
    news = post.watch("news", "get_user_notifications", match={"type": "Inbox"})
    await post.run(news)
    assert await post.run(news) == []
    for _ in range(3):
        for conversation in world.conversations.values():
            conversation.unread.clear()
        assert await post.run(news) == []
        world.send("Hello again")
        assert titles(await post.run(news)) == ["You have a new message"]
        assert await post.run(news) == []


@pytest.mark.parametrize(
    "kind", ["Global", "Subscriptions", "Quotes", "StaffPM", "Torrents", "Collages"]
)
def test_what_only_counts_comes_back(post: Post, kind: str) -> None:
    """Only news and blog posts have ids; all other notifications have 0 again and again."""
    listing = post.watch("news", "get_user_notifications").listing
    assert listing
    assert f"{kind}:0:" in listing.recurring
    assert kind in listing.values["type"]


@pytest.mark.parametrize(
    ("ask", "given", "said"),
    [
        ("browse", {}, "; newest: A data set nobody signed"),
        ("collage", {"id": 1}, "; first: Saccharomyces cerevisiae S288C"),
        ("stats", {}, "1 of 1 known items match. From now on"),
    ],
)
async def test_newest_is_said_where_there_is_an_order(
    post: Post, ask: str, given: dict[str, object], said: str
) -> None:
    """Of a list without one nobody knows, and of one thing there is no other."""
    watch = replace(post.watch("x", ask, given), kind=KINDS["change"], fields=("seeders",))
    (event,) = await post.run(watch)
    assert said in event.text


async def test_announcements(post: Post) -> None:
    """News and blog posts are told by their own ids, the padding is nothing."""
    news = post.watch("news", "announcements")
    (first,) = await post.run(news)
    assert first.text.startswith("10 of 10 known items match")
    post.sim.world.announce("Maintenance & more")
    post.sim.world.write_blog("On yeast & bread")
    assert sorted(titles(await post.run(news))) == ["Maintenance & more", "On yeast & bread"]
    assert await post.run(news) == []


async def test_watches_that_ask_the_same_share_a_request(post: Post) -> None:
    """Two watches on one stream cost one request, and each decides for itself."""
    free = post.watch("free", "browse", match={"license": "CC0"}, tell=["phone"])
    large = post.watch("large", "browse", match={"size": {"min": "100 GiB"}}, tell=["feed"])
    await post.run(free, large)
    post.asked.clear()
    post.sim.world.publish("Small", license="CC0", size=2**20)
    post.sim.world.publish("Large", license="CC BY", size=200 * 2**30)
    told = await post.run(free, large)
    assert sorted((event.watch, event.title) for event in told) == [
        ("free", "Small"),
        ("large", "Large"),
    ]
    assert len(post.asked) == 1


async def test_a_watch_that_joins_later_begins_there(post: Post) -> None:
    """A new watch on a known stream has its own first look; the others miss nothing by it."""
    old = post.watch("old", "browse")
    new = post.watch("new", "browse")
    await post.run(old)
    post.sim.world.publish("S288C reads")
    told = await post.run(old, new)
    assert [(event.watch, event.title) for event in told] == [
        ("old", "S288C reads"),
        ("new", "Watching new"),
    ]
    post.sim.world.publish("W303 reads")
    told = await post.run(old, new)
    assert [(event.watch, event.title) for event in told] == [
        ("old", "W303 reads"),
        ("new", "W303 reads"),
    ]


async def test_a_look_that_could_not_be_committed_changed_nothing(post: Post) -> None:
    """When the commit fails half-way, the next look finds the same, and tells it once."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.sim.world.publish("S288C reads")
    with closing(sqlite3.connect(post.store.path)) as db:
        db.execute(
            "CREATE TRIGGER crash BEFORE INSERT ON known BEGIN SELECT RAISE(ABORT, 'crash'); END"
        )
        db.commit()
    with pytest.raises(BadAnswer, match="IntegrityError: crash"):
        await post.run(yeast)
    assert titles(await post.events()) == ["Watching yeast"]
    with closing(sqlite3.connect(post.store.path)) as db:
        db.execute("DROP TRIGGER crash")
        db.commit()
    assert titles(await post.run(yeast)) == ["S288C reads"]
    assert await post.run(yeast) == []


async def test_two_runs_at_once_tell_once(post: Post) -> None:
    """A person's run beside the schedule's sees no news a second time, whatever came between."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    watcher = post.watcher(yeast)
    first = post.sim.world.publish("S288C reads")
    async with asyncio.TaskGroup() as group:
        for lane in (Lane.WATCH, Lane.PERSON, Lane.WATCH):
            _ = group.create_task(watcher.run(yeast.source, lane), name="run")
        await asyncio.sleep(0)
        post.sim.world.publish(group=first.group.id, format="BAM")
    await watcher.run(yeast.source)
    told = [item.id for event in (await post.events())[1:] for item in event.items]
    assert sorted(told) == sorted(set(told))
    assert len(told) == 2


async def test_a_cancelled_run_still_wakes_the_deliverer(post: Post) -> None:
    """Whoever stops waiting for a commit doesn't stop it; what it made is delivered at once."""
    yeast = post.watch("yeast", "browse")
    watcher = post.watcher(yeast)
    with closing(sqlite3.connect(post.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the commit has to wait for this
        task = asyncio.create_task(watcher.run(yeast.source), name="run")
        async with asyncio.timeout(30):
            while not watcher._context.overlaps.committing.locked():  # noqa: ASYNC110 - a run has no event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)  # from the lock to the disk
        task.cancel()
        await asyncio.wait([task])
        assert post.woken == 1
        other.execute("ROLLBACK")
    assert (await post.store.counts())["events"] == 1


async def test_a_refusal_is_told_once_and_over_once(post: Post) -> None:
    """A source that is refused is told when it begins, not at each run, and when it is over."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.sim.fail(Fault.STATUS_ERROR)
    for _ in range(3):
        with pytest.raises(RequestRefused):
            await post.run(yeast)
    assert (await post.watcher(yeast).troubles.of(yeast.source)).startswith(
        "Search returned an error"
    )
    # The key of the notice is the source and the time: it is the same each time.
    assert len({(type(each.problem), each.since) for each in post.troubles}) == 1
    post.sim.repair()
    post.troubles.clear()
    await post.run(yeast)
    await post.run(yeast)
    assert [(each.problem, each.watches) for each in post.troubles] == [(None, ("yeast",))]
    assert await post.watcher(yeast).troubles.of(yeast.source) == ""


@pytest.mark.parametrize(
    "fault", [Fault.WRONG_RESPONSE, Fault.WRONG_SHAPE, Fault.NOT_JSON, Fault.CUT_OFF]
)
async def test_a_broken_answer_is_told_with_what_came(post: Post, fault: Fault) -> None:
    """Whatever is wrong with an answer, it comes along to be kept, and nothing is known of it."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.sim.world.publish("S288C reads")
    post.sim.fail(fault)
    with pytest.raises(BadAnswer):
        await post.run(yeast)
    (trouble,) = post.troubles
    assert isinstance(trouble.problem, BadAnswer)
    assert trouble.problem.raw.startswith(b"{")
    post.sim.repair()
    assert titles(await post.run(yeast)) == ["S288C reads"]


async def test_a_page_that_fails_loses_nothing(post: Post) -> None:
    """When catching up breaks off, the next look begins again and finds all of it."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    wanted = [f"Set {number}" for number in range(60)]
    for title in wanted:
        post.sim.world.publish(title)

    def fail_on_the_second_page(call: Call) -> None:
        if ("page", "2") in call.params:
            post.sim.fail(Fault.STATUS_ERROR)

    post.before = fail_on_the_second_page
    with pytest.raises(RequestRefused):
        await post.run(yeast)
    post.before = lambda _: None
    assert titles(await post.events()) == ["Watching yeast"]
    post.sim.repair()
    assert titles(await post.run(yeast)) == wanted


async def test_an_outage_is_no_trouble_of_a_watch(post: Post) -> None:
    """A person hears at once that the tracker can't answer; that is no trouble of the watch."""
    yeast = post.watch("yeast", "browse")
    await post.run(yeast)
    post.sim.fail(Fault.EMPTY_500)
    with pytest.raises(TrackerUnavailable):
        await post.run(yeast, lane=Lane.PERSON)
    assert post.troubles == []


async def test_what_was_new_is_kept_with_the_rules(post: Post) -> None:
    """Each new item is kept, fitting or not, and each rule since it is valid."""
    post.sim.world.publish("old")
    before = replace(post.watch("yeast", "browse", match={"title": "reads"}), rule="reads")
    await post.run(before)
    post.sim.world.publish("S288C reads")
    post.sim.world.publish("Mouse")
    await post.run(before)
    since = post.clock.now()
    await post.run(replace(before, rule="any"))

    kept = await post.store.archive.items(before.source, datetime.fromtimestamp(0, UTC))
    rules = await post.store.watches.rules("yeast")
    assert [each.item.title for each in kept] == ["S288C reads", "Mouse"]
    assert [before.match.decide(each.item, each.at).verdict for each in kept] == [True, False]
    assert [each.text for each in rules] == ["reads", "any"]
    assert rules[0].since < kept[0].at < since < rules[1].since


@pytest.mark.parametrize("kind", ["new", "report"])
async def test_what_a_list_without_an_order_costs_is_remembered(post: Post, kind: str) -> None:
    """The plan counts all of its pages."""
    watch = replace(post.watch("people", "usersearch", {"search": "1"}), kind=KINDS[kind])
    await post.run(watch)
    assert await post.store.get_kv(f"pages:{watch.source}") == str(len(post.asked))
