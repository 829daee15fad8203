"""How what a plugin's source returns is read as items: as an answer of the tracker is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from gazelled.errors import SourceError
from gazelled.fields import WORDS, FieldType
from gazelled.markup import safe_text
from gazelled.model import Item, Params, Value
from gazelled.plugin.sources import AnySource, SourcePage
from gazelled.redact import public_url
from gazelled.text import shortened
from gazelled.tracker.catalogue.listing import Listing
from gazelled.watches.plugins.added_fields import cleaned
from gazelled.watches.streams.entries import Unreadable
from gazelled.watches.streams.items import (
    LONGEST_FIELD,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    MOST_ENTRIES,
    PolledItems,
)
from gazelled.watches.watch import Watch

MOST_TAGS = 200
MOST_DIGITS = 15
_ID = re.compile(r"[\w.~@/+-]{1,200}", re.ASCII)
_ITSELF = {"title", "age", "size", "tags"}
"""The fields that an item has itself."""


@dataclass(frozen=True, kw_only=True)
class SourceListing(Listing):
    """The list of a plugin's source: `declared` are its fields, `item` is the kind of its items."""

    declared: Mapping[str, FieldType] = field(default_factory=dict)
    item: str = "item"

    @property
    def item_kinds(self) -> list[str]:
        """The kinds of its items."""
        return [self.item]

    @cached_property
    def fields(self) -> Mapping[str, FieldType]:
        """The fields that rules may ask of its items."""
        return {"title": WORDS, **self.declared}

    def thing(self, item: Item) -> str:
        """Return what an item is known by."""
        return item.id

    def of(self, params: Params) -> SourceListing:
        """Return how it is read, whatever its options."""
        del params
        return self

    def narrowed(self, params: Params) -> bool:
        """Return that nobody but the source knows what its options leave out."""
        del params
        return False


def is_polled(watches: Sequence[Watch]) -> bool:
    """Return whether watches ask a source of a plugin, and not the tracker."""
    return any(isinstance(watch.listing, SourceListing) for watch in watches)


def listing_of(source: AnySource) -> SourceListing:
    """Return how a source is read."""
    return SourceListing(
        lists=(),
        order=source.order,
        window=source.window,
        declared={**source.fields},
        item=source.item,
    )


def read_items(source: AnySource, result: object, scrub: Callable[[str], str]) -> PolledItems:
    """
    Return the items of what a source returned, and what can't be read as items.

    Raises:
        SourceError: If it returned something else, or nothing of it can be read.

    """
    page = result if isinstance(result, SourcePage) else SourcePage(cast("Sequence[Item]", result))
    if not isinstance(page.items, list | tuple):
        raise SourceError(
            f"The source {source.name} returned {type(page.items).__name__}, expected a list of"
            " items or a SourcePage."
        )
    if len(page.items) > MOST_ENTRIES:
        raise SourceError(f"The source {source.name} returned more than {MOST_ENTRIES:,} items.")
    items: dict[str, Item] = {}
    odd: list[Unreadable] = []
    for number, entry in enumerate(page.items, 1):
        try:
            item = _item(source, entry, scrub)
        except (ValueError, TypeError, AttributeError) as error:
            name = entry.id if isinstance(entry, Item) and isinstance(entry.id, str) else ""
            ids = (("id", shortened(scrub(name), LONGEST_TITLE)),) if name else ()
            odd.append(Unreadable(f"item {number}", ids, shortened(str(error), LONGEST_TITLE)))
        else:
            items.setdefault(item.id, item)
    if odd and not items:
        raise SourceError(f"None of the items of {source.name} can be read: {odd[0]}.")
    return PolledItems(tuple(items.values()), tuple(odd), more=not page.complete)


def _item(source: AnySource, entry: object, scrub: Callable[[str], str]) -> Item:
    """Return an item as watches take it; raise ValueError with the reason."""
    if not isinstance(entry, Item):
        raise TypeError(f"it is {type(entry).__name__}, not an Item")
    _check(source, entry)

    def line(text: str, most: int) -> str:
        return shortened(" ".join(scrub(safe_text(text)).split()), most)

    own = {name: entry.fields.get(name) for name in source.fields if name not in _ITSELF}
    unknown = sorted({*entry.fields} - own.keys())
    if unknown:
        raise ValueError(f'the source does not declare the field "{unknown[0]}"')
    return replace(
        entry,
        id=_plain_id(entry.id),
        kind=entry.kind or source.item,
        title=line(entry.title, LONGEST_TITLE),
        url=public_url(entry.url),
        summary=line(entry.summary, LONGEST_SUMMARY),
        tags=None if entry.tags is None else tuple(line(tag, 100) for tag in entry.tags),
        group=_plain_id(entry.group) if entry.group else "",
        fields=cleaned(_values(source, own), scrub),
    )


def _check(source: AnySource, item: Item) -> None:
    texts = (item.id, item.kind, item.title, item.url, item.summary, item.group)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("its id, kind, title, url, summary and group are texts")
    if not item.id:
        raise ValueError("it has no id")
    if source.order == "id" and not (item.id.isdecimal() and len(item.id) <= MOST_DIGITS):
        raise ValueError('its id is no number, but the source has order = "id"')
    if item.time is None and source.order == "time":
        raise ValueError('it has no time, but the source has order = "time"')
    if item.time is not None and item.time.tzinfo is None:
        raise ValueError("its time has no zone")
    _check_values(item)


def _check_values(item: Item) -> None:
    if item.tags is not None and not _are_texts(item.tags):
        raise TypeError("its tags are a tuple of texts")
    if item.size is not None and (type(item.size) is not int or item.size < 0):
        raise TypeError("its size is a number of bytes")


def _are_texts(tags: object) -> bool:
    if not (isinstance(tags, tuple) and len(tags) <= MOST_TAGS):
        return False
    return all(isinstance(tag, str) for tag in tags)


def _values(source: AnySource, own: Mapping[str, object]) -> Mapping[str, Value]:
    values: dict[str, Value] = {}
    for name, value in own.items():
        try:
            checked = source.fields[name].checked(value)
        except ValueError as error:
            raise ValueError(f"its field {name}: {error}") from None
        long = isinstance(checked, str) and len(checked) > LONGEST_FIELD
        values[name] = shortened(str(checked), LONGEST_FIELD) if long else checked
    return values


def _plain_id(name: str) -> str:
    """Return an id as references can hold it: a hash of one with other characters."""
    if _ID.fullmatch(name):
        return name
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:20]
