"""Finds the entries of a list in an answer, and names those that can't be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gazelled.errors import BadAnswer
from gazelled.text import capitalized, shortened
from gazelled.tracker.catalogue.answer_lists import Path, at
from gazelled.tracker.catalogue.listing import ItemList
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.scalars import describe, listed

MOST_IDS = 4
MOST_NAMED = 5
LONGEST_SHOWN = 40
LONGEST_ID = 500
_DIGITS = re.compile(r"\d{1,19}", re.ASCII)
_AN_ID = re.compile(r"\w{0,30}[iI][dD]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """
    An entry of an answer that can't be read as an item; `place` is such as "entry 3 of results".

    The ids are the numbers in it that may name it, by their keys; the page is 0 if there is one.
    """

    place: str
    ids: tuple[tuple[str, str], ...]
    reason: str
    page: int = 0

    @property
    def key(self) -> str:
        """What it is known by in the next answer, where it may stand in another place."""
        return f"{self.name}: {self.reason}"

    @property
    def name(self) -> str:
        return ", ".join(f"{key} {value}" for key, value in self.ids)

    def __str__(self) -> str:
        place = f"{self.place} on page {self.page}" if self.page > 1 else self.place
        return f"{place} ({self.name}): {self.reason}" if self.ids else f"{place}: {self.reason}"


def listed_shortly(odd: Sequence[Unreadable]) -> str:
    """Return a few entries that can't be read, and how many more there are."""
    more = f" And {len(odd) - MOST_NAMED:,} more." if len(odd) > MOST_NAMED else ""
    said = "; ".join(map(str, odd[:MOST_NAMED]))
    return f"{capitalized(said)}.{more}"


def entries(list_: ItemList, payload: object) -> Iterator[object]:
    """Return a list's entries, those of an inner list with the keys around; or raise BadAnswer."""
    for entry in _list(list_, payload):
        if not isinstance(entry, Mapping):
            yield entry
        elif list_.skip_empty and entry.get(list_.skip_empty) in (0, ""):
            continue  # null is no padding: it may have been a number out of range
        elif list_.nested or list_.terms:
            yield from _members(list_, entry)
        else:
            yield entry


def id_part(value: object, *, numbered: bool) -> str | None:
    """
    Return what a value adds to an item's id; None if it can't name anything.

    It must be a number above 0 where it is `numbered`: it is the place in the order.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        if not numbered:
            return value if 0 < len(value) <= LONGEST_ID else None
        value = int(value) if _DIGITS.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return str(value) if (0 if numbered else -LARGEST) < value < LARGEST else None


def unreadable(list_: ItemList, entry: object, number: int, *, numbered: bool) -> Unreadable:
    """Return the name of an entry that can't be read, with its number from 1."""
    place = f"entry {number} of {'.'.join(list_.path) or 'the answer'}"
    if not isinstance(entry, Mapping):
        return Unreadable(place, (), f"it is {describe(entry)}, not an object")
    ids = [
        (key, shown)
        for key, value in entry.items()
        if _AN_ID.fullmatch(key) and (shown := _shown(value))
    ]
    bad = (path for path in list_.ids if id_part(at(entry, path), numbered=numbered) is None)
    path = next(bad, ())
    name, value = ".".join(path), at(entry, path)
    if value is None:
        absent = path[0] not in entry
        reason = f"it has no {name}" if absent else f"its {name} is null, or out of range"
    else:
        wanted = "a number from 1 on" if numbered else "a number or a short text"
        reason = f"its {name} is {_shown(value) or describe(value)}, not {wanted}"
    return Unreadable(place, tuple(ids[:MOST_IDS]), reason)


def _list(list_: ItemList, payload: object) -> list[object]:
    """Return a list; `[]` in place of anything and null in place of the list are an empty one."""
    if not list_.at:
        if not payload or not isinstance(payload, Mapping):
            raise BadAnswer("The answer isn't what its action tells.")
        return [payload]
    value: object = payload
    for key in list_.path:
        if value in ([], {}):
            return []
        value = value.get(key, "") if isinstance(value, Mapping) else ""
        if value is None:
            return []
    inside = list_.entries_of(value)
    if inside is None:
        raise BadAnswer(f"There is no list at {'.'.join(list_.path) or 'the answer'}.")
    return inside


def _members(list_: ItemList, entry: Mapping[str, object]) -> Iterator[object]:
    if list_.terms:
        for term in _terms(entry, list_.terms):
            yield {**entry, "term": term}
        return
    if list_.nested_key not in entry:  # the model knows how other sites list an item alone
        entry = list_.models[-1].arrange(entry, Reading())
    inner = entry.get(list_.nested_key, "")
    members = [] if inner is None else listed(inner)
    for member in [entry] if members is None else members:
        yield {**entry, **member} if isinstance(member, Mapping) else entry


def _terms(value: object, path: Path) -> Iterator[object]:
    """Find mere texts, which PHP writes as lists or as objects, or as an object's keys."""
    key, *rest = path
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping):
        return
    inner = value if key in {"*", "#"} else {key: value.get(key)}
    for name, inner_value in inner.items():
        if rest:
            yield from _terms(inner_value, tuple(rest))
        else:
            yield name if key == "#" else inner_value


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = shortened(" ".join(str(value).split()), LONGEST_SHOWN)
    return f'"{text}"' if isinstance(value, str) and not _DIGITS.fullmatch(text) else text
