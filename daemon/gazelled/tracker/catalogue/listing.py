"""How lists in answers are read: where they stand, what their entries are known by and tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, Literal

from gazelled.fields import (
    AGE,
    COUNT,
    FILES,
    FLAG,
    NUMBER,
    SIZE,
    TAGS,
    TEXT,
    TEXTS,
    WORDS,
    FieldType,
)
from gazelled.model import Call, Item, Lane, Params
from gazelled.tracker.decoding.plan import Written
from gazelled.tracker.decoding.reading import Reader

Path = tuple[str, ...]
"""Where a value stands in an answer: keys from the outside in."""

When = Mapping[str, tuple[str, ...]]
"""
Parameters and the values, as they are sent, with which something holds.

"" means that it isn't given, "*" that it is, whatever its value.
"""

Order = Literal["id", "time", "whole", "value"]
"""What orders a stream, see `Listing`."""


def holds(when: When, given: Mapping[str, str]) -> bool:
    """Return whether parameters are such."""
    return all(
        given.get(name, "") in values or ("*" in values and name in given)
        for name, values in when.items()
    )


_MARKED_UP: Mapping[str, FieldType] = {"bbcode": WORDS, "files": FILES, "html": WORDS}
_OF_PYTHON: Mapping[object, FieldType] = {bool: FLAG, float: NUMBER, int: COUNT, tuple: TEXTS}


@dataclass(frozen=True, slots=True)
class Column:
    """
    Where a field of an item stands in an entry of a list, and what it is.

    Attributes:
        path: The keys from the entry inwards.
        type: What rules, tables and messages take it for.
        escaped: Whether the tracker encodes HTML entities here.
        zero: Whether 0 means that the tracker doesn't know.
        hidden: What is true, or not 0, where 0 may stand for what a user hides.
        over: What the number is divided by.
        written: What is taken out of a text.
        reader: What takes its value; by the type when None.

    """

    path: Path
    type: Any = TEXT
    escaped: bool = False
    zero: bool = False
    hidden: Path = ()
    over: Path = ()
    written: Written = ""
    reader: Reader | None = None

    def __post_init__(self) -> None:
        """Take texts with markup for words to search, and types of Python for types of fields."""
        type_ = _MARKED_UP.get(self.written) or _OF_PYTHON.get(self.type, self.type)
        object.__setattr__(self, "type", type_)


@dataclass(frozen=True, slots=True)
class Source:
    """
    One list in an answer and how its entries become items.

    Attributes:
        kind: The kind of its items.
        path: Where the list is: keys from the payload inwards.
        id: The keys of an entry that make up its id, revision included; a value needs none.
        text_id: What an entry is known by, too, where its id is 0.
        title: Its title.
        heading: What the title says, with {} for `title`, where that alone says too little.
        url: Its page, from the site's root: a format string over the entry's keys.
        fields: What rules and messages can ask of it.
        time: When it appeared, in the site's zone.
        beside: Keys of the answer itself, or parameters of the call, that its entries get too.
        nested: A list in each entry whose members are the items; the entry's keys stay visible.
        flat: Names that the members of `nested` have, with the keys of an entry that is one itself
            and has no such list: so other sites write it.
        terms: Where mere texts stand in each entry, each of which becomes an item's `term`: `*`
            is any key, `#` any key that is itself the text.
        keyed: Whether the list is an object, whose keys become the entries' `type`.
        group: What several formats of one data set have in common.
        tags: Its tags: a list, or one text with blanks between them and `_` for dots.
        size: Its size in bytes.
        body: A text to summarise, as BBCode.
        skip_empty: A key whose 0 or empty text makes an entry padding.
        prefix: What goes before its ids, where lists of one answer number on their own.
        one: Whether there is no list: what stands at `path` is itself the only entry.
        names: The fields of the models that hold the list (`at`, `nested`) and of its entries their
            `id` and `time`.

    """

    kind: str
    path: Path
    id: tuple[Path, ...]
    title: Column
    url: str
    fields: Mapping[str, Column]
    heading: str = ""
    text_id: Path = ()
    time: Path = ()
    beside: tuple[str, ...] = ()
    nested: str = ""
    flat: Mapping[str, str] = field(default_factory=dict)
    terms: Path = ()
    keyed: bool = False
    group: Path = ()
    tags: Path = ()
    size: Path = ()
    body: Column | None = None
    skip_empty: str = ""
    prefix: str = ""
    one: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Details:
    """
    How to ask for one item alone, which tells more of it than the list does.

    Attributes:
        action: The action that tells it.
        parameter: The parameter that takes the item's id.
        listing: How its answer is read: one item, with the id and the names that the list has.
        absent: What the tracker says where there is no such item.

    """

    action: str
    parameter: str
    listing: Listing
    absent: str = ""

    def call(self, item: str, lane: Lane) -> Call:
        """Make the call that asks for an item, by its id."""
        return Call(self.action, ((self.parameter, item),), lane)

    def says_absent(self, problem: Exception) -> bool:
        """Return whether a refusal says that there is no such item, and not something else."""
        return bool(self.absent) and self.absent in str(problem).casefold()


END = 1000
"""A last page for lists that end by themselves."""


@dataclass(frozen=True, slots=True)
class Paging:
    """
    How an answer is divided into pages.

    Attributes:
        size: How many entries a page has, unless the user chose otherwise on the site.
        page: The parameter that turns pages.
        pages: The key that tells how many there are.
        last: The last page that is really turned to, later ones repeat it; 0 when all are.
        oldest_first: Whether the oldest entries are on the first page.
        starts_last: Whether the last page comes when none is asked for.
        note: What is odd about it.

    """

    size: int
    page: str = "page"
    pages: str = "pages"
    last: int = 0
    oldest_first: bool = False
    starts_last: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """
    How an answer is read as a stream of items.

    Attributes:
        sources: Its lists.
        order: What orders the stream and makes its watermark: ids that only grow (`id`), the time
            of the newest change (`time`, whose ids are the thing and, after a colon, its revision),
            or nothing: all its pages are the list (`whole`), or it is one thing (`value`).
        when: With which parameters the answer is this.
        with_: Parameters that a stream adds to a watch's own.
        paging: How it is divided into pages, from which the four that follow are known.
        page: The parameter that turns pages; empty when there are none.
        last_page: The last page that the tracker really turns to.
        oldest_first: Whether the oldest entries are on the first page.
        starts_last: Whether the last page comes when none is asked for.
        front: A field that is true for entries which stay in front of the order.
        fleeting: How ids begin that come back: once they are gone they are forgotten, to be news
            again. What follows is the text; the thing is the same whatever it says.
        numbered: How ids begin that are given one after the other, what they name, and its page:
            where they jump, something came that wasn't listed.
        partial: What it doesn't list, as a sentence.
        fixed: Parameters that a watch for news can't set, since they would change the order.
        revised: Whether ids carry a revision, as they do where time is the order.
        window: Whether it shows only the newest or best of something, so that what leaves it isn't
            gone.
        details: How to ask for one of its items alone; None when that tells nothing more.
        dense: Whether ids are given one after the other, so that those between two can be asked
            for by `details`, if no parameter narrows the list: an assumption about the site.
        heralds: The types of `get_user_notifications` that name what is new here.
        blind: Fields that a token which doesn't load its user isn't told.
        unseen: Values that such a token isn't told, by field.
        values: All texts that a field can hold, by field, where they are few.
        example: Parameters as one would type them.
        asked: The parameters of the call that it is the answer to, as far as entries need them.
        fields: The fields that rules may ask of its items, each with its type.
        more: The fields that only the details of an item tell.

    """

    sources: tuple[Source, ...]
    order: Order = "whole"
    when: When = field(default_factory=dict)
    with_: Params = ()
    paging: InitVar[Paging | None] = None
    page: str = ""
    last_page: int = 1
    oldest_first: bool = False
    starts_last: bool = False
    front: str = ""
    fleeting: tuple[str, ...] = ()
    numbered: tuple[tuple[str, str, str], ...] = ()
    partial: str = ""
    fixed: tuple[str, ...] = ()
    revised: bool = False
    window: bool = False
    details: Details | None = None
    dense: bool = False
    heralds: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    unseen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    example: str = ""
    asked: Params = ()
    fields: Mapping[str, FieldType] = field(init=False, repr=False, compare=False)
    more: Mapping[str, FieldType] = field(init=False, repr=False, compare=False)

    def __post_init__(self, paging: Paging | None) -> None:
        """Work out once what every watch asks again and again."""
        if paging is not None:
            object.__setattr__(self, "page", paging.page)
            object.__setattr__(self, "last_page", paging.last or END)
            object.__setattr__(self, "oldest_first", paging.oldest_first)
            object.__setattr__(self, "starts_last", paging.starts_last)
        fields = self._fields()
        told = self.details.listing.fields if self.details else {}
        more = {name: type_ for name, type_ in told.items() if name not in fields}
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "more", more)

    def thing(self, item: Item) -> str:
        """Return what an item is known by, whatever its revision."""
        if self.fleeting and item.id.startswith(self.fleeting):
            return item.id.rpartition(":")[0]
        revised = self.revised or self.order == "time"
        return item.id.partition(":")[0] if revised else item.id

    def of(self, params: Params) -> Listing:
        """Read the answer to a call with these parameters; who asks for a page gets that alone."""
        if self.page and self.page in dict(params):
            alone = replace(self, page="", last_page=1, oldest_first=False, starts_last=False)
            return alone.of(params)
        wanted = {name for source in self.sources for name in source.beside}
        asked = tuple((name, value) for name, value in params if name in wanted)
        return replace(self, asked=asked) if asked else self

    def narrowed(self, params: Params) -> bool:
        """Return whether parameters leave something out of the list."""
        return bool(dict(params).keys() - dict(self.with_).keys())

    def _fields(self) -> Mapping[str, FieldType]:
        found: dict[str, FieldType] = {"title": WORDS}
        for source in self.sources:
            found |= {name: column.type for name, column in source.fields.items()}
            found |= {"tags": TAGS} if source.tags else {}
            found |= {"size": SIZE} if source.size else {}
            found |= {"age": AGE} if source.time else {}
        return found
