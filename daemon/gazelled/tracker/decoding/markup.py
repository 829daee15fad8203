"""
Takes markup out of foreign texts, in a time that grows with their length only.

Every pattern here goes over a text once, whatever stands in it: one that looks from each "<" or "["
to the end of the text would need minutes for a description that anyone can upload.
"""

from __future__ import annotations

import re

from gazelled.tracker.decoding.entities import decode_entities

_TAG = re.compile(r"<[^<>]*>")
_BBCODE = re.compile(r"\[/?[a-z*]{1,20}(?:=[^\[\]]*)?\]", re.IGNORECASE)
# What is never closed reaches to the end, as in browsers; so no end is looked for twice.
_UNSHOWN = re.compile(
    r"<(script|style)\b.*?(?:</\1[^<>]*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)


def without_tags(text: str, instead: str = "") -> str:
    """Return a text of HTML without its tags; with something in the place of each."""
    return _TAG.sub(instead, text)


def without_bbcode(text: str) -> str:
    """Return a text of BBCode without its tags."""
    return _BBCODE.sub("", text)


def shown(page: str) -> str:
    """Return what a browser would show of a page, in one line."""
    return " ".join(decode_entities(without_tags(_UNSHOWN.sub(" ", page), " ")).split())
