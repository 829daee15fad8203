"""What a list doesn't tell is asked for by itself, as often as that makes sense."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post

from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    RequestRefused,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Event, EventKind, FirstLook, Lane
from gazelled.rules import CompileContext, parse_match
from gazelled.tracker.catalogue import Details
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.attempts import Attempts
from gazelled.watches.details import MOST_LOOKED_AT, MOST_TRIES, DetailFetcher
from gazelled.watches.streams.stream_look import SLICE
from gazelled.watches.watch import Watch


def details() -> Details:
    """Return how the catalogue asks for one upload."""
    listing = ACTIONS["browse"].listing(())
    assert listing
    assert listing.details
    return listing.details


def particulars_of(post: Post, ask: Callable[[Call], Awaitable[Answer]]) -> DetailFetcher:
    """Make what asks for details, as a start does."""
    return DetailFetcher(post.site, ask, Attempts(post.store, post.clock))


async def test_an_item_is_asked_for_once(post: Post) -> None:
    """Whoever needs it again gets what was told."""
    made = post.sim.world.publish("S288C reads")
    particulars = particulars_of(post, post.dispatcher.call)
    for _ in range(2):
        item = await particulars.of(str(made.id), details(), Lane.WATCH)
        assert item is not None
        assert item.fields["files"] is not None
    assert particulars.asked == 1


async def test_what_was_deleted_is_none(post: Post) -> None:
    """The tracker has words for it."""
    made = post.sim.world.publish("S288C reads")
    post.sim.world.delete(made.id)
    particulars = particulars_of(post, post.dispatcher.call)
    assert await particulars.of(str(made.id), details(), Lane.WATCH) is None


@pytest.mark.parametrize(
    "problem",
    [RequestRefused("insufficient permissions"), BadAnswer("no list"), TrackerUnavailable("later")],
)
async def test_what_cant_be_told_holds_up_nothing_for_ever(
    post: Post, problem: TrackerError
) -> None:
    """It is asked for again and told as a trouble, and decided on without it in the end."""

    async def ask(_: Call) -> Answer:
        raise problem

    particulars = particulars_of(post, ask)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(type(problem)):
            await particulars.of("7", details(), Lane.WATCH)
    assert await particulars.of("7", details(), Lane.WATCH) is None


@pytest.mark.parametrize(
    ("problem", "lane"),
    [(ActionRequired("see your account"), Lane.WATCH), (TrackerUnavailable("down"), Lane.PERSON)],
)
async def test_an_outage_is_not_about_an_item(
    post: Post, problem: TrackerError, lane: Lane
) -> None:
    """However often it is met."""

    async def ask(_: Call) -> Answer:
        raise problem

    particulars = particulars_of(post, ask)
    for _ in range(2 * MOST_TRIES):
        with pytest.raises(type(problem)):
            await particulars.of("7", details(), lane)


def by_uploader(post: Post, name: str = "ours", *, last: int = 0) -> Watch:
    """Make a watch of CC0 uploads of ours, which only their details tell."""
    watch = post.watch(name, "browse")
    assert watch.listing
    match = {"license": "CC0", "uploader": "power1"}
    rule, mistakes = parse_match(
        match, CompileContext({**watch.listing.fields, **watch.listing.more})
    )
    assert not mistakes
    return replace(watch, match=rule, first=FirstLook(last=last))


def news(events: list[Event]) -> list[str]:
    """Return the titles of what is new."""
    return [event.title for event in events if event.kind is EventKind.NEW]


def details_asked(post: Post) -> list[str]:
    """Return which details were asked for since the last time."""
    asked = [call.params[0][1] for call in post.asked if call.action == "torrent"]
    post.asked.clear()
    return asked


async def test_they_are_asked_for_where_all_else_fits(post: Post) -> None:
    """Neither for what the list says enough of, nor at a first look that tells nothing."""
    ours = by_uploader(post)
    await post.run(ours)
    assert details_asked(post) == []
    wanted = post.sim.world.publish("Ours", uploader="power1")
    other = post.sim.world.publish("Theirs")
    post.sim.world.publish("Ours, too", uploader="power1", license="CC BY")
    assert news(await post.run(ours)) == ["Ours"]
    assert sorted(details_asked(post)) == sorted([str(wanted.id), str(other.id)])


async def test_a_first_look_asks_for_what_it_may_tell(post: Post) -> None:
    """Also beside a watch that began long ago."""
    everything = post.watch("all", "browse")
    await post.run(everything)
    post.sim.world.publish("Ours", uploader="power1")
    post.sim.world.publish("Theirs")
    told = await post.run(everything, by_uploader(post, last=1))
    assert [event.title for event in told if event.watch == "ours"] == ["Watching ours", "Ours"]
    assert len(details_asked(post)) == 2


async def test_a_first_look_goes_back_until_enough_fit(post: Post) -> None:
    """What only details tell is asked for, the newest first, and no longer than needed."""
    publish = post.sim.world.publish
    publish("Older", uploader="power1")
    wanted = [publish(title, uploader="power1") for title in ("Old", "New")]
    others = [publish(f"Theirs {number}") for number in range(5)]
    told = await post.run(by_uploader(post, last=2))
    assert news(told) == ["Old", "New"]
    asked = [str(each.id) for each in (*others[::-1], *wanted[::-1])]
    assert details_asked(post) == asked
    assert await post.store.get_kv("details:browse group_results=0") is None  # no run is like it


async def test_a_first_look_does_not_go_back_for_ever(post: Post) -> None:
    """Where too few fit it asks so often and tells what there is."""
    publish = post.sim.world.publish
    for _ in range(30):
        publish("Older", uploader="power1")
    newest = publish("Ours", uploader="power1")
    for number in range(MOST_LOOKED_AT - 1):
        publish(f"Theirs {number}")
    everything = replace(post.watch("all", "browse"), kind=KINDS["change"], fields=("seeders",))
    told = await post.run(everything, by_uploader(post, last=2))
    assert news(told) == ["Ours"]
    asked = details_asked(post)
    assert len(asked) == MOST_LOOKED_AT
    assert asked[-1] == str(newest.id)


async def test_a_first_look_that_wants_many_may_ask_for_as_many(post: Post) -> None:
    """Whoever wants so many knows what that costs."""
    for number in range(MOST_LOOKED_AT + 10):
        post.sim.world.publish(f"Ours {number}", uploader="power1")
    everything = replace(post.watch("all", "browse"), kind=KINDS["change"], fields=("seeders",))
    last = MOST_LOOKED_AT + 5
    told = await post.run(everything, by_uploader(post, last=last))
    assert news(told) == [f"Ours {number}" for number in range(5, last + 5)]
    assert len(details_asked(post)) == last


async def test_a_look_that_fails_half_way_goes_on_there(post: Post) -> None:
    """What was decided on is committed; each is told once, the oldest first."""
    ours = by_uploader(post)
    await post.run(ours)
    wanted = [f"Set {number}" for number in range(2 * SLICE + 5)]
    made = [post.sim.world.publish(title, uploader="power1").id for title in wanted]

    def fail(call: Call) -> None:
        if call.action == "torrent" and call.params[0][1] == str(made[SLICE + 3]):
            raise TrackerUnavailable("later")

    post.before = fail
    with pytest.raises(TrackerUnavailable):
        await post.run(ours)
    assert news(await post.events()) == wanted[:SLICE]
    post.before = lambda _: None
    assert news(await post.run(ours)) == wanted[SLICE:]


async def test_details_take_nothing_away(post: Post) -> None:
    """What only the list tells stays told, also to watches that didn't ask for details."""
    lab = post.watch("lab", "browse", match={"lab": "EMBL", "location": "Heidelberg"})
    ours = by_uploader(post)
    await post.run(ours, lab)
    post.sim.world.publish("Ours", uploader="power1", lab="EMBL", location="Heidelberg")
    told = await post.run(ours, lab)
    assert sorted(event.watch for event in told) == ["lab", "ours"]
    assert {event.items[0].fields["lab"] for event in told} == {"EMBL"}


