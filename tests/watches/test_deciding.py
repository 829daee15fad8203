"""What each kind of watch makes of what is seen."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kinds import KINDS

from gazelled.logs import reset, set_up
from gazelled.model import Call, Change, Event, EventKind, FirstLook, Item
from gazelled.plugin.kinds.watch_kind import MOST_LOGGED
from gazelled.redact import Redactor
from gazelled.rules import CompileContext, Rule, parse_expression, parse_match
from gazelled.store import Mark
from gazelled.tracker.catalogue import ItemList, Listing
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count, Id, Size, Tags, Text
from gazelled.watches.deciding import mark_scope
from gazelled.watches.plugins.kind_calls import KindCalls
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch
from gazelled_plugins.kinds.absence import MOST_ABSENT

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class DataSet(Model):
    """An entry of a list."""

    id: Id
    title: Text
    size: Size
    tags: Tags
    seeders: Count = field(rule=True)
    license: Text = field(rule=True)
    bounty: Size = field(rule=True)
    uploaded: Size = field(rule=True)
    votes: Count = field(rule=True)


class DataSets(AnswerModel):
    """An answer."""

    results: tuple[DataSet, ...]


LISTING = Listing(
    (
        ItemList(
            DataSets,
            "results",
            kind="torrent",
            id="id",
            title="title",
            url="",
            size="size",
            tags="tags",
        ),
    ),
)
STREAM = Stream(Call("collage", (("id", "1"),)), LISTING)


def data_set(number: int, seeders: int | None = 5, **given: object) -> Item:
    """Make an item."""
    fields = {"seeders": seeders, **given}
    return Item(id=str(number), kind="torrent", title=f"Set {number}", size=7, fields=fields)


def expression(text: str) -> Rule:
    """Read an expression."""
    found, mistakes = parse_expression(text, CompileContext(LISTING.fields))
    assert not mistakes
    return found


def test_many_that_fit_are_logged_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them are told; the log has a line for each of the first, and one for the rest."""
    player = Player("new", match={"title": "set"})
    player.look()
    items = [data_set(number) for number in range(MOST_LOGGED + 50)]
    set_up(format="console", level="info", redactor=Redactor(), stream=sys.stdout)
    try:
        events = player.look(*items, fresh=items)
    finally:
        reset()
    logged = capsys.readouterr().out
    assert len(events) == len(items)
    assert logged.count("item.matched ") == MOST_LOGGED
    assert "more=50" in logged


class Player:
    """A watch that looks again and again, and remembers what it is given to remember."""

    def __init__(
        self, kind: str, *, match: Mapping[str, object] | None = None, **given: object
    ) -> None:
        rule, mistakes = parse_match(match or {}, CompileContext(LISTING.fields))
        assert not mistakes
        options: Mapping[str, object] = {
            name: expression(value) if name in {"raised", "cleared"} else value  # type: ignore[arg-type]  # texts
            for name, value in given.items()
        }
        self.watch = Watch(
            name="w",
            call=STREAM.call,
            listing=LISTING,
            match=rule,
            kind=KINDS[kind],
            **options,  # type: ignore[arg-type]  # by name
        )
        self.marks: dict[str, Mark] = {}
        self.scope = ""
        self.stream = STREAM
        self.at = MONDAY
        self.first = True

    def look(self, *items: Item, fresh: Sequence[Item] = (), complete: bool = True) -> list[Event]:
        """See items; tell what comes of it."""
        self.at += timedelta(hours=1)
        seen = Seen(self.stream, items, tuple(fresh), complete=complete, at=self.at)
        scope = mark_scope(self.watch, self.stream)
        marks = self.marks if scope == self.scope else {}
        outcome = KindCalls().decide(self.watch, seen, marks, first=self.first)
        self.first, self.scope = False, scope
        changed = marks | outcome.marks
        self.marks = {thing: mark for thing, mark in changed.items() if mark}
        return outcome.events


def kinds(events: Sequence[Event]) -> list[str]:
    """Return the kinds of events."""
    return [event.kind.value for event in events]


