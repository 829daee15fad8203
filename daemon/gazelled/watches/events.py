"""What watches tell: what was decided becomes events, formats of one data set become one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from gazelled.model import Change, Event, EventKind, Item, Value
from gazelled.rules import Decision, human_size
from gazelled.rules.values import SIZES
from gazelled.watches.account_alerts import all_clear
from gazelled.watches.streams.look import Stream
from gazelled.watches.watch import Watch

LONGEST_KEY = 80
SHOWN_FIRST = 3
LONGEST_REPORT = 25
LONGEST_TEXT = 200
MOST_REPORTED = 250

T = TypeVar("T")

Judged = tuple[Item, Decision]
"""An item and what was decided of it."""


def news_events(
    watch: Watch,
    fitting: Sequence[Judged],
    at: datetime,
    fleeting: tuple[str, ...] = (),
    *,
    dated: bool = False,
) -> list[Event]:
    """
    Make events of new items that fit: one for each data set, however many formats came.

    Args:
        watch: The watch.
        fitting: The items with what was decided, oldest first.
        at: When they were found.
        fleeting: How ids begin that come back; each time is an event of its own.
        dated: Whether ids were given again, so that their times tell them apart.

    """
    return [
        Event(
            key=_key(
                watch.name,
                EventKind.NEW,
                *(
                    _once(item.id, at)
                    if item.id.startswith(fleeting)
                    else _once(_number(item), item.time or at)
                    if dated
                    else _number(item)
                    for item, _ in members
                ),
            ),
            kind=EventKind.NEW,
            watch=watch.name,
            at=at,
            title=members[0][0].title,
            text="",
            items=tuple(item for item, _ in members),
            why=_why(members),
            urgent=watch.urgent,
        )
        for members in _data_sets(fitting, _judged)
    ]


def first_look_event(
    watch: Watch, stream: Stream, fitting: Sequence[Item], known: int, at: datetime, then: str
) -> Event:
    """
    Make the one message of a first look.

    Args:
        watch: The watch.
        stream: Where it looks.
        fitting: What fits of what is there already, the newest first where the list has an order.
        known: How many there are in all.
        at: When it looked.
        then: What is told from now on, as a sentence.

    """
    text = f"{len(fitting)} of {known} known fit"
    first = "first" if stream.listing.order == "whole" else "newest"
    if fitting and stream.listing.order != "value":
        text += f"; {first}: {fitting[0].title}"
    stand_in = Item(id=watch.name, kind="first look", title=watch.about or watch.name)
    return Event(
        key=_key(watch.name, EventKind.FIRST_LOOK, _once(stream.name, at)),
        kind=EventKind.FIRST_LOOK,
        watch=watch.name,
        at=at,
        title=f"Watching {watch.name}",
        text=f"{text}. {then}",
        items=tuple(fitting[:SHOWN_FIRST]) or (stand_in,),
    )


def change_event(watch: Watch, item: Item, changes: Sequence[Change], at: datetime) -> Event:
    """Make the event of an item whose fields aren't what they were."""
    return Event(
        key=_key(watch.name, EventKind.CHANGE, _once(item.id, at)),
        kind=EventKind.CHANGE,
        watch=watch.name,
        at=at,
        title=item.title,
        text="\n".join(
            f"{_name(each.field)} {_show(each.field, each.before)} → "
            f"{_show(each.field, each.after)}"
            for each in changes
        ),
        items=(item,),
        changes=tuple(changes),
        urgent=watch.urgent,
    )


def gone_events(
    watch: Watch, items: Sequence[Item], staying: Collection[Item], at: datetime
) -> list[Event]:
    """
    Make the events of items that aren't there any more: one for each data set.

    Args:
        watch: The watch.
        items: The items.
        staying: What is still there; of a data set that is, only some formats are gone.
        at: When it was seen.

    """
    there = {_group(item) for item in staying}
    return [
        _gone_event(watch, members, at, stays=_group(members[0]) in there)
        for members in _data_sets(items, lambda item: item)
    ]


