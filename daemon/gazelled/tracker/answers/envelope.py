"""
The JSON object that an answer of the API is, out of what PHP and sites write around it.

Warnings of PHP may stand before it and an error page behind it; both leave it as good as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from gazelled.errors import BadAnswer
from gazelled.text import shortened
from gazelled.tracker.decoding.payload import read_json

MOST_WARNINGS = 100
LONGEST_WARNING = 4_000
LONGEST_WORDS = 300
LONGEST_NAME = 60
_MOST_WORDS, _DEEPEST_WORDS = 10, 4
_BLANK = "\ufeff \t\r\n"
_WARNING = re.compile(
    r"\s*(?:<br\s*/?>\s*)*(?:<b>)?(?:PHP )?(?P<what>Warning|Notice|Deprecated|Strict Standards"
    r"|(?:Recoverable )?[Ff]atal error|Parse error)(?:</b>)?:"
)
_ON_LINE = " on line "
_LINE = re.compile(r" on line (?:<b>)?\d+(?:</b>)?(?:\s*<br\s*/?>)*\s*")
_MARKUP = re.compile(r"<[^<>]{0,40}>")


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    The JSON object of an answer; empty, with its `form` in words, if it is other JSON.

    What PHP wrote before it are `warnings`.
    """

    content: Mapping[str, object] = field(repr=False)
    warnings: str = ""
    form: str = ""

    @property
    def words(self) -> str:
        """What it says of an error, in one line."""
        for key in ("error", "errors", "message"):
            texts = islice(_texts(self.content.get(key)), _MOST_WORDS)
            if text := " ".join("; ".join(texts).split()):
                return shortened(text, LONGEST_WORDS)
        return ""


def site_name(body: bytes) -> str:
    """Return what the site calls itself in an answer; nothing if it doesn't say."""
    try:
        envelope = read_envelope(body)
    except BadAnswer:
        return ""
    info = envelope.content.get("info") if envelope else None
    name = info.get("source") if isinstance(info, dict) else None
    return " ".join(name.split())[:LONGEST_NAME] if isinstance(name, str) else ""


def read_envelope(body: bytes) -> Envelope | None:
    """Return the JSON that a body holds, if any; raise BadAnswer if it is too deep or too large."""
    text = body.decode("utf-8", "replace").lstrip(_BLANK)
    begin = _behind_warnings(text)
    warnings = " ".join(_MARKUP.sub("", text[: min(begin, LONGEST_WARNING)]).split())
    text = text[begin:].lstrip(_BLANK) if begin else text
    if text[:1] not in {"{", "["}:
        return None
    try:
        decoded, end = read_json(text)
    except ValueError:
        return None
    rest = text[end:].lstrip(_BLANK)
    if rest and not rest.startswith("<") and not _WARNING.match(rest):
        return None
    if not isinstance(decoded, dict):
        return Envelope({}, warnings, "a list")
    return Envelope(decoded, warnings)


def _behind_warnings(text: str) -> int:
    """Return where the warnings end that a text begins with; 0 if there are none."""
    at = 0
    for _ in range(MOST_WARNINGS):
        begun = _WARNING.match(text, at)
        if begun is None:
            break
        end = text.find(_ON_LINE, begun.end(), begun.end() + LONGEST_WARNING)
        line = _LINE.match(text, end) if end >= 0 else None
        if line is None:
            break
        at = line.end()
    return at


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts of an error, which sites also write as a list or an object."""
    if isinstance(value, str):
        yield value[: 2 * LONGEST_WORDS]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif depth >= _DEEPEST_WORDS:
        return
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (f"{key}: {text}" for text in _texts(inner, depth + 1))
