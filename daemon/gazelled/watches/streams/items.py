"""
Reads the items of an answer, as the catalogue declares the lists for its action.

What the tracker did not send is None: empty texts, absent keys, numbers that mean "unknown". Most
entries of most answers are known: `scan` reads as much of them as tells that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Generic, TypeVar

from yarl import URL

from gazelled.errors import BadAnswer
from gazelled.markup import decode_entities, without_bbcode, without_tags
from gazelled.model import Item, Value
from gazelled.redact import QUERY_KEYS
from gazelled.text import shortened
from gazelled.tracker.catalogue.answer_lists import Column, Path, at
from gazelled.tracker.catalogue.listing import ItemList, Listing
from gazelled.tracker.decoding import types
from gazelled.tracker.decoding.files import files_of
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.scalars import moment, number
from gazelled.tracker.decoding.types import taken
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.entries import (
    Unreadable,
    entries,
    id_part,
    listed_shortly,
    unreadable,
)

MOST_ENTRIES = 20_000
"""How many entries a list may have; what an answer's size allows to real ones is less."""
LONGEST_SUMMARY = 300
MOST_SUMMARISED = 20 * LONGEST_SUMMARY
"""So much of a text is looked at for its summary: markup takes room, too."""
LONGEST_TITLE = 1_000
"""How many characters a title, a tag or a name keeps; the tracker's own have 255 at most."""
LONGEST_FIELD = 100_000
"""How many characters another text keeps; the tracker's own have 64,000 at most."""
MOST_READ = 4 * LONGEST_FIELD
"""How much of a text markup is taken out of."""
LONGEST_URL = 2_000
_PLAIN_PAGE = re.compile(r"[a-z]+\.php\?[a-z]*id=[0-9]+(?:&[a-z]*id=[0-9]+)*")
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|blockquote|pre|h\d)\b[^<>]*>", re.IGNORECASE)
_LISTS = 128
"""So many lists are read at a time; the catalogue has fewer."""

R = TypeVar("R")
Entry = Mapping[str, object]


class LazyItem:
    """
    An entry of which only the id was read, as it takes no more to know it again.

    Without a reader the entry is an item that was read already.
    """

    __slots__ = ("_entry", "_reader", "id")

    def __init__(
        self,
        id: str,  # noqa: A002 - as items have it
        entry: Entry | Item,
        reader: _ItemReader | None = None,
    ) -> None:
        self.id = id
        self._entry = entry
        self._reader = reader

    @property
    def time(self) -> datetime | None:
        """The item's time, which only lists in its order need of what is known."""
        if isinstance(self._entry, Item):
            return self._entry.time
        return self._reader.time(self._entry) if self._reader else None

    def read(self) -> Item:
        """Return the whole item, read once; then nothing holds the answer any more."""
        if not isinstance(self._entry, Item):
            assert self._reader  # noqa: S101 - an entry has one
            self._entry, self._reader = self._reader.item(self._entry, self.id), None
        return self._entry


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """
    One page of a stream, its items in the tracker's order, read or not yet.

    `pages` is how many there are, as the tracker says; `odd` what could not be read as items;
    `learning` whether more may belong to the list than is known yet.
    """

    items: tuple[R, ...]
    pages: int
    odd: tuple[Unreadable, ...] = ()
    learning: bool = False


@dataclass(frozen=True, slots=True)
class PolledItems:
    """
    What a plugin's source returned, in place of an answer's payload.

    `odd` is what could not be read as items; `more` is whether there are further ones.
    """

    items: tuple[Item, ...]
    odd: tuple[Unreadable, ...] = ()
    more: bool = False


def extract(listing: Listing, payload: object, site: Site) -> Page[Item]:
    """Read an answer's payload as a page of items, as `scan` does, but all of each."""
    page = scan(listing, payload, site)
    items = tuple(item.read() for item in page.items)
    return Page(items, page.pages, page.odd, page.learning)


