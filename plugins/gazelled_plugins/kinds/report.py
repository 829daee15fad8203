"""`kind = "report"`: reports all of an answer, each time."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.plugin import EventKind, Item, Value, human_size
from gazelled.plugin.kinds import (
    COUNT,
    FieldType,
    Kind,
    Look,
    Outcome,
    field_label,
    field_value,
    occurrence,
)

LONGEST_TEXT = 25
MOST_REPORTED = 250

_IN_A_LINE: Mapping[str, tuple[str, ...]] = {
    "comment": ("text",),
    "conversation": ("sender", "recipient"),
    "format": ("category",),
    "forum": ("threads", "posts"),
    "message": ("sender", "text"),
    "platform": ("category",),
    "post": ("author", "text"),
    "request": ("votes", "bounty"),
    "tag": ("uses",),
    "thread": ("forum", "posts", "last_author"),
    "torrent": ("seeders",),
    "user": ("user_class", "uploaded", "downloaded", "ratio"),
}
"""What a report shows of an item beside its title, by the item's kind."""

_LABELS = {
    "author": "by ",
    "bounty": "bounty ",
    "downloaded": "down ",
    "last_author": "last by ",
    "ratio": "ratio ",
    "recipient": "to ",
    "sender": "from ",
    "uploaded": "up ",
}


class ReportKind(Kind):
    """Keeps to its own schedule, and reports all that fits in the order of the answer."""

    name = "report"
    about = "reports the whole answer, each time"
    follows = False
    shares_source = False
    takes = frozenset({"match", "if"})

    def decide(self, look: Look) -> Outcome:
        items = [item for item in look.items if look.fits(item)]
        watch = look.watch
        title = watch.about or watch.name
        event = look.event(
            EventKind.REPORT,
            items[:MOST_REPORTED] or [Item(id=watch.name, kind="report", title=title)],
            title=title,
            text="\n".join(_lines(items, look.source.fields)) or "Nothing matches.",
            key=[occurrence("", look.at)],
        )
        return Outcome([event])


def _lines(items: list[Item], fields: Mapping[str, FieldType]) -> list[str]:
    if len(items) == 1:
        return [
            f"{field_label(name)} {field_value(value, fields.get(name))}"
            for name, value in _values(items[0])
        ]
    lines = [
        f"{number}. {_line(item, fields)}" for number, item in enumerate(items[:LONGEST_TEXT], 1)
    ]
    if len(items) > LONGEST_TEXT:
        lines.append(f"and {len(items) - LONGEST_TEXT} more")
    return lines


def _line(item: Item, fields: Mapping[str, FieldType]) -> str:
    size = human_size(item.size) if item.size is not None else ""
    values = {name: value for name, value in item.fields.items() if value not in {None, ""}}
    form = str(values.get("format", "")) if item.kind == "torrent" else ""
    parts = [item.title.rstrip(": "), " ".join(filter(None, [size, form]))]
    names = _IN_A_LINE.get(item.kind, ())
    parts += [_labelled(name, values[name], fields.get(name)) for name in names if name in values]
    return " · ".join(part for part in parts if part)


def _labelled(name: str, value: Value, type_: FieldType | None) -> str:
    if type_ is COUNT:
        return f"{value or 'no'} {name.removesuffix('s') if value == 1 else name}"
    return f"{_LABELS.get(name, '')}{field_value(value, type_)}"


def _values(item: Item) -> list[tuple[str, Value]]:
    values = [(name, value) for name, value in item.fields.items() if value is not None]
    return [("size", item.size), *values] if item.size is not None else values
