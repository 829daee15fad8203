"""The filters of templates: sizes, times, durations, plain text, links, words of the default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

from gazelled.plugin import Event, Item, Link, plain_text
from gazelled_plugins import words
from gazelled_plugins.messages.formats import FORMATS, PLAIN, Format
from gazelled_plugins.messages.texts import shortened

FORM, ZONE = "_format", "zone"
"""The names under which a template finds its format and its time zone."""

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Stand around what is markup and no foreign text; harmless texts never hold them."""

_WIDE = re.compile(r"\d{4}|\*")
_UNITS = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))
_LONGEST_PATTERN = 200


@pass_context
def _date(context: Context, value: object, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time in the target's zone."""
    moment = _moment(value)
    if moment is None:
        return ""
    if len(pattern) > _LONGEST_PATTERN or _WIDE.search(pattern):
        raise SecurityError("a width in a date has three digits at most")
    zone = context.resolve(ZONE)
    local = moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else UTC)
    return local.strftime(pattern)


@pass_context
def _age(context: Context, value: object) -> str:
    """Return how long before the event a time was."""
    event, moment = context.resolve("event"), _moment(value)
    if moment is None or not isinstance(event, Event):
        return ""
    return duration(event.at - moment)


def _moment(value: object) -> datetime | None:
    """Return a time from what a field holds: a time, seconds since 1970, ISO 8601."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if value else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = datetime.fromtimestamp(value, UTC)
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def duration(value: object) -> str:
    """Return a duration of seconds as people write it, such as `3 h 20 min`; empty when unknown."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    rest = round(abs(value))
    parts: list[tuple[int, str]] = []
    for unit, length in _UNITS:
        count, rest = divmod(rest, length)
        if count or parts:
            parts.append((count, f"{count} {unit}{'s' if unit == 'day' and count != 1 else ''}"))
    shown = [text for count, text in parts[:2] if count]
    return ("-" if value < 0 and shown else "") + (" ".join(shown) or "0 s")


def _value(value: object) -> str:
    """Return the value of a field for people."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case tuple() | list():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


def _plain(value: object) -> str:
    return "" if value is None else plain_text(str(value))


def _shorten(value: object, most: int = 100) -> str:
    return "" if value is None else shortened(str(value), most)


def _escaped_for(value: object, name: str) -> str:
    """Return a text as a format writes it, for a web hook whose JSON a chat reads."""
    if name not in FORMATS:
        raise ValueError(f"unknown format; choose from {', '.join(FORMATS)}")
    return FORMATS[name].escape(str(value))


def _same(value: object) -> object:
    """Return a value: all are escaped for the format of the message, and once."""
    return value


@pass_context
def _bold(context: Context, value: object) -> str:
    return _markup(_form(context).strong("" if value is None else str(value)))


@pass_context
def _code(context: Context, value: object) -> str:
    return _markup(_form(context).command("" if value is None else str(value)))


@pass_context
def _link(context: Context, value: object, url: object = None) -> str:
    """Return a link: of an item or an event to its page, or of a text to an address."""
    text, page = str(value), str(url or "")
    if isinstance(value, Event):
        text, page = words.headline(value), page or words.page(value)
    elif isinstance(value, Item):
        text, page = value.title, page or value.url
    return _markup(_form(context).linked(text, page))


def linked(context: Context, link: object) -> str:
    """Return a link that a plugin's filter made, or what else it put beside one, as markup."""
    form = _form(context)
    if isinstance(link, Link):
        return _markup(form.linked(link.text, link.url))
    return _markup(form.escape(str(link)))


def _form(context: Context) -> Format:
    form = context.resolve(FORM)
    return form if isinstance(form, Format) else PLAIN


def _markup(text: str) -> str:
    """Mark what a format has written: it is not escaped again."""
    return f"{OPEN}{text}{CLOSE}" if text else ""


FILTERS: Mapping[str, Callable[..., object]] = {
    "age": _age,
    "bold": _bold,
    "code": _code,
    "date": _date,
    "duration": duration,
    "e": _same,
    "escape": _same,
    "escaped_for": _escaped_for,
    "facts": words.facts,
    "forceescape": _same,
    "headline": words.headline,
    "link": _link,
    "origin": words.origin,
    "plain": _plain,
    "safe": _same,
    "shorten": _shorten,
    "size": words.size,
    "value": _value,
    "why": words.why,
}
"""What templates have beside Jinja2's own; those that escape leave that to the format."""
