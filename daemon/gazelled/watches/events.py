"""What watches tell: items that fit become events, formats of one data set become one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from gazelled.model import Event, EventKind, Item
from gazelled.rules import Decision, Match

LONGEST_KEY = 80
SHOWN_FIRST = 3


def news_events(
    watch: str,
    fitting: Sequence[tuple[Item, Decision]],
    at: datetime,
    fleeting: Collection[str] = (),
) -> list[Event]:
    """
    Make events of new items that fit: one for each data set, however many formats came.

    Args:
        watch: The watch's name.
        fitting: The items with what was decided, oldest first.
        at: When they were found.
        fleeting: Ids that come back; each time is an event of its own.

    """
    groups: dict[str, list[tuple[Item, Decision]]] = {}
    for item, decision in fitting:
        group = f"{item.kind}:{item.group}" if item.group else f"{item.kind} {item.id}"
        groups.setdefault(group, []).append((item, decision))
    return [
        Event(
            key=_key(
                watch,
                EventKind.NEW,
                *(
                    f"{item.id}@{at.isoformat()}" if item.id in fleeting else item.id
                    for item, _ in members
                ),
            ),
            kind=EventKind.NEW,
            watch=watch,
            at=at,
            title=members[0][0].title,
            text="",
            items=tuple(item for item, _ in members),
            why=tuple(clause.text for clause in members[0][1].clauses),
        )
        for members in groups.values()
    ]


def first_look_event(
    watch: str, about: str, stream: str, match: Match, items: Sequence[Item], at: datetime
) -> Event:
    """
    Make the one message of a first look.

    Args:
        watch: The watch's name.
        about: What it is for, in its owner's words; may be empty.
        stream: Where it looks.
        match: Its rule.
        items: What is there already, in the stream's order.
        at: When it looked.

    """
    fitting = [item for item in items if match.decide(item, at).verdict]
    text = f"{len(fitting)} of {len(items)} known fit"
    text += f"; newest: {fitting[0].title}" if fitting else ""
    stand_in = Item(id=watch, kind="first look", title=about or watch)
    return Event(
        key=_key(watch, EventKind.FIRST_LOOK, stream),
        kind=EventKind.FIRST_LOOK,
        watch=watch,
        at=at,
        title=f"Watching {watch}",
        text=f"{text}. From now on you hear of new ones.",
        items=tuple(fitting[:SHOWN_FIRST]) or (stand_in,),
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


def _key(watch: str, kind: EventKind, *ids: str) -> str:
    text = "+".join(ids)
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{watch}:{kind}:{text}"
