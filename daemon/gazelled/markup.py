"""
Takes markup and unsafe characters out of foreign texts, in a time that grows with their length.

Every pattern here goes over a text once, whatever stands in it: one that looks from each "<" or "["
to the end of the text would need minutes for a description that anyone can upload. Sites encode
entities once, and some proxies and sites twice.
"""

from __future__ import annotations

import re
from html import unescape

REPLACEMENT = "\ufffd"
"""Stands in the place of what no text may hold."""

# Control characters other than tab and line ends, bidirectional overrides and isolates (they can
# make a text read as another one), halves of surrogate pairs and what isn't a character.
_UNSAFE = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff"
_UNSAFE_TEXT = re.compile(f"[{_UNSAFE}]")
UNSAFE_OR_TORN = re.compile(f"[{_UNSAFE}\ud800-\udfff]")
_ENTITY = r"(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
_LONG_NUMBER = re.compile(
    r"&(?:amp;)?#[0-9]{1000,};?"
)  # Python converts none of thousands of digits
_ONCE = re.compile(rf"&(?!amp;{_ENTITY})|[<>\"]")

_TAG = re.compile(r"<[^<>]*>")
_BBCODE = re.compile(r"\[/?[a-z*]{1,20}(?:=[^\[\]]*)?\]", re.IGNORECASE)
# What is never closed reaches to the end, as in browsers; so no end is looked for twice.
_UNSHOWN = re.compile(
    r"<(script|style)\b.*?(?:</\1[^<>]*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)


def safe_text(text: str) -> str:
    """Return a text with U+FFFD for what must reach neither a terminal nor a file."""
    if text.isprintable():
        return text
    if UNSAFE_OR_TORN.search(text):
        joined = text.encode("utf-16", "surrogatepass")  # two halves of one pair become one
        text = _UNSAFE_TEXT.sub(REPLACEMENT, joined.decode("utf-16", "replace"))
    return text


def decode_entities(text: str) -> str:
    """
    Return a text with its entities decoded: once, or twice if they surely were encoded twice.

    They were if every `&` begins an encoded entity (`&amp;quot;`): what is encoded twice has no
    other, while a text that was encoded once and only speaks of entities is a rare title.
    What they stand for is cleaned, as all else was before.
    """
    if "&" not in text:
        return text
    text = _LONG_NUMBER.sub(REPLACEMENT, text)
    decoded = unescape(text)
    return safe_text(decoded if _ONCE.search(text) else unescape(decoded))


def without_tags(text: str, instead: str = "") -> str:
    """Return a text of HTML without its tags; with something in the place of each."""
    return _TAG.sub(instead, text)


def without_bbcode(text: str) -> str:
    """Return a text of BBCode without its tags."""
    return _BBCODE.sub("", text)


def shown(page: str) -> str:
    """Return what a browser would show of a page, in one line."""
    return " ".join(decode_entities(without_tags(_UNSHOWN.sub(" ", page), " ")).split())


def plain_text(text: str) -> str:
    """Return a text of BBCode or HTML without its markup; its lines stay."""
    return decode_entities(without_bbcode(without_tags(_UNSHOWN.sub("", text))))
