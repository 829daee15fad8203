"""What several actions share: types of parameters, what is known of them, and its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Required,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from gazelled.tracker.catalogue.action import Parameter
from gazelled.tracker.catalogue.vocabulary import SNAPSHOT

DOCUMENTED = "documentation; application of 2021-03-05"
MEASURED = "application of 2021-03-05"
DOCUMENTS_ONLY = "documentation"

CATEGORIES: Mapping[str, str] = SNAPSHOT.numbers
"""The categories of data sets, by name."""

SEARCH_ENGINE = "the site's search engine"
"""When it is down, the actions that share it fail, and every other one is answered."""

SWITCH: Mapping[str, str] = {"no": "0", "yes": "1"}
HASH_FORM = r"[0-9A-Fa-f]{40}"

ID = Parameter("its number", number=True)
NEEDED_ID = Parameter("its number", required=True, number=True)
PAGE = Parameter("the page, from 1", number=True, default="1")
HASH = Parameter("the infohash, 40 hexadecimal digits", form=HASH_FORM)
WAY = Parameter(
    "the direction of the order", values={"ascending": "asc", "descending": "desc"}, default="desc"
)
CATEGORY = Parameter("categories, by name or number", style="flags", word="category")
TAGS = Parameter(
    "tags, with commas between; ! excludes one, whatever tags_type says", style="words"
)
TAGS_TYPE = Parameter(
    "whether one tag is enough or all are needed", values={"any": "0", "all": "1"}, default="all"
)


def parameters(*tables: type[Any], **more: Parameter) -> Mapping[str, Parameter]:
    """
    Return the parameters that typed dictionaries of methods declare, and those that are `more`.

    What has no `Parameter` in its annotation is not sent.
    """
    params = dict(more)
    for table in tables:
        for name, hint in get_type_hints(table, include_extras=True).items():
            for parameter in _marks(hint):
                needed = get_origin(hint) is Required or name in table.__required_keys__
                values = parameter.values or {str(value): str(value) for value in _literals(hint)}
                needed = needed or parameter.required
                params.setdefault(name, replace(parameter, required=needed, values=values))
    return params


def _marks(hint: object) -> Iterator[Parameter]:
    if get_origin(hint) is Required:
        hint = get_args(hint)[0]
    if get_origin(hint) is Annotated:
        yield from (mark for mark in get_args(hint) if isinstance(mark, Parameter))


def _literals(hint: object) -> Iterator[object]:
    origin = get_origin(hint)
    if origin is Literal:
        yield from (value for value in get_args(hint) if not isinstance(value, bool))
    elif origin in {Annotated, Required}:
        yield from _literals(get_args(hint)[0])
    elif origin in {Union, UnionType}:
        for part in get_args(hint):
            yield from _literals(part)


def same(*names: str) -> Mapping[str, str]:
    """Take values that are sent as they are."""
    return {name: name for name in names}


AS_TEXT = {
    r"(?:^|\s)-\w": "the tracker looks for a - as it stands: write ! to exclude a word",
    '"': "the tracker looks for quotes as they stand: write the words without them",
    r"(?:^|\s)\|(?:\s|$)": "the tracker looks for a | as it stands: ask once for each word",
}
MUSIC = "the tracker ignores what belongs to sites for music ({}): leave it out"

Number = int | str
"""A whole number, also written as a text."""
Words = str | Sequence[str]
"""A text with commas between its words, or a list of words."""
Categories = str | int | Sequence[str | int]
"""Categories of data sets, by name or number."""
Switch = bool | Literal["yes", "no"]
Way = Literal["ascending", "descending"]
PageNumber = Annotated[Number, PAGE]
ItemId = Annotated[Number, ID]
InfoHash = Annotated[str, HASH]


class ById(TypedDict):
    """One thing by its number."""

    id: ItemId


class ByIdOrHash(TypedDict, total=False):
    """One thing by its number or its infohash."""

    id: ItemId
    hash: InfoHash


class OnePage(TypedDict, total=False):
    """A page."""

    page: PageNumber


class UntimedStop(TypedDict, total=False):
    """Where to stop turning pages whose entries have no time: whatever comes first."""

    newest: int
    """After so many."""
    until_id: int
    """Before the one with this id, which was seen before."""


class Stop(UntimedStop, total=False):
    """Where to stop turning pages: whatever comes first."""

    until: datetime
    """Before the first that is older."""


class Marking(TypedDict):
    """Reading that marks something as read, which has to be said."""

    mark_read: Literal[True]
