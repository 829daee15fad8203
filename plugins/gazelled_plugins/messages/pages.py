"""
Messages as pages in HTML, for mail.

Mail programs keep little of a style sheet: styles stand at the elements, and none sets a colour of
the background or of the text, so that the program's own, dark or light, fit together.
"""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterable, Iterator
from itertools import groupby

from gazelled.plugin import Event, EventKind
from gazelled_plugins import words
from gazelled_plugins.messages.defaults import LONGEST_ENTRY, LONGEST_HEADLINE, details, headline
from gazelled_plugins.messages.texts import shortened

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }}</style>
</head>
<body style="margin:0; padding:16px; font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:40em">
{body}
</div>
</body>
</html>
"""
_TITLE = "margin:0 0 8px; font-size:20px; line-height:1.3"
_WATCH = "margin:20px 0 4px; font-size:16px"
_LINE = "margin:0 0 4px"
_LIST = "margin:0; padding-left:20px"
_ENTRY = "margin:0 0 8px"
_SMALL = "margin:16px 0 0; font-size:13px; opacity:.7"
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_NO_END = ".,;:!?)]}…"
"""What stands behind an address rather than at its end."""
_SUMMARY = "margin:12px 0 0; white-space:pre-line"
_LARGEST_TEXT = 20_000
_LONGEST_SUMMARY = 1_000


def wrapped(written: str, event: Event) -> str:
    """Return a page of what a template wrote, unless that is one."""
    if "<html" in written[:1000].lower():
        return written
    return _page(event, written)


def from_text(text: str, event: Event) -> str:
    """Return a page of the plain text that a template wrote."""
    pages = frozenset(item.url for item in event.items)
    return _page(event, "\n".join(_paragraphs(text.splitlines(), pages)))


def default(event: Event) -> str:
    """Return the default page of an event with harmless texts."""
    content = _digest(event) if event.events else _single(event)
    return _page(event, "\n".join(content))


def _page(event: Event, body: str) -> str:
    return _PAGE.format(title=html.escape(headline(event)), body=body)


def _single(event: Event) -> Iterator[str]:
    title = shortened(headline(event), LONGEST_HEADLINE)
    yield f'<h1 style="{_TITLE}" dir="auto">{_anchor(title, words.page(event))}</h1>'
    lines = words.lines(event)
    yield from _paragraphs(lines)
    summary = event.item.summary if event.kind is EventKind.NEW else ""
    if summary and summary not in lines:
        text = html.escape(shortened(summary, _LONGEST_SUMMARY))
        yield f'<p style="{_SUMMARY}" dir="auto">{text}</p>'
    why = words.why(event)
    explained = f"why: <code>{html.escape(why)}</code>" if why else ""
    yield from _footer([html.escape(words.finder(event)), explained])


def _digest(event: Event) -> Iterator[str]:
    yield f'<h1 style="{_TITLE}" dir="auto">{html.escape(headline(event))}</h1>'
    for watch, events in groupby(event.events, lambda member: member.watch):
        members = list(events)
        name = html.escape(watch or "gazelled")
        yield f'<h2 style="{_WATCH}" dir="auto">{name} ({len(members)})</h2>'
        yield f'<ul style="{_LIST}">'
        for member in members:
            title = _anchor(shortened(headline(member), LONGEST_ENTRY), words.page(member))
            rest = "".join(f"<br>{html.escape(line)}" for line in details(member))
            yield f'<li style="{_ENTRY}" dir="auto">{title}{rest}</li>'
        yield "</ul>"


def _paragraphs(lines: Iterable[str], pages: Container[str] = ()) -> Iterator[str]:
    for line in lines:
        text = _with_links(shortened(line, _LARGEST_TEXT), pages)
        yield f'<p style="{_LINE}" dir="auto">{text or "&nbsp;"}</p>'


def _with_links(text: str, pages: Container[str]) -> str:
    """Return a text in which the addresses of pages are links, and no others of its addresses."""
    parts, at = [], 0
    for address in _ADDRESS.finditer(text):
        url = address[0].rstrip(_NO_END)
        end = address.start() + len(url)
        if url in pages:
            parts += [html.escape(text[at : address.start()]), _anchor(url, url)]
            at = end
    return "".join([*parts, html.escape(text[at:])])


def _footer(parts: Iterable[str]) -> Iterator[str]:
    if text := " · ".join(filter(None, parts)):
        yield f'<p style="{_SMALL}">{text}</p>'


def _anchor(text: str, url: str) -> str:
    """Return a link with a text; only the text without an address."""
    written = html.escape(text)
    return f'<a href="{html.escape(url)}">{written}</a>' if url else written
