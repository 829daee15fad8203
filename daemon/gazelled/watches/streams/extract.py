"""
Reads an answer as items, by the catalogue's row for its action.

What the tracker did not tell is None: empty texts, absent keys, numbers that mean "unknown".
Numbers may come as texts and booleans as 0 and 1; entities are decoded exactly where the
tracker encodes them.

Most entries of most answers are known. `skim` reads as much of them as tells that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from yarl import URL

from gazelled.errors import BadAnswer
from gazelled.model import Item, Value
from gazelled.redact import QUERY_KEYS
from gazelled.text import shortened
from gazelled.tracker.catalogue import Column, Listing, Path, Source
from gazelled.tracker.decoding import types
from gazelled.tracker.decoding.entities import decode_entities
from gazelled.tracker.decoding.files import files_of
from gazelled.tracker.decoding.markup import without_bbcode, without_tags
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.scalars import moment, number
from gazelled.tracker.decoding.types import Take, taken
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.entries import (
    Unreadable,
    at,
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


R = TypeVar("R")


class LazyItem:
    """
    An entry of which only the id was read, as it takes no more to know it again.

    Args:
        id: The item's id.
        entry: The entry, or the item if that was read already.
        reader: Reads the entry; None if it is an item.

    """

    __slots__ = ("_entry", "_reader", "id")

    def __init__(
        self,
        id: str,  # noqa: A002 - as items have it
        entry: Mapping[str, object] | Item,
        reader: _Reader | None = None,
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
    One page of a stream.

    Attributes:
        items: Its items, or glimpses of them, in the tracker's order.
        pages: How many pages there are, as the tracker says.
        odd: The entries that could not be read as items.

    """

    items: tuple[R, ...]
    pages: int
    odd: tuple[Unreadable, ...] = ()


def extract(listing: Listing, payload: object, site: Site) -> Page[Item]:
    """Read an answer's payload as a page of items, as `skim` does, but all of each."""
    page = skim(listing, payload, site)
    return Page(tuple(glimpse.read() for glimpse in page.items), page.pages, page.odd)


def skim(listing: Listing, payload: object, site: Site) -> Page[LazyItem]:
    """
    Read an answer's payload as a page of items, of each only what it is known by.

    Args:
        listing: Where the items are.
        payload: The decoded `response`.
        site: The site that links lead to and whose zone the times have.

    Raises:
        Broken: If the lists are not where they should be, or no entry can be read.

    """
    items: dict[str, LazyItem] = {}
    odd: list[Unreadable] = []
    numbered = listing.order == "id"
    for source in listing.sources:
        found = entries(source, payload)
        if source.beside:
            found = _with(_beside(source.beside, payload, listing), found)
        reader = _Reader(source, site, numbered=numbered)
        for place, entry in enumerate(found, 1):
            if place > MOST_ENTRIES:
                raise BadAnswer(f"The answer lists more than {MOST_ENTRIES:,} entries.")
            item = reader.glimpse(entry)
            if item is None:
                odd.append(unreadable(source, entry, place, numbered=numbered))
            else:
                items.setdefault(item.id, item)
    if odd and not items:
        raise BadAnswer(f"None of the entries of the answer can be read. {listed_shortly(odd)}")
    pages = number(payload.get("pages")) if isinstance(payload, Mapping) else None
    return Page(tuple(items.values()), int(pages or 1), tuple(odd))


def _beside(names: tuple[str, ...], payload: object, listing: Listing) -> Mapping[str, object]:
    """Find what entries get from the answer around them, or from what was asked."""
    around = payload if isinstance(payload, Mapping) else {}
    asked = dict(listing.asked)
    return {name: around.get(name, asked.get(name)) for name in names}


def _with(beside: Mapping[str, object], found: Iterator[object]) -> Iterator[object]:
    return ({**beside, **entry} if isinstance(entry, Mapping) else entry for entry in found)


