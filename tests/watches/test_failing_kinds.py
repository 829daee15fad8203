"""A kind of watch is foreign code: what it does wrong fails its watch alone, and loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from gazelled.errors import KindError
from gazelled.model import Event, EventKind, Item, Mark
from gazelled.plugin.kinds import Kind, Look, Outcome, news_events
from gazelled.watches.plugins.undecided import MOST_TRIES, failure_of

if TYPE_CHECKING:
    from gazelled.watches.watch import Watch

    from .conftest import Post

Spoil = Callable[[Look, Outcome], object]


class Spoilt(Kind):
    """Reports what is new, until something goes wrong."""

    name = "spoilt"
    about = "reports what is new"
    news_only = True
    spoil: Spoil | None = None

    def decide(self, look: Look) -> Outcome:
        """Report what is new, and then what a test wants."""
        if look.first:
            return Outcome([look.first_look_event()])
        outcome = Outcome(news_events(look.watch, look.fitting(look.fresh), look.at))
        return cast("Outcome", self.spoil(look, outcome)) if self.spoil else outcome


class Remembering(Spoilt):
    """Has marks."""

    name = "remembering"
    news_only = False
    compares_states = True


def spoilt(post: Post, kind: Spoilt) -> Watch:
    """Return a watch of a kind of a plugin."""
    return replace(post.watch("spoilt", "browse"), kind=kind, plugin="lab")


def raises(error: BaseException) -> Spoil:
    """Return what raises an error."""

    def spoil(*_: object) -> object:
        raise error

    return spoil


def changed(**values: Any) -> Spoil:  # noqa: ANN401 - wrong types, too
    """Return what changes each event."""

    def spoil(_: Look, outcome: Outcome) -> object:
        return Outcome([replace(event, **values) for event in outcome.events])

    return spoil


def returned(value: object) -> Spoil:
    """Return what returns something."""
    return lambda *_: value


def marked(**marks: Any) -> Spoil:  # noqa: ANN401 - likewise
    """Return what remembers something."""
    return lambda _, outcome: Outcome(outcome.events, marks)


def change_an_item(look: Look, outcome: Outcome) -> object:
    """Change what is handed in."""
    look.fresh[0].fields["seeders"] = 0  # type: ignore[index]  # a plugin isn't type-checked
    return outcome


WRONG: dict[str, Spoil] = {
    "an exception": raises(ValueError("no such thing")),
    "the end of the process": raises(SystemExit(3)),
    "Ctrl-C": raises(KeyboardInterrupt()),
    "a cancelled task": raises(asyncio.CancelledError()),
    "another base": raises(BaseException("base")),
    "no outcome": returned(None),
    "a list": returned([]),
    "no events": returned(Outcome(events=cast("list[Event]", ["an event"]))),
    "events that are none": returned(Outcome(events=cast("list[Event]", None))),
    "an event of another watch": changed(watch="other"),
    "a key of another watch": changed(key="other:new:1"),
    "an endless key": changed(key="spoilt:" + "x" * 1000),
    "a notice": changed(kind=EventKind.NOTICE),
    "an unknown kind of event": changed(kind="bang"),
    "a title that is no text": changed(title=3),
    "no items": changed(items=()),
    "items that are none": changed(items=("1",)),
    "a time without a zone": changed(at=datetime(2026, 1, 1)),  # noqa: DTZ001 - it is wrong
    "values that can't be written": changed(items=(Item("1", "torrent", "x", fields={"a": {1}}),)),
    "marks that it must not have": marked(a=Mark("1")),
    "a changed item": change_an_item,
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_kind_that_fails_fails_its_watch_alone(post: Post, what: str) -> None:
    """Others of its source go on; it gets the same items again when it is well."""
    kind = Spoilt()
    watches = spoilt(post, kind), post.watch("well", "browse")
    await post.run(*watches)
    post.sim.world.publish("First")
    kind.spoil = WRONG[what]
    assert [(event.watch, event.title) for event in await post.run(*watches)] == [("well", "First")]
    (trouble,) = post.troubles
    assert (trouble.source, trouble.watches) == (failure_of("spoilt"), ("spoilt",))
    assert 'kind = "spoilt" of the plugin "lab" failed (' in str(trouble.problem)
    kind.spoil = None
    post.sim.world.publish("Second")
    told = await post.run(*watches)
    assert [event.title for event in told if event.watch == "spoilt"] == ["First", "Second"]
    assert [event.title for event in told if event.watch == "well"] == ["Second"]
    assert [each.problem is None for each in post.troubles] == [False, True]
    assert await post.run(*watches) == []


@pytest.mark.parametrize(
    "marks",
    [{"1": "a text"}, {"1": Mark(cast("str", 1))}, {"": Mark("1")}, {"1": Mark("x" * 70_000)}],
)
async def test_wrong_marks_are_refused(post: Post, marks: dict[str, Any]) -> None:
    """What was remembered before stays as it was."""
    kind = Remembering()
    watch = spoilt(post, kind)
    kind.spoil = marked(a=Mark("good"))
    await post.run(watch)
    await post.run(watch)
    seen: list[object] = []

    def spoil(look: Look, outcome: Outcome) -> object:
        seen.append({**look.marks})
        return Outcome(outcome.events, marks)

    kind.spoil = spoil
    await post.run(watch)
    await post.run(watch)
    assert seen == [{"a": Mark("good")}] * 2
    assert {type(trouble.problem) for trouble in post.troubles} == {KindError}


async def test_a_kind_that_goes_on_failing_loses_what_it_failed_at_three_times(post: Post) -> None:
    """What came later is decided on as if nothing had been."""
    kind = Spoilt()
    watch = spoilt(post, kind)
    await post.run(watch)
    kind.spoil = raises(RuntimeError())
    post.sim.world.publish("Early")
    for number in range(MOST_TRIES):
        await post.run(watch)
        post.sim.world.publish(f"Later {number}")
    kind.spoil = None
    told = await post.run(watch)
    assert [event.title for event in told] == [f"Later {number}" for number in range(MOST_TRIES)]


async def test_a_first_look_that_fails_is_made_again(post: Post) -> None:
    """The watch has not begun, so that nothing is known of it."""
    broken = type("Broken", (Spoilt,), {"decide": lambda *_: 1 / 0})()
    assert await post.run(spoilt(post, broken)) == []
    (event,) = await post.run(spoilt(post, Spoilt()))
    assert event.kind is EventKind.FIRST_LOOK


async def test_a_report_that_fails_is_no_failure_of_its_source(post: Post) -> None:
    """A kind that keeps to its own schedule fails alone, too."""
    report = type("Own", (Spoilt,), {"follows": False, "news_only": False, "shares_source": False})
    kind = report()
    watch = spoilt(post, kind)
    kind.spoil = raises(RuntimeError("no report"))
    assert await post.run(watch) == []
    assert [str(trouble.problem) for trouble in post.troubles] == [
        'kind = "spoilt" of the plugin "lab" failed (RuntimeError: no report).'
    ]
    assert not await post.watcher(watch).troubles.of(watch.source)
    assert await post.watcher(watch).troubles.of(failure_of("spoilt"))


async def test_what_a_kind_writes_is_one_clean_line(post: Post) -> None:
    """Titles have no line breaks or control characters."""
    kind = Spoilt()
    await post.run(spoilt(post, kind))
    post.sim.world.publish("Title")
    kind.spoil = changed(title="Two\nlines\x1b[31m of it")
    (event,) = await post.run(spoilt(post, kind))
    assert event.title.startswith("Two lines")
    assert event.title.isprintable()