def _gone_event(watch: Watch, members: Sequence[Item], at: datetime, *, stays: bool) -> Event:
    title, text = members[0].title, "It isn't in the list any more."
    if stays:
        formats = [_format(item) for item in members]
        more = ["…"] if len(formats) > SHOWN_FIRST else []
        title = f"{title.rstrip(': ')} ({'; '.join([*formats[:SHOWN_FIRST], *more])})"
        text = "\n".join(
            [*(f"{each} isn't in the list any more." for each in formats), "The data set is."]
        )
    return Event(
        key=_key(watch.name, EventKind.GONE, *(_once(each.id, at) for each in members)),
        kind=EventKind.GONE,
        watch=watch.name,
        at=at,
        title=title,
        text=text,
        items=tuple(members),
        urgent=watch.urgent,
    )


def _format(item: Item) -> str:
    """Name one of the torrents of a data set: "FASTQ, 7.1 GiB"."""
    told = [item.fields.get("format"), "" if item.size is None else human_size(item.size)]
    return ", ".join(str(each) for each in told if each) or f"torrent {item.id}"


def raised_events(watch: Watch, raised: Sequence[Judged], at: datetime) -> list[Event]:
    """Make the events of alerts that begin: one for each data set."""
    return [_alert(watch, EventKind.RAISED, members, at) for members in _data_sets(raised, _judged)]


def raised_at_first(watch: Watch, raised: Sequence[Judged], known: int, at: datetime) -> Event:
    """
    Make the one event of all alerts that hold already at a first look.

    Args:
        watch: The watch.
        raised: What is so already.
        known: How many items there are in all.
        at: When it looked.

    """
    if len(raised) == 1:
        return _alert(watch, EventKind.RAISED, raised, at)
    event = _alert(watch, EventKind.RAISED, raised, at)
    return replace(
        event,
        title=f"{watch.name}: {len(raised)} of {known} already",
        text="\n".join(
            _said(item.title, _clauses(decision)) for item, decision in raised[:LONGEST_REPORT]
        ),
    )


def cleared_events(watch: Watch, over: Sequence[tuple[Item, str]], at: datetime) -> list[Event]:
    """
    Make the events of alerts that are over: one for each data set.

    Args:
        watch: The watch.
        over: What they were about, and what is so now.
        at: When it was seen.

    """
    return [
        Event(
            key=_key(watch.name, EventKind.CLEARED, *(_once(item.id, at) for item, _ in members)),
            kind=EventKind.CLEARED,
            watch=watch.name,
            at=at,
            title=f"Over: {because}" if _alone(item) else f"Over: {_said(item.title, because)}",
            text="",
            items=tuple(each for each, _ in members),
            urgent=watch.urgent,
        )
        for members in _data_sets(over, lambda each: each[0])
        for item, because in members[:1]
    ]


def report_event(watch: Watch, items: Sequence[Item], at: datetime) -> Event:
    """Make the event of a report: all of the answer, in its order."""
    shown = [f"{number}. {_line(item)}" for number, item in enumerate(items[:LONGEST_REPORT], 1)]
    if len(items) == 1:
        shown = [f"{_name(name)} {_show(name, value)}" for name, value in _told(items[0])]
    elif len(items) > LONGEST_REPORT:
        shown.append(f"and {len(items) - LONGEST_REPORT} more")
    stand_in = Item(id=watch.name, kind="report", title=watch.about or watch.name)
    return Event(
        key=_key(watch.name, EventKind.REPORT, _once("", at)),
        kind=EventKind.REPORT,
        watch=watch.name,
        at=at,
        title=watch.about or watch.name,
        text="\n".join(shown) or "Nothing fits.",
        items=tuple(items[:MOST_REPORTED]) or (stand_in,),
        urgent=watch.urgent,
    )


def notice_event(
    topic: str, title: str, text: str, url: str, at: datetime, since: datetime | None = None
) -> Event:
    """
    Make a notice.

    Args:
        topic: What it is about, in a word or two.
        title: The headline.
        text: What is known, and what a person can do.
        url: The site's address.
        at: When it is told.
        since: When what it tells began; the same topic since the same time is one notice.

    """
    began = (since or at).isoformat()
    stand_in = Item(id=topic, kind="notice", title=title, url=url, time=at, summary=text)
    return Event(
        key=f"notice:{topic}:{began}",
        kind=EventKind.NOTICE,
        watch="",
        at=at,
        title=title,
        text=text,
        items=(stand_in,),
    )