class _Reader:
    """
    Reads the entries of a source; what is the same for all of them is found out once a page.

    Args:
        source: The source.
        site: The site.
        numbered: Whether ids must be numbers.

    """

    def __init__(self, source: Source, site: Site, *, numbered: bool) -> None:
        self._numbered = numbered
        self._source = source
        self._site = site
        self._root = f"{str(site.root).rstrip('/')}/"
        zone = UTC if site.zone == "UTC" else site.timezone
        self._reading = reading = Reading(zone)
        self._fields = [(name, _column(each, reading)) for name, each in source.fields.items()]
        self._title = _column(source.title, reading)

    def glimpse(self, entry: object) -> LazyItem | None:
        """Return an entry of which its id was read; None if it has none."""
        if not isinstance(entry, dict):
            return None
        source = self._source
        parts = []
        for path in source.id:
            value = entry.get(path[0]) if len(path) == 1 else at(entry, path)
            if type(value) is int and 0 < value < LARGEST:
                parts.append(str(value))  # as nearly all are
                continue
            part = id_part(value, numbered=self._numbered)
            if part is None:
                return None
            parts.append(part)
        if source.text_id and parts[-1] == "0":
            parts.append(_digest(at(entry, source.text_id)))
        return LazyItem(source.prefix + ":".join(parts), entry, self)

    def time(self, entry: Mapping[str, object]) -> datetime | None:
        """Return when the item of an entry appeared."""
        path = self._source.time
        return moment(at(entry, path), self._reading.zone) if path else None

    def item(self, entry: Mapping[str, object], name: str) -> Item:
        """Return an entry as an item, whose id is known."""
        source = self._source
        title = self._title(entry)
        if source.heading:
            title = source.heading.format(title or "").strip()
        group = at(entry, source.group) if source.group else None
        size = self._take(types.count, source.size, entry)
        tags = self._take(types.tags, source.tags, entry)
        return Item(
            id=name,
            kind=source.kind,
            title=shortened(title, LONGEST_TITLE) if isinstance(title, str) else "",
            url=self._url(entry),
            time=self.time(entry),
            summary=_summary(source.body, entry) if source.body else "",
            tags=None if tags is None else tuple(shortened(tag, LONGEST_TITLE) for tag in tags),
            size=None if size is None or size < 0 else size,
            group=id_part(group, numbered=False) or "",
            fields={name: read(entry) for name, read in self._fields},
        )

    def _take(self, read: Take[R], path: Path, entry: Mapping[str, object]) -> R | None:
        return taken(read, at(entry, path), self._reading) if path else None

    def _url(self, entry: Mapping[str, object]) -> str:
        try:
            page = self._source.url.format_map(entry)
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


_TAKE: Mapping[type, Take[object]] = {
    int: types.count,
    float: types.fraction,
    bool: types.flag,
    tuple: types.each(types.text),
    str: types.text,
}
"""How columns without a reader of their own take their values."""
_TAKE_ESCAPED: Mapping[type, Take[object]] = {
    tuple: types.each(types.escaped),
    str: types.escaped,
}


def _column(column: Column, reading: Reading) -> Callable[[Mapping[str, object]], Value]:
    """Make what reads a column; most are at hand in the entry, and of the type that they say."""
    path, wanted = column.path, column.type.python
    simple = not (column.written or column.escaped or column.over or column.reader)
    as_it_is = wanted is str and simple
    is_whole = wanted is int and not column.over
    takes = _TAKE_ESCAPED if column.escaped else _TAKE
    take = column.reader.read if column.reader else takes.get(wanted, types.text)
    if column.written == "files":
        take = _files
    (key,) = path if len(path) == 1 else ("",)

    def read(entry: Mapping[str, object]) -> Value:
        found = entry.get(key) if key else at(entry, path)
        if found is None:
            return None
        if is_whole and type(found) is int and 0 < found < LARGEST:
            return found
        if as_it_is and type(found) is str:
            return shortened(" ".join(found.split()), LONGEST_FIELD) or None
        return _presented(column, taken(take, found, reading), entry, reading)

    return read


def _presented(
    column: Column, value: object, entry: Mapping[str, object], reading: Reading
) -> Value:
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
        return value if column.written else tuple(shortened(text, LONGEST_TITLE) for text in value)
    if not isinstance(value, str):
        return None
    return shortened(_plain(column, value), LONGEST_FIELD) or None


def _files(value: object, _reading: Reading) -> tuple[str, ...]:
    if not isinstance(value, str):
        raise Odd
    return tuple(file.name for file in files_of(value))


def _hides(column: Column, entry: Mapping[str, object], reading: Reading) -> bool:
    return bool(column.hidden and taken(types.count, at(entry, column.hidden), reading))


def _plain(column: Column, text: str) -> str:
    """Return a text, or the beginning of a very long one, as one line without markup."""
    text = text[:MOST_READ]
    if column.written == "html":
        text = decode_entities(without_tags(_BREAK.sub(" ", text)))
    elif column.written == "bbcode":
        text = without_bbcode(text)
    return " ".join(text.split())


def _summary(column: Column, entry: Mapping[str, object]) -> str:
    value = at(entry, column.path)
    if not isinstance(value, str):
        return ""
    text = value[:MOST_SUMMARISED]
    return shortened(
        _plain(column, decode_entities(text) if column.escaped else text), LONGEST_SUMMARY
    )


def _digest(text: object) -> str:
    """Return what tells a text from others, in a few characters."""
    return hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()[:12]
