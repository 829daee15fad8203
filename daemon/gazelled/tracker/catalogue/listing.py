"""How lists in answers become items: their ids, their fields and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from gazelled.fields import AGE, SIZE, TAGS, WORDS, FieldType
from gazelled.model import Call, Item, Lane, Params
from gazelled.tracker.catalogue.answer_lists import AnswerList, Column, Path, column_of, marked

When = Mapping[str, tuple[str, ...]]
"""
Parameters and the values, as they are sent, with which something holds.

"" means that it isn't given, "*" that it is, whatever its value.
"""

Order = Literal["id", "time", "whole", "value"]
"""What orders a stream, see `Listing`."""


def holds(when: When, params: Mapping[str, str]) -> bool:
    """Return whether parameters are such."""
    return all(
        params.get(name, "") in values or ("*" in values and name in params)
        for name, values in when.items()
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class ItemList(AnswerList):
    """
    One list in an answer and how its entries become items.

    Names are those of fields: of the members, of the entries around them, and of the answer where
    it is `beside` them. What rules can ask of an item is said by `rule=` at the fields.

    Attributes:
        id: What makes up the id, revision included, with blanks between; a value needs none.
        url: Its page, from the site's root: a format string over the entry's keys.
        heading: What the title says, with {} for `title`, where that alone says too little.
        group: What several formats of one data set have in common.
        body: The text to summarise.
        text_id: What an entry is known by, too, where its id is 0.
        beside: Fields of the answer, or parameters, that entries get too, with blanks between.
        computed: Fields that are computed of several.
        renamed: Other names of fields for rules, by those that they have.
        terms: Where mere texts stand in each entry, each of which becomes an item's `term`: `*`
            is any key, `#` any key that is itself the text.
        skip_empty: A key whose 0 or empty text makes an entry padding.
        prefix: What goes before its ids, where lists of one answer number on their own.

    """

    kind: str
    id: str
    url: str
    title: str = ""
    heading: str = ""
    time: str = ""
    group: str = ""
    tags: str = ""
    size: str = ""
    body: str = ""
    text_id: str = ""
    beside: str = ""
    computed: Mapping[str, Column] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    terms: Path = ()
    skip_empty: str = ""
    prefix: str = ""

    def column(self, name: str) -> Column:
        """Return a field of its entries; one without a path for no name."""
        models = (*self.models, self.answer) if self.beside else self.models
        # What `terms` adds to an entry stands in no model, either.
        return column_of(models, name, [*self.beside.split(), "term"]) if name else Column(())

    @cached_property
    def ids(self) -> tuple[Path, ...]:
        return tuple(self.column(name).path for name in self.id.split())

    @cached_property
    def beside_keys(self) -> tuple[str, ...]:
        """The keys of the answer, or parameters of the call, that its entries get too."""
        return tuple(self.column(name).path[0] for name in self.beside.split())

    @cached_property
    def fields(self) -> Mapping[str, Column]:
        """What rules and messages can ask of its items."""
        beside = self.beside.split()
        names = {
            rule: name
            for rule, name in marked(self.answer, "rule")
            if name.partition(".")[0] in beside
        }
        for model in reversed(self.models):
            names |= marked(model, "rule")
        columns = {self.renamed.get(rule, rule): self.column(name) for rule, name in names.items()}
        return {**columns, **self.computed}

    @cached_property
    def types(self) -> Mapping[str, FieldType]:
        """The fields that rules may ask of its items, each with its type."""
        return (
            {"title": WORDS}
            | {name: column.type for name, column in self.fields.items()}
            | ({"tags": TAGS} if self.tags else {})
            | ({"size": SIZE} if self.size else {})
            | ({"age": AGE} if self.time else {})
        )


@dataclass(frozen=True, slots=True)
class Details:
    """
    How to ask for one item alone, which shows more of it than the list does.

    Attributes:
        listing: How its answer is read: one item, with the id and the names that the list has.
        absent: What the tracker says where there is no such item.

    """

    action: str
    parameter: str
    listing: Listing
    absent: str = ""

    def call(self, item: str, lane: Lane) -> Call:
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
        pages: The key of how many there are.
        last: The last page that is really turned to, later ones repeat it; 0 when all are.
        oldest_first: Whether the oldest entries are on the first page.
        starts_last: Whether the last page comes when none is asked for.
        of: The parameter without which the site ignores the page; empty for none.
        note: What is odd about it.

    """

    size: int
    page: str = "page"
    pages: str = "pages"
    last: int = 0
    oldest_first: bool = False
    starts_last: bool = False
    of: str = ""
    note: str = ""

    @property
    def last_page(self) -> int:
        return self.last or END


