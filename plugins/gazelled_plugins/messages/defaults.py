"""
Default messages: what happened in the first line, then what can be had, from where, and why.

All functions take events with harmless texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice

from gazelled.plugin import Event
from gazelled_plugins import words
from gazelled_plugins.messages.formats import Format
from gazelled_plugins.messages.texts import CUT, one_line, shortened

LONGEST_HEADLINE = 200
LONGEST_ENTRY = 120


def headline(event: Event) -> str:
    """Return in one line what happened."""
    return one_line(words.headline(event)) or "(no title)"


def linked_headline(event: Event, form: Format) -> str:
    """Return the headline for the first line of a body: in markup, a link to the page."""
    short = shortened(headline(event), LONGEST_HEADLINE)
    if not form.marks_up:
        return form.escape(short)
    return form.linked(short, words.page(event), strong=True)


def body(event: Event, form: Format, *, linked: bool = False) -> str:
    """
    Return the body of an event that is no digest.

    Args:
        event: The event.
        form: The format.
        linked: Whether the headline is in the body, where markup makes it a link.

    """
    lines = [*map(form.escape, words.lines(event))]
    page = words.page(event)
    if page and not form.marks_up:
        lines.append(form.escape(page))
    elif page and not linked:
        lines.append(form.linked("Open the page", page))
    why = words.why(event)
    footer = [form.escape(words.finder(event)), f"why: {form.command(why)}" if why else ""]
    lines.append(" · ".join(filter(None, footer)))
    return form.line_break.join(filter(None, lines))


def digest(event: Event, form: Format, most: int, rest: str) -> str:
    """
    Return the body of a digest: its events, watch by watch.

    Args:
        event: The digest.
        form: The format.
        most: How many of its events are shown.
        rest: The address to see the others at.

    """
    lines = [*_entries(event, form, most)]
    if left := len(event.events) - most:
        more = form.linked(f"{left} more", rest) if form.marks_up else f"{left} more: {rest}"
        lines.append(f"{CUT} and {more if form.marks_up else form.escape(more)}")
    return form.line_break.join(lines)


def _entries(event: Event, form: Format, most: int) -> Iterator[str]:
    for watch, events in groupby(islice(event.events, most), lambda member: member.watch):
        members = list(events)
        yield form.strong(f"{watch or 'gazelled'} ({len(members)})")
        for member in members:
            short, page = shortened(headline(member), LONGEST_ENTRY), words.page(member)
            entry = form.linked(short, page) if form.marks_up else form.escape(short)
            yield " · ".join([f"• {entry}", *map(form.escape, details(member))])
            if page and not form.marks_up:
                yield f"  {form.escape(page)}"


def details(event: Event) -> list[str]:
    """Return what stands behind the headline of an event in a digest."""
    also = f"also {' and '.join(event.also)}" if event.also else ""
    first = shortened("".join(words.lines(event)[:1]), LONGEST_ENTRY)
    return [text for text in (first, also) if text]