def test_a_change_says_what_was_and_what_is() -> None:
    """Only the fields that were asked for count."""
    player = Player("change", fields=("seeders", "size"))
    assert kinds(player.look(data_set(1), data_set(2))) == ["first-look"]
    assert player.look(data_set(1), data_set(2, license="CC0")) == []
    [event] = player.look(data_set(1), data_set(2, seeders=3))
    assert event.changes == (Change("seeders", 5, 3),)
    assert (event.kind, event.title, event.text) == (EventKind.CHANGE, "Set 2", "seeders 5 → 3")
    assert player.look(data_set(1), data_set(2, seeders=3)) == []


def test_an_amount_of_data_is_told_as_one() -> None:
    """Nobody reads bytes."""
    player = Player("change", fields=("bounty",))
    player.look(data_set(1, bounty=100 * 2**20))
    [event] = player.look(data_set(1, bounty=120 * 2**20))
    assert event.text == "bounty 100 MiB → 120 MiB"


def test_the_unknown_is_no_change() -> None:
    """What the tracker doesn't tell for a while may be as it was."""
    player = Player("change", fields=("seeders",))
    player.look(data_set(1))
    assert player.look(data_set(1, seeders=None)) == []
    assert player.look(data_set(1)) == []
    [event] = player.look(data_set(1, seeders=6))
    assert event.changes == (Change("seeders", 5, 6),)


def test_what_was_never_told_is_no_change() -> None:
    """It has nothing to be compared with."""
    player = Player("change", fields=("seeders",))
    player.look(data_set(1, seeders=None))
    assert player.look(data_set(1)) == []
    assert kinds(player.look(data_set(1, seeders=6))) == ["change"]


def test_a_new_item_is_no_change() -> None:
    """It is known from then on."""
    player = Player("change", fields=("seeders",))
    player.look(data_set(1))
    assert player.look(data_set(1), data_set(2)) == []
    assert kinds(player.look(data_set(1), data_set(2, seeders=9))) == ["change"]


def test_changes_of_other_items_are_passed() -> None:
    """And are no news either when the item fits later."""
    player = Player("change", match={"license": "CC0"}, fields=("seeders",))
    player.look(data_set(1))
    assert player.look(data_set(1, seeders=6)) == []
    assert player.look(data_set(1, seeders=6, license="CC0")) == []
    assert kinds(player.look(data_set(1, seeders=7, license="CC0"))) == ["change"]


def test_texts_and_lists_change_too() -> None:
    """They come back from memory as they were."""
    player = Player("change", fields=("title", "tags"))
    one = data_set(1)
    player.look(Item(id="1", kind="torrent", title="A", tags=("x", "y")))
    [event] = player.look(Item(id="1", kind="torrent", title="A", tags=("x",)))
    assert event.changes == (Change("tags", ("x", "y"), ("x",)),)
    assert event.text == "tags x, y → x"
    assert one.tags is None
    assert player.look(Item(id="1", kind="torrent", title="A")) == []


def test_what_is_gone_is_told_on_the_second_look() -> None:
    """Once, with what it was."""
    player = Player("gone")
    assert kinds(player.look(data_set(1), data_set(2))) == ["first-look"]
    assert player.look(data_set(1)) == []
    [event] = player.look(data_set(1))
    assert (event.kind, event.item.title, event.item.size) == (EventKind.GONE, "Set 2", 7)
    assert player.look(data_set(1)) == []
    assert player.look(data_set(1), data_set(2)) == []
    player.look(data_set(1))
    assert kinds(player.look(data_set(1))) == ["gone"]


def test_formats_of_a_data_set_are_gone_together() -> None:
    """Who takes a data set out of a list is told once; what else is gone is told apart."""
    player = Player("gone")
    formats = [replace(data_set(number), group="7") for number in (1, 2)]
    player.look(*formats, data_set(3), data_set(4))
    player.look(data_set(4))
    events = player.look(data_set(4))
    assert sorted(sorted(item.id for item in event.items) for event in events) == [
        ["1", "2"],
        ["3"],
    ]
    assert player.look(data_set(4)) == []


