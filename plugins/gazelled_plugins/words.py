"""Words for people, shared by the bundled plugins: headlines, sizes, what a data set is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from gazelled.plugin import Event, EventKind, Item, human_size, public_url

_NEW = {
    "announcement": "News:",
    "author": "New in the list:",
    "blog post": "Blog:",
    "category": "New category:",
    "conversation": "New message:",
    "format": "New format:",
    "forum": "New forum:",
    "message": "New message in",
    "platform": "New platform:",
    "post": "New post in",
    "request": "New request:",
    "tag": "New in the list:",
    "thread": "New post in",
    "user": "New in the list:",
}
_KINDS = {"message": "message in", "post": "post in"}
_NAMED = {
    "announcement",
    "author",
    "blog post",
    "category",
    "conversation",
    "format",
    "forum",
    "platform",
    "tag",
    "thread",
    "user",
    "wiki page",
}
"""The kinds of things whose title alone doesn't say what changed or is gone."""
_EXPLAINED = {EventKind.NEW, EventKind.CHANGE, EventKind.GONE, EventKind.RAISED}
_SPEAK_FOR_THEMSELVES = {EventKind.FIRST_LOOK, EventKind.NOTICE}


def size(count: int | None) -> str:
    """Return a number of bytes as people read it, such as `7.1 GiB`; empty when unknown."""
    return "" if count is None else human_size(count)


def headline(event: Event) -> str:
    """Return in one line what happened."""
    item = event.item
    title = item.title.rstrip(": ") or "(no title)"
    match event.kind:
        case EventKind.CHANGE:
            return f"Changed: {_what(item)}{title}"
        case EventKind.GONE:
            return f"Gone: {_what(item)}{event.title.rstrip(': ') or title}"
        case EventKind.NEW if item.kind == "notification" and ": " in title:
            return title  # it begins with what it is
        case EventKind.NEW if item.kind == "comment":
            return f"New {title[:1].lower()}{title[1:]}"
        case EventKind.NEW if item.kind == "thread" and item.fields.get("posts") == 1:
            return f"New thread: {title}"
        case EventKind.NEW:
            return f"{_NEW.get(item.kind, 'New:')} {title}"
        case _:
            return event.title


def facts(item: Item) -> str:
    """Return in one line what can be downloaded, such as `7.1 GiB FASTQ · CC0 · 3 seeders`."""
    what = " ".join(filter(None, [size(item.size), _text(item, "format")]))
    return _join([what, _text(item, "platform"), _text(item, "license"), _seeders(item)])


def origin(item: Item) -> str:
    """Return in one line where it comes from, such as `Sanger Institute · NC_001133.9`."""
    where = [_text(item, name) for name in ("lab", "accession", "forum")]
    sender, recipient = _text(item, "sender"), _text(item, "recipient")
    author = item.kind != "comment" and (_text(item, "last_author") or _text(item, "author"))
    who = [
        sender and f"From {sender}",
        recipient and f"To {recipient}",
        author and f"By {author}",
    ]
    of = _text(item, "category") if item.kind in {"format", "platform"} else ""
    return _join([*where, *(name or "" for name in who), of])


def lines(event: Event) -> list[str]:
    """Return what it is about, without its address and its watch, line by line."""
    torrent = event.item.kind == "torrent"
    formats = [facts(item) for item in event.items]
    if event.kind is EventKind.NEW:
        rest = [*formats, origin(event.item), "" if torrent else event.item.summary]
        return [line for line in dict.fromkeys(rest) if line]
    text = event.text.splitlines()
    data_sets = {item.group or item.id for item in event.items}
    if event.kind is EventKind.RAISED and torrent and len(data_sets) == 1:
        text += dict.fromkeys(formats)
    return [line for line in text if line.strip()]


def page(event: Event) -> str:
    """Return the address of what it is about; nothing where that are several things."""
    several = (event.kind is EventKind.REPORT and len(event.items) > 1) or event.events
    return "" if several else public_url(event.item.url)


def finder(event: Event) -> str:
    """Return the watches that found it, unless the headline names it."""
    watches = (event.watch, *event.also)
    return "" if event.kind in _SPEAK_FOR_THEMSELVES else " and ".join(filter(None, watches))


def why(event: Event) -> str:
    """
    Write the command that explains it, ready to be pasted; nothing where none does.

    It names the event by its key: the number of an item may be a data set's and a message's.
    """
    if event.kind not in _EXPLAINED or not event.item.id:
        return ""
    return f"gazelled why {shlex.quote(event.key)}"


def _what(item: Item) -> str:
    """Return a title with the kind of the thing, where that is needed."""
    kind = _KINDS.get(item.kind, item.kind if item.kind in _NAMED else "")
    return f"{kind} " if kind else ""


def _seeders(item: Item) -> str:
    count = item.fields.get("seeders")
    if not isinstance(count, int):
        return ""
    return {0: "no seeders", 1: "1 seeder"}.get(count, f"{count} seeders")


def _text(item: Item, name: str) -> str:
    value = item.fields.get(name)
    return value if isinstance(value, str) else ""


def _join(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
