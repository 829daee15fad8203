"""The words of default messages that all formats share, bounded for a first line and for a list."""

from __future__ import annotations

from gazelled.plugin import Event
from gazelled_plugins import words
from gazelled_plugins.messages.texts import one_line, shortened

LONGEST_HEADLINE = 200
LONGEST_ENTRY = 120


def headline(event: Event) -> str:
    """Return in one line what happened."""
    return one_line(words.headline(event)) or "(no title)"


def details(event: Event) -> list[str]:
    """Return what stands behind the headline of an event in a digest."""
    also = f"also {' and '.join(event.also)}" if event.also else ""
    first = shortened("".join(words.lines(event)[:1]), LONGEST_ENTRY)
    return [text for text in (first, also) if text]