def scan(listing: Listing, payload: object, site: Site) -> Page[LazyItem]:
    """
    Read an answer's payload as a page of items, of each only what it is known by.

    Raises:
        BadAnswer: If the lists are not where they should be, or no entry can be read.

    """
    if isinstance(payload, PolledItems):
        polled = tuple(LazyItem(item.id, item) for item in payload.items)
        return Page(polled, 1 + payload.more, payload.odd)
    items: dict[str, LazyItem] = {}
    odd: list[Unreadable] = []
    numbered = listing.order == "id"
    for list_ in listing.lists:
        listed = entries(list_, payload)
        if list_.beside:
            listed = _with(_beside(list_, payload, listing), listed)
        reader = _reader(list_, site, numbered)
        for place, entry in enumerate(listed, 1):
            if place > MOST_ENTRIES:
                raise BadAnswer(f"The answer lists more than {MOST_ENTRIES:,} entries.")
            name = reader.name(entry)
            if name is None:
                odd.append(unreadable(list_, entry, place, numbered=numbered))
            elif name not in items:
                items[name] = LazyItem(name, entry, reader)  # type: ignore[arg-type] # it has an id
    if odd and not items:
        raise BadAnswer(f"None of the entries of the answer can be read. {listed_shortly(odd)}")
    around = payload if isinstance(payload, Mapping) else {}
    pages, remaining = number(around.get("pages")), number(around.get(listing.remaining))
    return Page(tuple(items.values()), int(pages or 1), tuple(odd), bool(remaining))


def _beside(list_: ItemList, payload: object, listing: Listing) -> Entry:
    """Return what entries get from the answer around them, or from what was asked."""
    around = payload if isinstance(payload, Mapping) else {}
    params = dict(listing.asked)
    return {key: around.get(key, params.get(key)) for key in list_.beside_keys}


def _with(beside: Entry, listed: Iterator[object]) -> Iterator[object]:
    return ({**beside, **entry} if isinstance(entry, Mapping) else entry for entry in listed)


class _ItemReader:
    """Reads the entries of a list; how each field is read is worked out once."""

    def __init__(self, list_: ItemList, site: Site, numbered: bool) -> None:  # noqa: FBT001 - cached
        self._list = list_
        self._site = site
        self._numbered = numbered
        self._root = f"{str(site.root).rstrip('/')}/"
        self._reading = Reading(UTC if site.zone == "UTC" else site.timezone)
        self._ids = list_.ids
        self._text_id, self._time, self._group, self._size, self._tags, self._body = map(
            list_.column,
            (list_.text_id, list_.time, list_.group, list_.size, list_.tags, list_.body),
        )
        self._title = _field(list_.column(list_.title), self._reading)
        self._fields = [(name, _field(col, self._reading)) for name, col in list_.fields.items()]

    def name(self, entry: object) -> str | None:
        if not isinstance(entry, dict):
            return None
        parts = []
        for path in self._ids:
            value = entry.get(path[0]) if len(path) == 1 else at(entry, path)
            if type(value) is int and 0 < value < LARGEST:
                parts.append(str(value))  # as nearly all are
                continue
            part = id_part(value, numbered=self._numbered)
            if part is None:
                return None
            parts.append(part)
        if self._text_id.path and parts[-1] == "0":
            parts.append(_digest(at(entry, self._text_id.path)))
        return self._list.prefix + ":".join(parts)

    def time(self, entry: Entry) -> datetime | None:
        value = _value(entry, self._time.path)
        return None if value is None else moment(value, self._reading.zone)

    def item(self, entry: Entry, name: str) -> Item:
        list_, title = self._list, self._title(entry)
        if list_.heading:
            title = list_.heading.format(title or "").strip()
        size = taken(types.count, _value(entry, self._size.path), self._reading)
        tags = taken(types.tags, _value(entry, self._tags.path), self._reading)
        return Item(
            id=name,
            kind=list_.kind,
            title=shortened(title, LONGEST_TITLE) if isinstance(title, str) else "",
            url=self._url(entry),
            time=self.time(entry),
            summary=self._summary(entry) if list_.body else "",
            tags=None if tags is None else _short(tags),
            size=None if size is None or size < 0 else size,
            group=id_part(_value(entry, self._group.path), numbered=False) or "",
            fields={name: read(entry) for name, read in self._fields},
        )

    def _url(self, entry: Entry) -> str:
        try:
            page = self._list.url.format_map(entry)
            if _PLAIN_PAGE.fullmatch(page):
                return self._root + page  # as below, in a tenth of the time
            if len(page) > LONGEST_URL:
                return ""
            url = URL(self._site.page(page))
        except (KeyError, TypeError, ValueError):
            return ""
        if url.scheme not in {"http", "https"}:
            return ""
        return str(url.without_query_params(*QUERY_KEYS))

    def _summary(self, entry: Entry) -> str:
        value = _value(entry, self._body.path)
        if not isinstance(value, str):
            return ""
        text = taken(self._body.reader.read, value[:MOST_SUMMARISED], self._reading)
        return shortened(_plain(self._body, text), LONGEST_SUMMARY) if isinstance(text, str) else ""


