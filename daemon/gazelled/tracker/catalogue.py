"""
The action catalogue: what the tracker's API offers, as data.

The rows stand in `gazelled.tracker.actions`; here are their types and what is asked of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gazelled.model import Params
from gazelled.wording import meant

Path = tuple[str, ...]
"""Where a value stands in an answer: keys from the outside in."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A parameter of an action.

    Attributes:
        about: What it does, in a few words.
        required: Whether the tracker needs it.
        values: The values that it takes; any when empty. Names may stand for numbers.
        style: `plain` sends the value; `words` joins a list with commas; `flags` sends
            `name[value]=1` for each value of a list.
        number: Whether it takes a whole number only.

    """

    about: str = ""
    required: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    style: Literal["plain", "words", "flags"] = "plain"
    number: bool = False


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
        return found


@dataclass(frozen=True, slots=True)
class Action:
    """
    One named endpoint of the API.

    Attributes:
        name: Its name, the value of `action`.
        about: What it tells, in one line.
        params: Its parameters by name.
        marks_read: What reading it marks as read for the user; empty when nothing.
        writes: Whether it changes something for others.
        login: What log-in it needs: `any`; `cookie` when a token gets nothing useful; `none`.
        state: `works`; `broken` at the tracker; `undocumented`; `absent`: documented as not
            implemented.
        note: What to know before using it.
        listing: How its answer is read as items; None when it lists nothing.

    """

    name: str
    about: str
    params: Mapping[str, Parameter] = field(default_factory=dict)
    marks_read: str = ""
    writes: bool = False
    login: Literal["any", "cookie", "none"] = "any"
    state: Literal["works", "broken", "undocumented", "absent"] = "works"
    note: str = ""
    listing: Listing | None = None

    @property
    def token(self) -> bool:
        """Whether it is of use with a bearer token."""
        return self.login != "cookie"


def encode(action: Action, given: Mapping[str, object]) -> Params:
    """
    Check the parameters of an action and write them as they are sent.

    Args:
        action: The action.
        given: Values by name: texts, numbers, booleans, or lists of them.

    Raises:
        ValueError: With a list of sentences, one for each mistake.

    """
    problems: list[str] = []
    sent: list[tuple[str, str]] = []
    for name, value in given.items():
        plain, _, index = name.partition("[")
        parameter = action.params.get(plain)
        if parameter is None:
            problems.append(
                f"{action.name} takes no parameter {plain!r}{meant(plain, action.params)}"
            )
        elif index:  # the tracker's own spelling, such as filter_cat[1]
            sent.append((name, _text(value)))
        else:
            _encode_one(parameter, name, value, sent, problems)
    names = {name.partition("[")[0] for name, _ in sent} | set(given)
    problems += [
        f"{action.name} needs the parameter {name!r}"
        for name, parameter in action.params.items()
        if parameter.required and name not in names
    ]
    if problems:
        raise ValueError(problems)
    return tuple(sorted(sent))


def _encode_one(
    parameter: Parameter,
    name: str,
    value: object,
    sent: list[tuple[str, str]],
    problems: list[str],
) -> None:
    values = value if isinstance(value, list | tuple) else [value]
    if isinstance(value, list | tuple) and parameter.style == "plain":
        problems.append(f"{name} takes one value, not a list")
        return
    texts: list[str] = []
    for each in values:
        if not isinstance(each, str | int | float | bool):
            problems.append(f"{name} takes a text or a number, not {type(each).__name__}")
            continue
        text = _text(each)
        if parameter.number and not text.isdecimal():
            problems.append(f"{name} takes a whole number, not {text!r}")
        elif parameter.values:
            known = {key.lower(): code for key, code in parameter.values.items()}
            known |= {code: code for code in parameter.values.values()}
            if text.lower() in known:
                text = known[text.lower()]
            else:
                hint = meant(text, known) or f"; it takes {', '.join(parameter.values)}"
                problems.append(f"{name} takes no {text!r}{hint}")
        texts.append(text)
    if parameter.style == "flags":
        sent += [(f"{name}[{text}]", "1") for text in texts]
    else:
        sent.append((name, ",".join(texts)))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
