"""HTML entities in texts: sites encode them once, and some proxies and sites twice."""

from __future__ import annotations

import re
from html import unescape

from gazelled.tracker.decoding.payload import REPLACEMENT, safe_text

_ENTITY = r"(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
_LONG_NUMBER = re.compile(
    r"&(?:amp;)?#[0-9]{1000,};?"
)  # Python converts none of thousands of digits
_ONCE = re.compile(rf"&(?!amp;{_ENTITY})|[<>\"]")


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