@pytest.mark.parametrize(
    "problem",
    [
        RequestRefused("insufficient permissions"),
        BadAnswer("no list"),
        TrackerUnavailable("error 500"),
    ],
)
async def test_what_cant_be_told_holds_up_no_later_process_for_ever(
    post: Post, problem: TrackerError
) -> None:
    """Each run by itself counts, as cron makes them; the others that fit are told in the end."""
    ours = by_uploader(post)
    await post.run(ours)
    made = [post.sim.world.publish(f"Set {number}", uploader="power1") for number in range(4)]
    post.asked.clear()
    bad = {str(made[1].id), str(made[2].id)}

    def fail(call: Call) -> None:
        if call.action == "torrent" and call.params[0][1] in bad:
            raise problem

    post.before = fail
    for _ in range(2 * (MOST_TRIES - 1)):
        with pytest.raises(type(problem)):
            await post.run(ours, lane=Lane.PERSON)
    assert news(await post.run(ours, lane=Lane.PERSON)) == ["Set 0", "Set 3"]
    asked = details_asked(post)
    assert [asked.count(str(each.id)) for each in made[1:3]] == [MOST_TRIES, MOST_TRIES]
    assert await post.store.get_kv("tries") is None


async def test_what_is_told_in_the_end_is_not_counted_any_more(post: Post) -> None:
    """What comes later is asked for as often again."""
    ours = by_uploader(post)
    await post.run(ours)
    post.sim.world.publish("Ours", uploader="power1")

    def fail(call: Call) -> None:
        if call.action == "torrent":
            raise BadAnswer("no list")

    post.before = fail
    with pytest.raises(BadAnswer):
        await post.run(ours, lane=Lane.PERSON)
    assert await post.store.get_kv("tries")
    post.before = lambda _: None
    assert news(await post.run(ours, lane=Lane.PERSON)) == ["Ours"]
    assert await post.store.get_kv("tries") is None
