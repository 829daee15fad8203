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
from functools import partial
from typing import Generic, TypeVar

from yarl import URL

from gazelled.errors import Broken
from gazelled.model import Item, Value
from gazelled.tracker.catalogue import Column, Listing, Source
from gazelled.tracker.decoding.entities import decode_entities
from gazelled.tracker.decoding.markup import without_bbcode, without_tags
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.tracker.decoding.scalars import listed, moment, number
from gazelled.tracker.site import Site
from gazelled.watches.entries import Unreadable, at, entries, id_part, listed_shortly, unreadable

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
_KEYS = frozenset({"authkey", "auth", "passkey", "torrent_pass", "token"})
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|blockquote|pre|h\d)\b[^<>]*>", re.IGNORECASE)


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
        odd: The entries that could not be read as items.

    """

    items: tuple[R, ...]
    pages: int
    odd: tuple[Unreadable, ...] = ()


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
    odd: list[Unreadable] = []
    numbered = listing.order == "id"
    for source in listing.sources:
        found = entries(source, payload)
        if source.beside:
            found = _with(_beside(source.beside, payload, listing), found)
        reader = _Reader(source, site, numbered=numbered)
        for place, entry in enumerate(found, 1):
            if place > MOST_ENTRIES:
                raise Broken(f"The answer lists more than {MOST_ENTRIES:,} entries.")
            item = reader.glimpse(entry)
            if item is None:
                odd.append(unreadable(source, entry, place, numbered=numbered))
            else:
                items.setdefault(item.id, item)
    if odd and not items:
        raise Broken(f"None of the entries of the answer can be read. {listed_shortly(odd)}")
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
        self._zone = UTC if site.zone == "UTC" else site.timezone
        self._fields = [(name, _column(column)) for name, column in source.fields.items()]
        self._title = _column(source.title)

    def glimpse(self, entry: object) -> Glimpse | None:
        """Read of an entry what it is known by; None if it has no id."""
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
        time = moment(at(entry, source.time), self._zone) if source.time else None
        if source.text_id and parts[-1] == "0":
            parts.append(_digest(at(entry, source.text_id)))
        name = source.prefix + ":".join(parts)
        return Glimpse(name, time, partial(self._item, entry, name, time))

    def _item(self, entry: Mapping[str, object], name: str, time: datetime | None) -> Item:
        source = self._source
        title = self._title(entry)
        if source.heading:
            title = source.heading.format(title or "").strip()
        group = at(entry, source.group) if source.group else None
        tags = at(entry, source.tags) if source.tags else None
        size = number(at(entry, source.size)) if source.size else None
        return Item(
            id=name,
            kind=source.kind,
            title=_cut(title, LONGEST_TITLE) if isinstance(title, str) else "",
            url=self._url(entry),
            time=time,
            summary=_summary(source.body, entry) if source.body else "",
            tags=_tags(tags),
            size=None if size is None or size < 0 else int(size),
            group=id_part(group, numbered=False) or "",
            fields={name: read(entry) for name, read in self._fields},
        )

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
        return str(url.without_query_params(*_KEYS))


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
            return _cut(" ".join(found.split()), LONGEST_FIELD) or None
        if wanted is int and type(found) is int and 0 < found < LARGEST:
            return found
        return _value(column, entry)

    return read


def _value(column: Column, entry: Mapping[str, object]) -> Value:
    path = column.path
    found = entry.get(path[0]) if len(path) == 1 else at(entry, path)
    if column.type is tuple:
        return _files(found) if column.written == "files" else _texts(found, escaped=column.escaped)
    if column.type is bool:
        amount = number(found)
        return found if isinstance(found, bool) else None if amount is None else bool(amount)
    if column.type in {int, float}:
        amount = number(found)
        if amount is None or (amount == 0 and (column.zero or _hides(column, entry))):
            return None
        if column.over:
            return _share(amount, number(at(entry, column.over)))
        return int(amount) if column.type is int else amount
    if not isinstance(found, str | int | float):
        return None
    return _cut(_plain(column, str(found)), LONGEST_FIELD) or None


def _plain(column: Column, text: str) -> str:
    """Write a text, or the beginning of a very long one, as one line without markup."""
    text = text[:MOST_READ]
    if column.written == "html":
        text = decode_entities(without_tags(_BREAK.sub(" ", text)))
    elif column.escaped:
        text = decode_entities(text)
    if column.written == "bbcode":
        text = without_bbcode(text)
    return " ".join(text.split())


def _hides(column: Column, entry: Mapping[str, object]) -> bool:
    return bool(column.hidden and number(at(entry, column.hidden)))


def _share(number: float, over: float | None) -> float | None:
    return number / over if over else None


def _texts(value: object, *, escaped: bool = False) -> tuple[str, ...] | None:
    texts = listed(value)
    if texts is None:
        return None
    found = (_cut(text, LONGEST_TITLE) for text in texts if isinstance(text, str) and text)
    return tuple(map(decode_entities, found) if escaped else found)


def _tags(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(tag.replace("_", ".") for tag in value.split())
    return _texts(value)


def _files(value: object) -> tuple[str, ...] | None:
    """Read the names in `name{{{size}}}|||name{{{size}}}`, which are encoded."""
    if not isinstance(value, str):
        return None
    files = (each.rpartition("{{{")[0] or each for each in value.split("|||"))
    return tuple(decode_entities(name) for name in files if name)


def _summary(column: Column, entry: Mapping[str, object]) -> str:
    value = at(entry, column.path)
    if not isinstance(value, str):
        return ""
    return _cut(_plain(column, value[:MOST_SUMMARISED]), LONGEST_SUMMARY)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _digest(text: object) -> str:
    """Return what tells a text from others, in a few characters."""
    return hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()[:12]
