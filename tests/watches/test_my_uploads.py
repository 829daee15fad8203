"""Watches of your uploads: found bit by bit, reported once, on figures that are not stale."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post

from gazelled.errors import TrackerUnavailable
from gazelled.model import Call, Event, EventKind, Lane
from gazelled.rules import CompileContext, parse_expression
from gazelled.testing import Fault
from gazelled.watches.watch import Watch


def own(post: Post, *numbers: int) -> None:
    """Make uploads mine, with enough seeders."""
    for number in numbers:
        post.sim.world.torrents[number].uploader = post.sim.world.user("me").id
        post.sim.world.set_peers(number, seeders=9)


def watching(post: Post, kind: str, learn: int = 20) -> Watch:
    """Return a watch of a kind; an alert is of few seeders."""
    watch = replace(post.watch(kind, "my_uploads", {"learn": learn}), kind=KINDS[kind])
    if kind != "alert":
        return watch
    assert watch.listing
    raised, problems = parse_expression("seeders <= 1", CompileContext(watch.listing.fields))
    assert not problems
    return replace(watch, raised=raised)


def told(events: list[Event]) -> list[tuple[EventKind, list[str]]]:
    """Return what happened to which torrents."""
    return [
        (event.kind, [item.id for item in event.items if item.kind == "torrent"])
        for event in events
    ]


def asked(post: Post) -> Counter[str]:
    """Return what was asked for, and forget it."""
    counts = Counter(call.action for call in post.asked)
    post.asked.clear()
    return counts


async def test_alerts_come_while_others_are_still_searched_for(post: Post) -> None:
    """Each look spends so much; what is found is compared from then on, and told once."""
    own(post, 58, 20)
    post.sim.world.set_peers(58, seeders=1)
    post.sim.world.set_peers(20, seeders=0)
    watch = watching(post, "alert")
    assert told(await post.run(watch)) == [(EventKind.RAISED, ["58"])]
    assert asked(post)["torrentgroup"] == 20
    looks = [told(await post.run(watch)) for _ in range(4)]
    assert [events for events in looks if events] == [[(EventKind.RAISED, ["20"])]]
    asked(post)
    assert await post.run(watch) == []
    assert asked(post) == {"index": 1, "user": 1, "torrentgroup": 2}
    post.sim.world.set_peers(58, seeders=2)
    assert told(await post.run(watch)) == [(EventKind.CLEARED, ["58"])]


async def test_figures_of_searches_raise_nothing(post: Post) -> None:
    """What they show may be stale for long; what counts is the data set itself."""
    own(post, 58)
    post.sim.world.set_peers(58, seeders=0)
    post.sim.world.set_peers(58, seeders=9, stale=True)
    watch = watching(post, "alert")
    assert told(await post.run(watch)) == [(EventKind.FIRST_LOOK, ["58"])]
    post.sim.world.set_peers(58, seeders=9)
    post.sim.world.set_peers(58, seeders=1, stale=True)
    assert told(await post.run(watch)) == [(EventKind.RAISED, ["58"])]


async def test_what_is_found_late_is_not_new(post: Post) -> None:
    """News begin once all is found; then an upload of mine is told once."""
    own(post, 58, 20)
    watch, gone = watching(post, "new"), watching(post, "gone")
    (first,) = await post.run(watch, gone)
    assert first.watch == "gone"
    assert "others may still be found" in first.text
    events: list[Event] = []
    for _ in range(5):
        events += await post.run(watch, gone)
    assert [(event.watch, event.kind) for event in events] == [("new", EventKind.FIRST_LOOK)]
    assert events[0].text.startswith("2 of 2 known items match")
    new = post.sim.world.publish("Mine", uploader="me")
    post.sim.world.publish("Another's")
    assert told(await post.run(watch, gone)) == [(EventKind.NEW, [str(new.id)])]
    post.sim.world.delete(58)
    after = [*await post.run(watch, gone), *await post.run(watch, gone)]
    assert told(after) == [(EventKind.GONE, ["58"])]


async def test_learning_has_the_lowest_priority(post: Post) -> None:
    """Who the account is goes first, as any watch does; the rest comes after everything else."""
    own(post, 58)
    await post.run(watching(post, "alert"))
    lanes = {(call.action, call.lane) for call in post.asked if "page" not in dict(call.params)}
    assert lanes == {
        ("index", Lane.WATCH),
        ("user", Lane.WATCH),
        ("browse", Lane.WATCH),
        ("torrentgroup", Lane.CATCH_UP),
    }


async def test_a_look_that_fails_loses_nothing_that_was_learnt(post: Post) -> None:
    """Whichever request it was, the next look goes on there, and tells all once."""
    own(post, 58, 45)
    for number in (58, 45):
        post.sim.world.set_peers(number, seeders=1)
    watch = watching(post, "alert")
    groups, looks = Counter[Call](), 0

    def fail(_: Call) -> None:
        if len(post.asked) > looks:
            raise TrackerUnavailable("The tracker is gone.", action="torrentgroup")

    post.before = fail
    events: list[Event] = []
    while len(events) < 2 and looks < 40:
        looks += 1
        try:
            events += await post.run(watch)
        except TrackerUnavailable:
            post.asked.pop()  # which was not sent
        groups.update(call for call in post.asked if call.action == "torrentgroup")
        post.asked.clear()
    both = [item for event in events for item in event.items]
    assert sorted(item.id for item in both) == ["45", "58"]
    mine = {str(post.sim.world.torrents[number].group.id) for number in (58, 45)}
    others = [count for call, count in groups.items() if dict(call.params)["id"] not in mine]
    assert len(others) >= 10
    assert max(others) == 1


async def test_one_that_cannot_be_read_is_put_off(post: Post) -> None:
    """Others are found meanwhile, and no alert is over because it can't be read."""
    own(post, 58, 45)
    post.sim.world.set_peers(58, seeders=1)
    watch = watching(post, "alert", learn=30)
    await post.run(watch)
    post.sim.fail(Fault.NOT_JSON, times=1, action="torrentgroup")
    assert await post.run(watch) == []
    assert await post.run(watch) == []
    post.sim.world.set_peers(58, seeders=5)
    assert told(await post.run(watch)) == [(EventKind.CLEARED, ["58"])]


@pytest.mark.parametrize("lane", [Lane.WATCH, Lane.PERSON])
async def test_an_account_without_uploads_costs_two_requests(post: Post, lane: Lane) -> None:
    """Nothing is listed, nothing is learnt, and all is known."""
    watch = watching(post, "new")
    assert told(await post.run(watch, lane=lane)) == [(EventKind.FIRST_LOOK, [])]
    assert asked(post) == {"index": 1, "user": 1}
