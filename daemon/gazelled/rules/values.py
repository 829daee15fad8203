"""What an item tells, by the names that rules use; None is what it doesn't tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache

from gazelled import fields
from gazelled.fields import LIMIT, FieldType
from gazelled.model import Item
from gazelled.units import human_age, human_duration, human_size

_OWN = frozenset(("age", "size", "tags", "title"))
_WORD = re.compile(r"\w+")
_LABELS = {"license": "licence"}
_LONGEST_TITLE = 60
_LONGEST_KEPT = 300
_SMALL = 0.1


class Kind(Enum):
    """What a value is; the text is for sentences."""

    TEXT = "a text"
    NUMBER = "a number"
    SIZE = "a size"
    AGE = "a duration"
    FLAG = "true or false"
    TEXTS = "a list of texts"


_KINDS: Mapping[FieldType, Kind] = {
    fields.AGE: Kind.AGE,
    fields.COUNT: Kind.NUMBER,
    fields.FILES: Kind.TEXTS,
    fields.FLAG: Kind.FLAG,
    fields.NUMBER: Kind.NUMBER,
    fields.SIZE: Kind.SIZE,
    fields.TAGS: Kind.TEXTS,
    fields.TEXT: Kind.TEXT,
    fields.TEXTS: Kind.TEXTS,
    fields.WORDS: Kind.TEXT,
}


def kinds_of(types: Mapping[str, FieldType]) -> dict[str, Kind]:
    """Return what each field is, and the title."""
    return {name: _KINDS[type_] for name, type_ in {**types, "title": fields.WORDS}.items()}


def told(item: Item, name: str, now: datetime) -> object:
    """Look up a field, whatever it holds."""
    if name not in _OWN:
        return item.fields.get(name)
    if name == "title":
        return item.title
    if name == "tags":
        return item.tags
    if name == "size":
        return item.size
    if item.time is None or item.time.tzinfo is None:
        return None
    return (now - item.time).total_seconds()


def text(item: Item, name: str, now: datetime) -> str | None:
    """Look up a text; an empty one is none."""
    value = told(item, name, now)
    return value if isinstance(value, str) and value else None


def texts(item: Item, name: str, now: datetime) -> tuple[str, ...] | None:
    """Look up a list of texts; only tags are known to be none at all."""
    value = told(item, name, now)
    if not isinstance(value, tuple) or (not value and name != "tags"):
        return None
    for each in value:
        if not isinstance(each, str) or (not each and name != "tags"):
            return None
    return value


def amount(item: Item, name: str, now: datetime) -> float | None:
    """Look up a number, a size in bytes or an age in seconds."""
    return number(told(item, name, now))


def flag(item: Item, name: str, now: datetime) -> bool | None:
    """Look up whether something is so."""
    value = told(item, name, now)
    return value if isinstance(value, bool) else None


def number(value: object) -> float | None:
    """Take a value for a number, if it is one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if -LIMIT <= value <= LIMIT else None  # neither is what is no number


def label(name: str) -> str:
    """Name a field for people."""
    return _LABELS.get(name, name.replace("_", " "))


def words(text: str) -> frozenset[str]:
    """Find the words of a text, for comparison."""
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def words_told(text: str) -> frozenset[str]:
    """Find the words of what an item tells: all watches look at the same items."""
    return _words_of_title(text) if len(text) <= _LONGEST_KEPT else _words_of_page(text)


_words_of_title = lru_cache(maxsize=1024)(words)
_words_of_page = lru_cache(maxsize=16)(words)


def plain_tag(tag: str) -> str:
    """Write a tag the one way that all answers can be compared in: "open.data"."""
    return re.sub(r"[\s_.]+", ".", tag.strip().casefold())


@lru_cache(maxsize=1024)
def plain_tags(tags: tuple[str, ...]) -> frozenset[str]:
    """Write the tags that an item tells as `plain_tag`, once for all watches."""
    return frozenset(plain_tag(tag) for tag in tags if tag)


def shortly(text: str) -> str:
    """Write a text for people, who don't need all of it."""
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


def show(kind: Kind, value: float) -> str:
    """Write an amount for people; a ratio has no more than two decimals."""
    match kind:
        case Kind.SIZE:
            return human_size(int(value))
        case Kind.AGE:
            return human_age(value)
        case _ if abs(value) < _SMALL:
            return f"{value}"
        case _:
            return f"{round(value, 2)}"


def show_bound(kind: Kind, value: float) -> str:
    """Write an amount that stands in a rule."""
    match kind:
        case Kind.SIZE:
            return human_size(int(value))
        case Kind.AGE:
            return human_duration(value)
        case _:
            return f"{value}"


def show_beside(kind: Kind, value: float, *bounds: float) -> str:
    """Write an amount for people, exactly where it would look the same as another."""
    shown = show(kind, value)
    for bound in bounds:
        alike = shown.removesuffix(".0") == show_bound(kind, bound).removesuffix(".0")
        if alike and value != bound:
            return _exactly(kind, value)
    return shown


def _exactly(kind: Kind, value: float) -> str:
    match kind:
        case Kind.SIZE:
            return f"{value} bytes"
        case Kind.AGE:
            return f"{value:.0f}s"
        case _:
            return f"{value}"


def describe(item: Item, name: str, kind: Kind, now: datetime) -> str:
    """Say what an item has: "seeders 3", "not freeleech", "licence unknown"."""
    named = label(name)
    match kind:
        case Kind.FLAG:
            value: object = flag(item, name, now)
            if value is not None:
                return named if value else f"not {named}"
        case Kind.TEXT:
            value = text(item, name, now)
            if value is not None:
                return f"{named} {shortly(value)}"
        case Kind.TEXTS:
            value = texts(item, name, now)
            if value is not None:
                return f"{named} {shortly(', '.join(value))}" if value else f"no {named}"
        case _:
            value = amount(item, name, now)
            if value is not None:
                return f"{named} {show(kind, value)}"
    return f"{named} unknown"
