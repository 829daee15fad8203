"""
Reads an answer as items, by the catalogue's row for its action.

What the tracker did not tell is None: empty texts, absent keys, numbers that mean "unknown".
Numbers may come as texts and booleans as 0 and 1; entities are decoded exactly where the
tracker encodes them.

Most entries of most answers are known. `skim` reads as much of them as tells that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from html import unescape
from typing import Generic, TypeVar

from yarl import URL

from gazelled.errors import Broken
from gazelled.model import Item, Value
from gazelled.tracker.catalogue import Column, Listing, Path, Source
from gazelled.tracker.site import Site

LONGEST_SUMMARY = 300
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_PLAIN_PAGE = re.compile(r"[a-z]+\.php\?[a-z]*id=[0-9]+(?:&[a-z]*id=[0-9]+)*")
_KEYS = frozenset({"authkey", "auth", "passkey", "torrent_pass", "token"})
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|blockquote|pre|h\d)\b[^<>]*>", re.IGNORECASE)
_HTML = re.compile(r"<[^<>]*>")
_BBCODE = re.compile(r"\[/?[a-z*]+(?:=[^\]]*)?\]", re.IGNORECASE)


R = TypeVar("R")


@dataclass(slots=True)
class Glimpse:
    """
    An entry of which only so much was read as it takes to know it again.

    Attributes:
        id: The item's id.
        time: The item's time.
        whole: The item, or what reads it.

    """

    id: str
    time: datetime | None
    whole: Item | Callable[[], Item]

    def read(self) -> Item:
        """Read all of it, once; then nothing holds the answer any more."""
        if not isinstance(self.whole, Item):
            self.whole = self.whole()
        return self.whole


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """
    One page of a stream.

    Attributes:
        items: Its items, or glimpses of them, in the tracker's order.
        pages: How many pages there are, as the tracker says.
        odd: How many entries could not be read as items.

    """

    items: tuple[R, ...]
    pages: int
    odd: int = 0


def extract(listing: Listing, payload: object, site: Site) -> Page[Item]:
    """Read an answer's payload as a page of items, as `skim` does, but all of each."""
    page = skim(listing, payload, site)
    return Page(tuple(glimpse.read() for glimpse in page.items), page.pages, page.odd)


def skim(listing: Listing, payload: object, site: Site) -> Page[Glimpse]:
    """
    Read an answer's payload as a page of items, of each only what it is known by.

    Args:
        listing: Where the items are.
        payload: The decoded `response`.
        site: The site that links lead to and whose zone the times have.

    Raises:
        Broken: If the lists are not where they should be, or no entry can be read.

    """
    items: dict[str, Glimpse] = {}
    odd = 0
    for source in listing.sources:
        entries = _entries(source, payload)
        if source.beside:
            beside = _beside(source.beside, payload, listing)
            entries = ({**beside, **entry} for entry in entries)
        reader = _Reader(source, site)
        for entry in entries:
            item = reader.glimpse(entry)
            if item is None:
                odd += 1
            else:
                items.setdefault(item.id, item)
    if odd and not items:
        raise Broken("None of the entries of the answer can be read.")
    pages = _number(payload.get("pages")) if isinstance(payload, Mapping) else None
    return Page(tuple(items.values()), int(pages or 1), odd)


def _beside(names: tuple[str, ...], payload: object, listing: Listing) -> Mapping[str, object]:
    """Find what entries get from the answer around them, or from what was asked."""
    around = payload if isinstance(payload, Mapping) else {}
    asked = dict(listing.asked)
    return {name: around.get(name, asked.get(name)) for name in names}


def _entries(source: Source, payload: object) -> Iterator[Mapping[str, object]]:
    found = _at(payload, source.path) if source.path else payload
    if source.one:
        if not isinstance(found, Mapping):
            raise Broken("The answer isn't what its action tells.")
        found = [found]
    if source.keyed and isinstance(found, Mapping):
        found = [
            {"type": name, **entry} if isinstance(entry, Mapping) else entry
            for name, entry in found.items()
        ]
    if not isinstance(found, list):
        where = ".".join(source.path) or "the answer"
        raise Broken(f"There is no list at {where}.")
    for entry in found:
        if not isinstance(entry, Mapping):
            yield {}
        elif source.skip_empty and not entry.get(source.skip_empty):
            continue
        elif source.nested or source.terms:
            yield from _members(source, entry)
        else:
            yield entry


def _members(source: Source, entry: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    if source.terms:
        for term in _terms(entry, source.terms):
            yield {**entry, "term": term}
        return
    inner = entry.get(source.nested)
    for each in inner if isinstance(inner, list) else [None]:
        yield {**entry, **each} if isinstance(each, Mapping) else {}


def _terms(value: object, path: Path) -> Iterator[object]:
    """Find mere texts, which PHP writes as lists or as objects, or as an object's keys."""
    key, *rest = path
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping):
        return
    inner = value if key in {"*", "#"} else {key: value.get(key)}
    for name, each in inner.items():
        if rest:
            yield from _terms(each, tuple(rest))
        else:
            yield name if key == "#" else each


