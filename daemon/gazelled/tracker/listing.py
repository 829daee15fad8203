"""How lists in answers are read: where they stand, what their entries are known by and tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from gazelled.model import Params

Path = tuple[str, ...]
"""Where a value stands in an answer: keys from the outside in."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    Where a field of an item stands in an entry of a list, and what it is.

    Attributes:
        path: The keys from the entry inwards.
        type: What rules may take it for: `str`, `int`, `float`, `bool` or `tuple` (of strings).
        escaped: Whether the tracker encodes HTML entities here.
        zero: Whether 0 means that the tracker doesn't know.

    """

    path: Path
    type: type = str
    escaped: bool = False
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """
    One list in an answer and how its entries become items.

    Attributes:
        kind: The kind of its items.
        path: Where the list is: keys from the payload inwards.
        id: The keys of an entry that make up its id, revision included.
        title: Its title.
        url: Its page, from the site's root: a format string over the entry's keys.
        fields: What rules and messages can ask of it.
        time: When it appeared, in the site's zone.
        nested: A list in each entry whose members are the items; the entry's keys stay visible.
        keyed: Whether the list is an object, whose keys become the entries' `type`.
        group: What several formats of one data set have in common.
        tags: Its tags.
        size: Its size in bytes.
        body: A text to summarise, as BBCode.
        skip_empty: A key without which an entry is padding.
        prefix: What goes before its ids, where lists of one answer number on their own.

    """

    kind: str
    path: Path
    id: tuple[Path, ...]
    title: Column
    url: str
    fields: Mapping[str, Column]
    time: Path = ()
    nested: str = ""
    keyed: bool = False
    group: Path = ()
    tags: Path = ()
    size: Path = ()
    body: Column | None = None
    skip_empty: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """
    How an answer is read as a stream of items.

    Attributes:
        sources: Its lists.
        order: What orders the stream and makes its watermark: ids that only grow (`id`), the time
            of the newest change (`time`), or nothing: each answer is the whole list (`whole`).
        with_: Parameters that a stream adds to a watch's own.
        page: The parameter that turns pages; empty when there are none.
        last_page: The last page that the tracker really turns to.
        front: A field that is true for entries which stay in front of the order.
        fleeting: Ids that come back: once they are gone they are forgotten, to be news again.
        fixed: Parameters that a watch for news can't set, since they would change the order.

    """

    sources: tuple[Source, ...]
    order: Literal["id", "time", "whole"] = "whole"
    with_: Params = ()
    page: str = ""
    last_page: int = 1
    front: str = ""
    fleeting: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    @property
    def fields(self) -> Mapping[str, type]:
        """The fields that rules may ask of its items, each with its type."""
        found: dict[str, type] = {"title": str}
        for source in self.sources:
            found |= {name: column.type for name, column in source.fields.items()}
            found |= {"tags": tuple} if source.tags else {}
            found |= {"size": int} if source.size else {}
            found |= {"age": timedelta} if source.time else {}
        return found