def test_one_format_of_a_data_set_that_stays_is_named() -> None:
    """Its title would be that of what is still there."""
    player = Player("gone")
    reads, alignment, variants = (
        replace(data_set(number, format=name), group="7", title="Reads", size=size)
        for number, name, size in ((1, "FASTQ", 7 * 2**30), (2, "BAM", 2**30), (3, None, None))
    )
    player.look(reads, alignment, variants)
    player.look(alignment)
    [event] = player.look(alignment)
    assert event.title == "Reads (FASTQ, 7 GiB; torrent 3)"
    assert event.text.splitlines() == [
        "FASTQ, 7 GiB is no longer in the list.",
        "torrent 3 is no longer in the list.",
        "The data set is.",
    ]
    player.look()
    [event] = player.look()
    assert (event.title, event.text) == ("Reads", "It is no longer in the list.")


def test_what_comes_back_in_between_was_not_gone() -> None:
    """One look without it means nothing."""
    player = Player("gone")
    player.look(data_set(1), data_set(2))
    for _ in range(3):
        assert player.look(data_set(1)) == []
        assert player.look(data_set(1), data_set(2)) == []


def test_nothing_is_gone_from_half_a_list() -> None:
    """Only the whole list shows what isn't in it."""
    player = Player("gone")
    [first] = player.look(data_set(1), data_set(2), complete=False)
    assert "longer than its pages" in first.text
    for _ in range(3):
        assert player.look(data_set(1), complete=False) == []


def test_what_does_not_fit_any_more_is_not_gone() -> None:
    """Nobody waits for it."""
    player = Player("gone", match={"license": "CC0"})
    player.look(data_set(1, license="CC0"), data_set(2))
    player.look(data_set(1, license="CC BY"), data_set(2))
    for _ in range(3):
        assert player.look() == []


def test_what_may_still_fit_is_gone() -> None:
    """What the tracker doesn't tell for once takes nothing back."""
    player = Player("gone", match={"license": "CC0"})
    player.look(data_set(1, license="CC0"))
    player.look(data_set(1))
    assert player.look() == []
    assert kinds(player.look()) == ["gone"]


@pytest.mark.parametrize("kind", ["gone", "alert", "change"])
def test_what_was_elsewhere_is_neither_gone_nor_over(kind: str) -> None:
    """A watch that asks something else from now on begins there, and also when it comes back."""
    given: dict[str, Any] = {"raised": "seeders <= 1"} if kind == "alert" else {}
    player = Player(kind, fields=("seeders",), **given)
    player.look(data_set(1, seeders=1), data_set(2, seeders=1))
    player.stream, player.first = Stream(Call("collage", (("id", "2"),)), LISTING), True
    assert kinds(player.look(data_set(3))) == ["first-look"]
    for _ in range(3):
        assert player.look(data_set(3)) == []
    player.stream = STREAM
    for _ in range(3):
        assert player.look(data_set(2)) == []


@pytest.mark.parametrize("kind", ["gone", "change"])
def test_a_list_that_is_never_seen_whole_is_not_remembered_for_ever(kind: str) -> None:
    """Of what left its pages the newest is remembered, since that may come back."""
    player = Player(kind, fields=("seeders",))
    for number in range(9, MOST_ABSENT + 20):
        player.look(data_set(number), data_set(number + 1), complete=False)
    kept = sorted(map(int, player.marks))
    assert kept == [*range(19, MOST_ABSENT + 21)]


def test_an_alert_is_raised_once_and_cleared_once() -> None:
    """However long it lasts."""
    player = Player("alert", raised="seeders <= 1")
    assert kinds(player.look(data_set(1), data_set(2))) == ["first-look"]
    [event] = player.look(data_set(1, seeders=1), data_set(2))
    assert (event.kind, event.item.id) == (EventKind.RAISED, "1")
    assert event.title.startswith("Set 1: ")
    assert player.look(data_set(1, seeders=0), data_set(2)) == []
    assert player.look(data_set(1, seeders=None), data_set(2)) == []
    [event] = player.look(data_set(1), data_set(2))
    assert (event.kind, event.item.id) == (EventKind.CLEARED, "1")
    assert player.look(data_set(1), data_set(2)) == []


def test_an_alert_holds_until_what_ends_it() -> None:
    """Between the two nothing is told, so that it can't flutter."""
    player = Player("alert", raised="seeders < 2", cleared="seeders >= 4")
    player.look(data_set(1))
    assert kinds(player.look(data_set(1, seeders=1))) == ["raised"]
    for seeders in (2, 3, 1, 3):
        assert player.look(data_set(1, seeders=seeders)) == []
    assert kinds(player.look(data_set(1, seeders=4))) == ["cleared"]
    assert player.look(data_set(1, seeders=3)) == []