class _Reader:
    """
    Reads the entries of a source; what is the same for all of them is found out once a page.

    Args:
        source: The source.
        site: The site.

    """

    def __init__(self, source: Source, site: Site) -> None:
        self._source = source
        self._site = site
        self._root = f"{str(site.root).rstrip('/')}/"
        self._zone = UTC if site.zone == "UTC" else site.timezone
        self._fields = [(name, _column(column)) for name, column in source.fields.items()]
        self._title = _column(source.title)

    def glimpse(self, entry: Mapping[str, object]) -> Glimpse | None:
        """Read of an entry what it is known by; None if it has no id."""
        source = self._source
        parts = [_at(entry, path) for path in source.id]
        for part in parts:
            if part == "" or isinstance(part, bool) or not isinstance(part, str | int):
                return None
        time = _time(_at(entry, source.time), self._zone) if source.time else None
        name = source.prefix + ":".join(map(str, parts))
        return Glimpse(name, time, partial(self._item, entry, name, time))

    def _item(self, entry: Mapping[str, object], name: str, time: datetime | None) -> Item:
        source = self._source
        title = self._title(entry)
        if source.heading:
            title = source.heading.format(title or "").strip()
        group = _at(entry, source.group) if source.group else None
        tags = _at(entry, source.tags) if source.tags else None
        size = _number(_at(entry, source.size)) if source.size else None
        return Item(
            id=name,
            kind=source.kind,
            title=title if isinstance(title, str) else "",
            url=self._url(entry),
            time=time,
            summary=_summary(source.body, entry) if source.body else "",
            tags=_tags(tags),
            size=None if size is None else int(size),
            group="" if group is None else str(group),
            fields={name: read(entry) for name, read in self._fields},
        )

    def _url(self, entry: Mapping[str, object]) -> str:
        try:
            page = self._source.url.format_map(entry)
            if _PLAIN_PAGE.fullmatch(page):
                return self._root + page  # as below, in a tenth of the time
            url = URL(self._site.page(page))
        except (KeyError, TypeError, ValueError):
            return ""
        if url.scheme not in {"http", "https"}:
            return ""
        return str(url.without_query_params(*_KEYS))


def _at(value: object, path: Path) -> object:
    for depth, key in enumerate(path):
        if isinstance(value, dict):
            value = value.get(key)
        elif key == "*" and isinstance(value, list):
            return [_at(each, path[depth + 1 :]) for each in value]
        else:
            return None
    return value


def _column(column: Column) -> Callable[[Mapping[str, object]], Value]:
    """Make what reads a column; most are at hand in the entry, and of the type that they say."""
    if len(column.path) != 1 or column.over:
        return partial(_value, column)
    (key,) = column.path
    wanted = column.type
    as_it_is = wanted is str and not (column.written or column.escaped)

    def read(entry: Mapping[str, object]) -> Value:
        found = entry.get(key)
        if found is None:
            return None
        if as_it_is and isinstance(found, str):
            return " ".join(found.split()) or None
        if wanted is int and found and type(found) is int:
            return found
        return _value(column, entry)

    return read


def _value(column: Column, entry: Mapping[str, object]) -> Value:
    path = column.path
    found = entry.get(path[0]) if len(path) == 1 else _at(entry, path)
    if column.type is tuple:
        return _files(found) if column.written == "files" else _texts(found, escaped=column.escaped)
    if column.type is bool:
        number = _number(found)
        return found if isinstance(found, bool) else None if number is None else bool(number)
    if column.type in {int, float}:
        number = _number(found)
        if number is None or (number == 0 and (column.zero or _hides(column, entry))):
            return None
        if column.over:
            return _share(number, _number(_at(entry, column.over)))
        return int(number) if column.type is int else number
    if not isinstance(found, str | int | float):
        return None
    return _plain(column, str(found)) or None


def _plain(column: Column, text: str) -> str:
    """Write a text as one line without markup."""
    if column.written == "html":
        text = unescape(_HTML.sub("", _BREAK.sub(" ", text)))
    elif column.escaped:
        text = unescape(text)
    if column.written == "bbcode":
        text = _BBCODE.sub("", text)
    return " ".join(text.split())


def _hides(column: Column, entry: Mapping[str, object]) -> bool:
    return bool(column.hidden and _number(_at(entry, column.hidden)))


def _share(number: float, over: float | None) -> float | None:
    return number / over if over else None


def _number(value: object) -> float | int | None:
    if isinstance(value, str):
        plain = value.replace(",", "")
        try:
            value = float(plain) if "." in plain else int(plain)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None  # false is how the tracker says that it doesn't know a number
    return value if math.isfinite(value) else None


def _texts(value: object, *, escaped: bool = False) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    found = (text for text in value if isinstance(text, str) and text)
    return tuple(map(unescape, found) if escaped else found)


def _tags(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(tag.replace("_", ".") for tag in value.split())
    return _texts(value)


def _files(value: object) -> tuple[str, ...] | None:
    """Read the names in `name{{{size}}}|||name{{{size}}}`, which are encoded."""
    if not isinstance(value, str):
        return None
    files = (each.rpartition("{{{")[0] or each for each in value.split("|||"))
    return tuple(unescape(name) for name in files if name)


def _time(value: object, zone: tzinfo) -> datetime | None:
    if not isinstance(value, str):
        return None
    if not _TIME.fullmatch(value):
        return None
    try:
        naive = datetime.fromisoformat(value)  # far quicker than strptime
    except ValueError:
        return None
    # Likewise than `replace`.
    return datetime.combine(naive, naive.time(), zone).astimezone(UTC)


def _summary(column: Column, entry: Mapping[str, object]) -> str:
    value = _at(entry, column.path)
    text = _plain(column, value) if isinstance(value, str) else ""
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1] + "…"