ONE_PAGE = Paging(0, page="", last=1)


@dataclass(frozen=True)
class Listing:
    """
    How an answer is read as a stream of items.

    Attributes:
        order: What orders the stream and makes its watermark: ids that only grow (`id`), the time
            of the newest change (`time`, whose ids are the thing and, after a colon, its revision),
            or nothing: all its pages are the list (`whole`), or it is one thing (`value`).
        with_: Parameters that a stream adds to a watch's own.
        front: A field that is true for entries which stay in front of the order.
        recurring: How ids begin that come back: once they are gone they are forgotten, to be news
            again. What follows is the text; the thing is the same whatever it says.
        numbered: How ids begin that are given one after the other, what they name, and its page:
            where they jump, something came that wasn't listed.
        partial: What it doesn't list, as a sentence.
        fixed: Parameters that a watch for news can't set, since they would change the order.
        orders: Those of `fixed` that the client's `items` takes: its pages are then read in that
            order, and less is certain of them.
        revised: Whether ids carry a revision, as they do where time is the order.
        window: Whether it shows only the newest or best of something, so that what leaves it isn't
            gone.
        contiguous_ids: Whether ids are given one after the other, so that those between two can
            be asked for by `details`, if no parameter narrows the list: an assumption about the
            site.
        announced_by: The types of `get_user_notifications` that name what is new here.
        blind: Fields that a token which doesn't load its user does not get.
        unsent: Fields that the site doesn't send in it: no rule that asks for them holds.
        unseen: Values that such a token does not get, by field.
        values: All texts that a field can hold, by field, where they are few.
        remaining: The key of the answer that counts what may belong to the list, but is unknown.
        asked: The parameters of the call that it is the answer to, as far as entries need them.

    """

    lists: tuple[ItemList, ...]
    order: Order = "whole"
    when: When = field(default_factory=dict)
    with_: Params = ()
    paging: Paging = ONE_PAGE
    front: str = ""
    recurring: tuple[str, ...] = ()
    numbered: tuple[tuple[str, str, str], ...] = ()
    partial: str = ""
    fixed: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    revised: bool = False
    window: bool = False
    details: Details | None = None
    contiguous_ids: bool = False
    announced_by: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    unseen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    example: str = ""
    remaining: str = ""
    asked: Params = ()

    @cached_property
    def fields(self) -> Mapping[str, FieldType]:
        """The fields that rules may ask of its items, each with its type."""
        return {name: type_ for list_ in self.lists for name, type_ in list_.types.items()}

    @property
    def item_kinds(self) -> list[str]:
        """The kinds of its items."""
        return list(dict.fromkeys(list_.kind for list_ in self.lists))

    @property
    def sent(self) -> list[str]:
        """The fields that rules may ask of its items, without those that the site doesn't send."""
        return [name for name in self.fields if name not in self.unsent]

    @cached_property
    def more(self) -> Mapping[str, FieldType]:
        """The fields that only the details of an item have."""
        detail_fields = self.details.listing.fields if self.details else {}
        return {name: type_ for name, type_ in detail_fields.items() if name not in self.fields}

    @property
    def descends(self) -> bool:
        """Whether ids only fall from page to page, the newest first."""
        return self.order == "id" and not self.paging.oldest_first

    def thing(self, item: Item) -> str:
        """Return what an item is known by, whatever its revision."""
        if self.recurring and item.id.startswith(self.recurring):
            return item.id.rpartition(":")[0]
        revised = self.revised or self.order == "time"
        return item.id.partition(":")[0] if revised else item.id

    def of(self, params: Params) -> Listing:
        """Return how the answer to a call is read; who asks for a page gets that alone."""
        alone = self.paging.page in dict(params)
        listing = replace(self, paging=ONE_PAGE) if alone else self
        beside = {key for list_ in self.lists for key in list_.beside_keys}
        beside_params = tuple((name, value) for name, value in params if name in beside)
        return replace(listing, asked=beside_params) if beside_params else listing

    def narrowed(self, params: Params) -> bool:
        """Return whether parameters leave something out of the list."""
        return bool(dict(params).keys() - dict(self.with_).keys())