def test_an_alert_is_not_raised_while_what_ends_it_is_so() -> None:
    """Else it would begin and end for ever."""
    player = Player("alert", raised="seeders < 5", cleared="seeders >= 3")
    for _ in range(3):
        assert "raised" not in kinds(player.look(data_set(1, seeders=4)))
    assert kinds(player.look(data_set(1, seeders=2))) == ["raised"]
    assert kinds(player.look(data_set(1, seeders=4))) == ["cleared"]


def test_what_is_so_already_is_told_at_once_in_one_message() -> None:
    """And is over each by itself."""
    player = Player("alert", raised="seeders <= 1")
    items = [data_set(number, seeders=number % 2) for number in range(1, 7)]
    [event] = player.look(*items, data_set(9))
    assert (event.kind, len(event.items)) == (EventKind.RAISED, 6)
    assert event.title == "w: 6 of 7 items match already"
    assert "Set 3: " in event.text
    assert player.look(*items, data_set(9)) == []
    assert kinds(player.look(data_set(1), *items[1:], data_set(9))) == ["cleared"]


def test_formats_of_a_data_set_begin_and_end_together() -> None:
    """They are one message each time."""
    player = Player("alert", raised="seeders <= 1")
    formats = [replace(data_set(number), group="5") for number in (1, 2)]
    poor = [replace(data_set(number, seeders=0), group="5") for number in (1, 2)]
    player.look(*formats)
    [event] = player.look(*poor)
    assert (event.kind, len(event.items)) == (EventKind.RAISED, 2)
    [event] = player.look(*formats)
    assert (event.kind, len(event.items)) == (EventKind.CLEARED, 2)


def test_each_kind_of_item_numbers_on_its_own() -> None:
    """A watch that asks for something else meets the same numbers again."""
    player = Player("new")
    player.look()
    keys = [
        player.look(fresh=[replace(data_set(5), kind=kind)])[0].key
        for kind in ("torrent", "request")
    ]
    assert keys == ["w:new:5", "w:new:request-5"]


def test_an_alert_about_what_went_is_over() -> None:
    """On the second look, like everything that goes."""
    player = Player("alert", raised="seeders <= 1")
    player.look(data_set(1))
    assert kinds(player.look(data_set(1, seeders=1))) == ["raised"]
    assert player.look() == []
    [event] = player.look()
    assert event.kind is EventKind.CLEARED
    assert "is no longer in the list" in event.title
    assert player.marks == {}


def test_an_alert_is_about_what_fits() -> None:
    """What doesn't fit any more ends it."""
    player = Player("alert", match={"license": "CC0"}, raised="seeders <= 1")
    player.look(data_set(1))
    assert player.look(data_set(1, seeders=1)) == []
    assert kinds(player.look(data_set(1, seeders=1, license="CC0"))) == ["raised"]
    assert player.look(data_set(1, seeders=1)) == []  # not told isn't otherwise
    assert kinds(player.look(data_set(1, seeders=1, license="CC BY"))) == ["cleared"]


def test_a_report_tells_all_in_its_order() -> None:
    """Each time, and only what fits."""
    player = Player("report", match={"seeders": {"min": 1}})
    items = [data_set(number, seeders=number) for number in range(40)]
    [event] = player.look(*items)
    assert (event.kind, len(event.items)) == (EventKind.REPORT, 39)
    assert event.text.splitlines()[0] == "1. Set 1 · 7 B · 1 seeder"
    assert event.text.splitlines()[1] == "2. Set 2 · 7 B · 2 seeders"
    assert event.text.splitlines()[-1] == "and 14 more"
    [again] = player.look(*items)
    assert again.key != event.key