_reader = lru_cache(_LISTS)(_ItemReader)


def _value(entry: Entry, path: Path) -> object:
    """Return what stands at a path; None without a path."""
    if len(path) == 1:
        return entry.get(path[0])
    return at(entry, path) if path else None


def _field(column: Column, reading: Reading) -> Callable[[Entry], Value]:
    """Return what reads a field; most values are at hand in the entry, and of its very type."""
    path = column.path
    take = _files if column.written == "files" else column.reader.read

    def read(entry: Entry) -> Value:
        value = _value(entry, path)
        if value is None:
            return None
        return _presented(column, taken(take, value, reading), entry, reading)

    if len(path) != 1 or column.over or column.written:
        return read
    (key,) = path

    def read_whole(entry: Entry) -> Value:
        value = entry.get(key)
        if type(value) is int and 0 < value < LARGEST:
            return value
        return None if value is None else read(entry)

    def read_flag(entry: Entry) -> Value:
        value = entry.get(key)
        return value if type(value) is bool or value is None else read(entry)

    def read_text(entry: Entry) -> Value:
        value = entry.get(key)
        if type(value) is str and len(value) <= LONGEST_TITLE and "&" not in value:
            return " ".join(value.split()) or None
        return None if value is None else read(entry)

    quick: Mapping[object, Callable[[Entry], Value]] = {
        types.count: read_whole,
        types.known: read_whole,
        types.flag: read_flag,
        types.text: read_text,
        types.escaped: read_text,
    }
    return quick.get(take, read)


def _presented(column: Column, value: object, entry: Entry, reading: Reading) -> Value:
    """Return a value as rules and messages take it: short texts in one line, no hidden zeros."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if value == 0 and (column.zero or _hides(column, entry, reading)):
            return None
        if column.over:
            whole = taken(types.fraction, at(entry, column.over), reading)
            return value / whole if whole else None
        return value
    if isinstance(value, tuple):
        return value if column.written else _short(value)
    if not isinstance(value, str):
        return None
    return shortened(_plain(column, value), LONGEST_FIELD) or None


def _files(value: object, _reading: Reading) -> tuple[str, ...]:
    if not isinstance(value, str):
        raise Odd
    return tuple(file.name for file in files_of(value))


def _hides(column: Column, entry: Entry, reading: Reading) -> bool:
    return bool(column.hidden and taken(types.count, at(entry, column.hidden), reading))


def _plain(column: Column, text: str) -> str:
    """Return a text, or the beginning of a very long one, as one line without markup."""
    text = text[:MOST_READ]
    if column.written == "html":
        text = decode_entities(without_tags(_BREAK.sub(" ", text)))
    elif column.written == "bbcode":
        text = without_bbcode(text)
    return " ".join(text.split())


def _short(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([shortened(text, LONGEST_TITLE) for text in texts])


def _digest(text: object) -> str:
    """Return what tells a text from others, in a few characters."""
    return hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()[:12]
