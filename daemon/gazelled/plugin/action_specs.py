"""
Actions of a tracker's API that gazelled's catalogue does not have, as a plugin declares them.

    ActionSpec(
        name="riplog",
        about="The log of a rip and its score",
        parameters={"id": ParameterSpec(about="the torrent", required=True, number=True)},
        lists=(
            ListSpec(kind="rip log", order="value", fields={"score": FieldSpec("score", COUNT)}),
        ),
    )

A watch may then `ask` it, and `gazelled actions`, `call` and `check` know it. Keys are those of the
decoded `response`, inwards with dots. An action reads unless it says what it changes.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from gazelled.fields import AGE, TEXT, FieldType

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_KEY = re.compile(r"[^.\s]+(?:\.[^.\s]+)*")

When = Mapping[str, tuple[str, ...]]
"""Parameters and the values with which something holds; "" is left out, "*" is any value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSpec:
    """
    A parameter of an action.

    Attributes:
        about: What it means, in a few words.
        required: Whether the tracker needs it.
        number: Whether it is a whole number.
        values: What may be written, each with what is sent for it; anything when empty.
        default: What the tracker takes when it is not given, as it is written.
        style: How a list is sent: not at all (`plain`), joined with commas (`words`), as
            `name[VALUE]=1` (`flags`), or as `name[0]=VALUE` (`many`).
        form: A regular expression that its texts match wholly.

    """

    about: str = ""
    required: bool = False
    number: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    style: Literal["plain", "words", "flags", "many"] = "plain"
    form: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a form that is no regular expression."""
        try:
            re.compile(self.form)
        except re.error as error:
            raise ValueError(f"form is not a regular expression: {error}") from None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """
    A field of an item.

    Attributes:
        key: Where it stands in an entry, inwards with dots.
        type: What it holds, which rules take their comparisons from.
        markup: What is taken out of a text.
        zero_unknown: Whether 0 means that the tracker does not know.

    """

    key: str
    type: FieldType = TEXT
    _: KW_ONLY
    markup: Literal["", "html", "bbcode"] = ""
    zero_unknown: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for what is no key, or a type that no answer has."""
        _check_key("key", self.key)
        if self.type is AGE:
            raise ValueError("no field is of the type AGE: give the list its time instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingSpec:
    """
    How an answer is divided into pages.

    Attributes:
        size: How many entries a page has.
        page: The parameter of the page, which counts from 1.
        pages: The key of the answer that says how many there are.
        last: The last page that the tracker really turns to; 0 when all are.
        oldest_first: Whether the oldest entries are on the first page.

    """

    size: int
    page: str = "page"
    pages: str = "pages"
    last: int = 0
    oldest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """
    How an answer is read as items.

    Attributes:
        kind: What an item is, for people: `rip log`.
        at: Where the list stands in the answer; with the order `value` the answer itself is the
            one item.
        keyed: Whether it is an object there; its keys become the entries' `type`.
        id: The keys that an entry is known by, with blanks between.
        title: The key of its title.
        heading: What its title says, with {} for `title`.
        url: Its page from the site's root, a format string over the entry's keys:
            `torrents.php?torrentid={id}`.
        time: The key of its time.
        tags: The key of its tags.
        size: The key of its size in bytes.
        summary: The key of the text that a message shows the beginning of.
        summary_markup: How that is written.
        fields: What rules and messages can ask of an item, by the names that they use.
        order: What orders the list: ids that only grow (`id`), the time of the newest change
            (`time`), nothing, so that all its pages are the list (`whole`), or it is one thing
            (`value`).
        paging: Its pages; None for a single one.
        window: Whether it shows only the newest or best, so that what leaves it is not gone.
        adds: Parameters that a watch for news sends so that the newest come first; the watch
            can't set them.
        when: With which parameters the answer is read this way.
        prefix: What goes before the ids, where lists of one answer number on their own.

    """

    kind: str
    at: str = ""
    keyed: bool = False
    id: str = ""
    title: str = ""
    heading: str = ""
    url: str = ""
    time: str = ""
    tags: str = ""
    size: str = ""
    summary: str = ""
    summary_markup: Literal["", "html", "bbcode"] = ""
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    order: Literal["id", "time", "whole", "value"] = "whole"
    paging: PagingSpec | None = None
    window: bool = False
    adds: Mapping[str, str] = field(default_factory=dict)
    when: When = field(default_factory=dict)
    prefix: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what can't be read as items."""
        if not self.kind:
            raise ValueError("kind says what an item is; it can't be empty")
        if self.order == "value":
            if self.at or self.paging or self.keyed:
                raise ValueError('order = "value" is one thing: it has no at, paging or keys')
        elif not (self.at and self.id):
            raise ValueError("a list needs at, where it stands, and id, what an entry is known by")
        if self.order == "time" and not self.time:
            raise ValueError('order = "time" needs the key of the time')
        for name in ("at", "title", "time", "tags", "size", "summary"):
            _check_key(name, getattr(self, name) or "none")
        for key in self.id.split():
            _check_key("id", key)
        for name in self.fields:
            if not _NAME.fullmatch(name):
                raise ValueError(f'a field is named with a to z, digits and _, not "{name}"')
        _check_url(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """
    An action of a tracker's API.

    Attributes:
        name: The value of `action` that it is asked by.
        about: What it answers, in one line.
        parameters: What it takes, by name.
        lists: How its answers are read as items; the first whose `when` holds. Without one it can
            be called, but not watched.
        marks: What reading it marks as read: a watch then needs `mark_read = true`.
        marks_when: With which parameters; always when empty.
        marks_unless: Parameters that keep it from that, which are added.
        changes: What it changes at the tracker, beginning with a verb: no watch may ask it, and
            no plugin; `gazelled call` asks first. Empty for an action that only reads.
        post: Whether its parameters are sent as a form.
        login: The log-in that it needs; `cookie` when a token gets nothing useful.
        sites: The profiles of the sites that have it; all when empty.
        note: What else to know before it is used.
        example: Parameters of an example, as they are typed.
        source: Where this is known from.

    """

    name: str
    about: str
    parameters: Mapping[str, ParameterSpec] = field(default_factory=dict)
    lists: tuple[ListSpec, ...] = ()
    marks: str = ""
    marks_when: When = field(default_factory=dict)
    marks_unless: Mapping[str, str] = field(default_factory=dict)
    changes: str = ""
    post: bool = False
    login: Literal["any", "cookie"] = "any"
    sites: tuple[str, ...] = ()
    note: str = ""
    example: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what is no action."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f'an action is named with a to z, digits and _, not "{self.name}"')
        if not self.about:
            raise ValueError(f"{self.name}: about says what it answers; it can't be empty")
        if self.post and not self.changes:
            raise ValueError(f"{self.name}: what is sent as a form needs changes, what it changes")


def _check_key(name: str, key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(f'{name} is a key, inwards with dots, not "{key}"')


def _check_url(url: str) -> None:
    try:
        parts = [*string.Formatter().parse(url)]
    except ValueError as error:
        raise ValueError(f"url is not a format string: {error}") from None
    if url.startswith("/") or "://" in url:
        raise ValueError("url begins at the site's root: torrents.php?id={groupId}")
    for _, key, spec, conversion in parts:
        if key is not None and (not _KEY.fullmatch(key) or "." in key or spec or conversion):
            raise ValueError(f"url takes keys of an entry, not {{{key}}}")
