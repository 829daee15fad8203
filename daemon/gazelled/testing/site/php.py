"""How PHP writes: its JSON, its entities, its idea of a number, and the site's BBCode."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from html.entities import codepoint2name

_BBCODE = (
    (re.compile(r"\[b\](.*?)\[/b\]", re.DOTALL), r"<strong>\1</strong>"),
    (re.compile(r"\[i\](.*?)\[/i\]", re.DOTALL), r'<span style="font-style: italic;">\1</span>'),
    (
        re.compile(r"\[url=(.*?)\](.*?)\[/url\]", re.DOTALL),
        r'<a rel="noreferrer" target="_blank" href="\1">\2</a>',
    ),
    (
        re.compile(r"\[quote=(.*?)\](.*?)\[/quote\]", re.DOTALL),
        r'<strong class="quoteheader">\1</strong> wrote: <blockquote>\2</blockquote>',
    ),
    (re.compile(r"\[quote\](.*?)\[/quote\]", re.DOTALL), r"<blockquote>\1</blockquote>"),
)


def encode(value: object) -> bytes:
    """Write JSON as `json_encode` does: compact, ASCII, slashes escaped, 2.0 as 2."""
    text = json.dumps(_plain(value), ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode()


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def entities(text: str) -> str:
    """Replace what isn't plain ASCII by entities, by name where there is one."""
    return "".join(_entity(char) for char in text)


def _entity(char: str) -> str:
    if char == "'":
        return "&#39;"
    code = ord(char)
    if code in codepoint2name:
        return f"&{codepoint2name[code]};"
    return char if char.isascii() else f"&#{code};"


def render(bbcode: str) -> str:
    """Make HTML of BBCode; text without any is a paragraph."""
    escaped = html.escape(bbcode).replace("&#x27;", "&#39;")
    text = escaped
    for pattern, replacement in _BBCODE:
        text = pattern.sub(replacement, text)
    if text == escaped:
        return f"<p>{text}</p>" if text else ""
    return text.replace("\n", "<br />\n")


def to_int(text: str) -> int:
    """Cast to a number of 64 bits: what it begins with, also written as 1e1 or 1.5, else 0."""
    return int(max(min(to_float(text), 2**63 - 1), -(2**63)))


def to_float(text: str) -> float:
    """Cast to a number with a fraction: what it begins with, else 0."""
    match = re.match(_NUMBER, text)
    return float(match[0]) if match else 0.0


def is_numeric(text: str) -> bool:
    """Return whether PHP takes a text for a number."""
    return re.fullmatch(rf"{_NUMBER}\s*", text) is not None


_NUMBER = r"\s*[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"


def is_number(text: str) -> bool:
    """Return whether the site takes it as an id."""
    return text.isascii() and text.isdigit()


def when(moment: datetime) -> str:
    """Write a time as the database does: in the server's zone, UTC, without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def http_date(moment: datetime) -> str:
    """Write a time as a header does."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