@pytest.mark.parametrize(
    ("kind", "fields", "line"),
    [
        ("torrent", {"format": "BAM", "seeders": 0}, "Some · 7 B BAM · no seeders"),
        ("torrent", {"format": None, "seeders": None}, "Some · 7 B"),
        ("post", {"author": "mod1", "text": "Why?"}, "Some · 7 B · by mod1 · Why?"),
        ("conversation", {"recipient": "mod1"}, "Some · 7 B · to mod1"),
        ("post", {"text": "word " * 90}, f"Some · 7 B · {('word ' * 40)[:199].strip()}…"),
        ("user", {"uploaded": 2048, "ratio": 2 / 3}, "Some · 7 B · up 2 KiB · ratio 0.667"),
        ("request", {"votes": 1, "bounty": 1024}, "Some · 7 B · 1 vote · bounty 1 KiB"),
        ("notification", {"importance": "high"}, "Some · 7 B"),
    ],
)
def test_a_report_says_what_matters(kind: str, fields: Mapping[str, Any], line: str) -> None:
    """Each thing is a line, whatever it is."""
    item = Item("1", kind, "Some: ", size=7, fields=fields)
    [event] = Player("report").look(item, replace(item, id="2"))
    assert event.text.splitlines()[0] == f"1. {line}"


def test_a_question_needs_no_colon() -> None:
    """A title that ends a sentence is followed by what is so."""
    player = Player("alert", raised="seeders <= 1")
    quiet, asked = [replace(data_set(1, count), title="Why?") for count in (5, 1)]
    player.look(quiet)
    assert [event.title for event in player.look(asked)] == ["Why? seeders 1, at most 1"]
    assert [event.title for event in player.look(quiet)] == ["Over: Why? seeders 5"]


def test_a_first_look_may_tell_the_latest() -> None:
    """So many of the newest that fit, the oldest of them first."""
    player = Player("new", match={"license": "CC0"}, first=FirstLook(last=2))
    items = [
        data_set(number, license="CC0" if number % 2 else "CC BY") for number in range(9, 0, -1)
    ]
    listing = Listing(LISTING.lists, order="id")
    stream = Stream(STREAM.call, listing)
    seen = Seen(stream, tuple(items), (), complete=False, at=MONDAY)
    events = KindCalls().decide(player.watch, seen, {}, first=True).events
    assert [(event.kind.value, event.item.id) for event in events[1:]] == [
        ("new", "7"),
        ("new", "9"),
    ]


def test_a_first_look_may_tell_since_a_day() -> None:
    """What has no time is older than any day."""
    since = MONDAY - timedelta(days=2)
    player = Player("new", first=FirstLook(since=since))
    items = [
        Item(id=str(number), kind="torrent", title="T", time=MONDAY - timedelta(days=10 - number))
        for number in range(10, 0, -1)
    ]
    listing = Listing(LISTING.lists, order="id")
    seen = Seen(Stream(STREAM.call, listing), (*items, data_set(0)), (), complete=False, at=MONDAY)
    events = KindCalls().decide(player.watch, seen, {}, first=True).events
    assert [event.item.id for event in events[1:]] == ["8", "9", "10"]


@pytest.mark.parametrize("kind", ["change", "gone", "alert"])
@settings(deadline=None)  # the machine may be busy
@given(
    looks=st.lists(
        st.tuples(
            st.dictionaries(st.integers(1, 3), st.sampled_from([None, 0, 1, 5]), max_size=3),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_states_are_told_in_turn(
    kind: str, looks: list[tuple[dict[int, int | None], bool]]
) -> None:
    """Whatever is seen in which order: what begins ends before it begins again."""
    options: dict[str, dict[str, Any]] = {
        "change": {"fields": ("seeders",)},
        "gone": {},
        "alert": {"raised": "seeders <= 1"},
    }
    player = Player(kind, **options[kind])
    up: set[str] = set()
    values: dict[str, int] = {}
    for shown, complete in looks:
        items = [data_set(number, seeders) for number, seeders in shown.items()]
        for event in player.look(*items, complete=complete):
            ids = {item.id for item in event.items}
            match event.kind:
                case EventKind.RAISED:
                    assert not ids & up
                    up |= ids
                case EventKind.CLEARED:
                    assert ids <= up
                    up -= ids
                case EventKind.GONE:
                    assert not ids & {item.id for item in items}
                case EventKind.CHANGE:
                    [change] = event.changes
                    assert change.before != change.after
                    assert values[event.item.id] == change.before
        for item in items:
            if item.fields["seeders"] is not None:
                values[item.id] = item.fields["seeders"]