def _alert(watch: Watch, kind: EventKind, members: Sequence[Judged], at: datetime) -> Event:
    item, decision = members[0]
    said = _clauses(decision)
    return Event(
        key=_key(watch.name, kind, *(_once(each.id, at) for each, _ in members)),
        kind=kind,
        watch=watch.name,
        at=at,
        title=said[:1].upper() + said[1:] if _alone(item) else _said(item.title, said),
        text=all_clear(item, watch.cleared),
        items=tuple(each for each, _ in members),
        why=_why(members),
        urgent=watch.urgent,
    )


def _data_sets(each: Sequence[T], item_of: Callable[[T], Item]) -> list[list[T]]:
    groups: dict[str, list[T]] = {}
    for one in each:
        groups.setdefault(_group(item_of(one)), []).append(one)
    return [*groups.values()]


def _group(item: Item) -> str:
    return f"{item.kind}:{item.group}" if item.group else f"{item.kind} {item.id}"


def _judged(judged: Judged) -> Item:
    return judged[0]


def _alone(item: Item) -> bool:
    """Tell whether what is said of an item needs no title before it."""
    return not item.title or item.kind == "account"


_ENDS = ("?", "!", ".", "…")


def _said(title: str, said: str) -> str:
    title = title.rstrip(": ")
    between = " " if title.endswith(_ENDS) else ": "
    return title + between + said


def _why(members: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(clause.text for clause in members[0][1].clauses)


def _clauses(decision: Decision) -> str:
    return ", ".join(clause.text for clause in decision.clauses if clause.holds)


def _line(item: Item) -> str:
    """Write a thing in one line."""
    size = human_size(item.size) if item.size is not None else ""
    told = {name: value for name, value in item.fields.items() if value not in {None, ""}}
    form = str(told.get("format", "")) if item.kind == "torrent" else ""
    parts = [item.title.rstrip(": "), " ".join(filter(None, [size, form]))]
    names = _IN_A_LINE.get(item.kind, ())
    parts += [_labelled(name, told[name]) for name in names if name in told]
    return " · ".join(part for part in parts if part)


_IN_A_LINE: Mapping[str, tuple[str, ...]] = {
    "comment": ("text",),
    "conversation": ("sender", "recipient"),
    "format": ("category",),
    "forum": ("threads", "posts"),
    "message": ("sender", "text"),
    "platform": ("category",),
    "post": ("author", "text"),
    "request": ("votes", "bounty"),
    "tag": ("uses",),
    "thread": ("forum", "posts", "last_author"),
    "torrent": ("seeders",),
    "user": ("user_class", "uploaded", "downloaded", "ratio"),
}
"""What a report says of a thing beside its title."""

_LABELS = {
    "author": "by ",
    "bounty": "bounty ",
    "downloaded": "down ",
    "last_author": "last by ",
    "ratio": "ratio ",
    "recipient": "to ",
    "sender": "from ",
    "uploaded": "up ",
}
_COUNTED = frozenset({"posts", "seeders", "threads", "uses", "votes"})


def _labelled(name: str, value: Value) -> str:
    if name in _COUNTED:
        return f"{value or 'no'} {name.removesuffix('s') if value == 1 else name}"
    return f"{_LABELS.get(name, '')}{_show(name, value)}"


def _told(item: Item) -> list[tuple[str, Value]]:
    told = [(name, value) for name, value in item.fields.items() if value is not None]
    return [("size", item.size), *told] if item.size is not None else told


def _name(field: str) -> str:
    return field.replace("_", " ")


def _show(field: str, value: Value) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int() if field in SIZES:
            return human_size(value)
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case tuple():
            return _short(", ".join(value)) or "none"
        case _:
            return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1].rstrip() + "…"


def _number(item: Item) -> str:
    """Name an item among those of all kinds: each kind numbers on its own."""
    return item.id if item.kind == "torrent" else f"{item.kind.replace(' ', '-')}-{item.id}"


def _once(name: str, at: datetime) -> str:
    return f"{name}@{at.isoformat()}"


def _key(watch: str, kind: EventKind, *ids: str) -> str:
    text = "+".join(ids)
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{watch}:{kind}:{text}"
