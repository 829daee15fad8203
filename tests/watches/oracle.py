"""What watches must have told, worked out from what they saw: simpler than they do it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gazelled.model import Event, EventKind, Item
from gazelled.rules import CompileContext, Rule, parse_expression, parse_match
from gazelled.store import LookTransaction, Store
from gazelled.store.part import StorePart
from gazelled.testing.content.records import TorrentRecord
from gazelled.watches.watch import Watch

Seeders = Mapping[str, int]
"""How many seed what a list holds, by id."""

Seen = tuple[datetime, Seeders]
"""All that an oracle needs of a look."""

Told = Mapping[str, Sequence[tuple[object, ...]]]
"""What was told of each thing, in order, and when."""


class Crash(BaseException):  # it stands for the end of the process, which nobody catches
    """The process ends here."""


class Witness:
    """
    A store that has somebody note what is committed, and whose process may die at a chosen step.

    Args:
        store: The store.
        note: Called after each commit.
        steps: How many steps it lives; None for ever.
        after: Whether the last one is still done.

    """

    def __init__(
        self,
        store: Store,
        note: Callable[[LookTransaction], None],
        *,
        steps: int | None = None,
        after: bool = False,
    ) -> None:
        self._store = store
        self._note = note
        self._steps = steps
        self._after = after

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a part of the store, or a step
        """Return a part of the store, or a step that may be the last."""
        return self._mortal(self._store, name)

    def _mortal(self, part: StorePart, name: str) -> Any:  # noqa: ANN401 - likewise
        step = getattr(part, name)
        if isinstance(step, StorePart):
            return _Part(step, self._mortal)

        async def mortal(*args: Any) -> Any:  # noqa: ANN401 - whatever the step takes
            self._steps = None if self._steps is None else self._steps - 1
            dies = self._steps is not None and self._steps < 0
            if dies and not self._after:
                raise Crash
            found = await step(*args)
            if name == "commit_look":
                self._note(args[0])
            if dies:
                raise Crash
            return found

        return mortal


class _Part:
    def __init__(self, part: StorePart, mortal: Callable[[StorePart, str], Any]) -> None:
        self._part = part
        self._mortal = mortal

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a step
        return self._mortal(self._part, name)


def once(events: Iterable[Event], watch: str) -> set[str]:
    """Return what a watch told as new; nothing of it came twice."""
    told = Counter(
        item.id
        for event in events
        if event.kind is EventKind.NEW and event.watch == watch
        for item in event.items
    )
    assert not [each for each, count in told.items() if count > 1]
    return {*told}


def uploads_once(events: Iterable[Event], watch: str) -> set[str]:
    """Return which uploads a watch reported as new, with their times, as ids are given again."""
    dated = [
        replace(each, items=tuple(replace(item, id=dated_id(item)) for item in each.items))
        for each in events
    ]
    return once(dated, watch)


def dated_id(upload: Item | TorrentRecord) -> str:
    """Return an upload by its id and its time."""
    return f"{upload.id}@{upload.time:%F %T}" if upload.time else str(upload.id)


def told_of(events: Iterable[Event], watch: str) -> Told:
    """Return what a watch told of each thing, in order."""
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for event in events:
        if event.watch == watch and event.kind is not EventKind.FIRST_LOOK:
            for item in event.items:
                changes = [(each.before, each.after) for each in event.changes]
                found[item.id].append((event.at, event.kind.value, *changes))
    return dict(found)


def changes(looks: Sequence[Seen]) -> Told:
    """Return how the number of seeders went: each change once, one after the other."""
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    last: dict[str, int] = {}
    for (at, look), left in zip(looks, _left(looks), strict=True):
        for thing, now in look.items():
            if last.get(thing, now) != now:
                found[thing].append((at, "change", (last[thing], now)))
            last[thing] = now
        for thing in left:
            del last[thing]
    return dict(found)


def gone(looks: Sequence[Seen]) -> Told:
    """Return what went: each time once, when a second look doesn't show it."""
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for (at, _), left in zip(looks, _left(looks), strict=True):
        for thing in left:
            found[thing].append((at, "gone"))
    return dict(found)


def alerts(looks: Sequence[Seen], *, raised: int, cleared: int) -> Told:
    """
    Return the alerts: each once when it begins and once when it is over.

    Args:
        looks: What was seen.
        raised: It begins with at most so many seeders.
        cleared: It is over with at least so many, or when the thing went.

    """
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    on: set[str] = set()
    for (at, look), left in zip(looks, _left(looks), strict=True):
        over = {thing for thing in on if look.get(thing, 0) >= cleared} | (on & left)
        new = {thing for thing, count in look.items() if count <= raised} - on
        for thing in over:
            found[thing].append((at, "cleared"))
        for thing in new:
            found[thing].append((at, "raised"))
        on = (on - over) | new
    return dict(found)


def _left(looks: Sequence[Seen]) -> list[set[str]]:
    """Return for each look what was there and is missing for the second time now."""
    there: set[str] = set()
    missed: set[str] = set()
    found = []
    for _, look in looks:
        left = missed - look.keys()
        missed = (there - look.keys()) - left
        there = (there | look.keys()) - left
        found.append(left)
    return found


def is_yeast(torrent: TorrentRecord) -> bool:
    """Return whether an upload is about yeast."""
    return "yeast" in torrent.group.tags


def is_signed(torrent: TorrentRecord, *, by: int) -> bool:
    """Return whether an upload is signed, and by its uploader."""
    return torrent.uploader == by and "signed" in torrent.group.tags


def wanting(watch: Watch, match: Mapping[str, object]) -> Watch:
    """Let a watch want what only details tell."""
    assert watch.listing is not None
    rule, problems = parse_match(
        match, CompileContext({**watch.listing.fields, **watch.listing.more})
    )
    assert not problems
    return replace(watch, match=rule)


def condition(watch: Watch, text: str) -> Rule:
    """Read what makes or ends an alert."""
    assert watch.listing is not None
    expression, problems = parse_expression(text, CompileContext(watch.listing.fields))
    assert not problems
    return expression
