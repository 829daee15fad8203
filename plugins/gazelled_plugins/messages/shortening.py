"""
Messages that are too long for a service: cut visibly, and never within a tag, an escape or a link.

A text is read once, part by part; what is open where it is cut is closed behind that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gazelled_plugins.messages.formats import PLAIN, Format
from gazelled_plugins.messages.texts import CUT, Measure, head

_HTML = re.compile(r"<[^<>]*>|&#?[0-9A-Za-z]{1,32};|[^<&]+|[<&]")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_EMPTY = {"br", "hr", "img", "meta", "link", "input", "wbr", "col"}
_MARKDOWN = re.compile(
    r"\\[\s\S]|\[(?:\\[\s\S]|[^\[\]\\])*\]\(<?[^()<>\s]*>?\)|<[^<>\n]*>|&#?[0-9A-Za-z]{1,32};"
    r"|`+|\*\*|__|~~|\|\||[*_~]|[^\\\[<&`*_~|]+|[\s\S]"
)
_IN_CODE = re.compile(r"`+|[^`]+")
_MARKS = {"**", "__", "~~", "||", "*", "_", "~"}
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What a service takes.

    Attributes:
        body: The longest body; 0 for any.
        title: The longest title; 0 if the title is a part of the body, in bold.
        measure: How the service counts.

    """

    body: int = 0
    title: int = 250
    measure: Measure = len


def fitted(text: str, limits: Limits, form: Format = PLAIN, url: str = "") -> str:
    """
    Return a text of a format within the limit of a body.

    Args:
        text: The text, with its markup.
        limits: What the service takes.
        form: The format.
        url: Where all of it can be read, shown where the text was cut.

    """
    most, measure = limits.body, limits.measure
    if not most or measure(text) <= most:
        return text
    end = _end(form, url)
    if measure(end) * 2 > most:
        end = CUT
    if (room := most - measure(end)) < 0:
        return ""
    if form.grammar in {"plain", "json"}:
        start = head(text, room, measure)
        torn = form.grammar == "json" and (len(start) - len(start.rstrip("\\"))) % 2
        return (start[:-1] if torn else start) + end
    cut = _cut_html if form.grammar == "html" else _cut_markdown
    return "".join(cut(text, room, measure)) + end


def _end(form: Format, url: str) -> str:
    text = "Shortened; the whole text"
    if not url:
        return CUT
    if form.marks_up:
        return f"{CUT}{form.line_break}{form.linked(text, url)}"
    return f"{CUT}{form.line_break}{form.escape(f'{text}: {url}')}"


class _Cut:
    """Collects parts of a text as long as they fit together with what closes them."""

    def __init__(self, room: int, measure: Measure) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []
        """What closes each part that is open, outermost first."""
        self._room = room
        self._measure = measure

    def take(self, part: str, *, whole: bool, closes: str = "") -> bool:
        """Take a part if it fits, or its beginning if it needn't be whole; return if all fits."""
        cost = self._measure(part)
        if cost + self._measure(closes) <= self._room:
            self.parts.append(part)
            self._room -= cost
            if closes:
                self.push(closes)
            return True
        if not whole:
            self.parts.append(head(part, self._room, self._measure))
        return False

    def push(self, closes: str) -> None:
        """Reserve room for what closes a part."""
        self.open.append(closes)
        self._room -= self._measure(closes)

    def pop(self) -> str:
        """Return what closes the innermost part, and its room."""
        closes = self.open.pop()
        self._room += self._measure(closes)
        return closes

    def closed(self) -> tuple[str, ...]:
        """Return all parts, with what closes those that are open."""
        return (*self.parts, *reversed(self.open))


def _cut_html(text: str, room: int, measure: Measure) -> tuple[str, ...]:
    cut = _Cut(room, measure)
    for part in _HTML.findall(text):
        tag = _TAG.match(part)
        name = tag[2].lower() if tag else ""
        if tag and tag[1]:
            if not (cut.open and cut.open[-1] == f"</{name}>"):
                continue  # what a template closes in another order is closed behind the cut
            cut.pop()
        closes = "" if not name or (tag and tag[1]) or name in _EMPTY else f"</{name}>"
        whole = part[0] in "<&"
        if not cut.take(part, whole=whole, closes="" if part.endswith("/>") else closes):
            break
    return cut.closed()


def _cut_markdown(text: str, room: int, measure: Measure) -> tuple[str, ...]:
    cut = _Cut(room, measure)
    at = 0
    while at < len(text):
        in_code = bool(cut.open) and "`" in cut.open[-1]
        part, before = _part(text, at, in_code=in_code), text[max(at - 1, 0) : at]
        at += len(part)
        if cut.open and part == cut.open[-1].strip("\n"):
            cut.pop()
            if not cut.take(part, whole=True):
                cut.push(part)
                break
            continue
        if "\n\n" in part and not in_code:
            while cut.open:
                cut.pop()
        opens = not in_code and _opens(part, text[at : at + 1], before)
        closes = f"\n{part}" if part.startswith(_FENCE) else part
        whole = len(part) < 2 or part[0] in "\\[<&`*_~|"  # noqa: PLR2004 - two signs are a pair
        if not cut.take(part, whole=whole, closes=closes if opens else ""):
            break
    return cut.closed()


def _part(text: str, at: int, *, in_code: bool) -> str:
    """Return the part of a text that begins somewhere; a backslash means nothing in code."""
    part = (_IN_CODE if in_code else _MARKDOWN).match(text, at)
    return part[0] if part else text[at]


def _opens(part: str, behind: str, before: str) -> bool:
    """Return whether a part begins text in bold, italics or code."""
    if part[0] == "`":
        return True
    return part in _MARKS and bool(behind.strip()) and not before.isalnum()
