"""The message of an event in plain text, for targets that don't show their own."""

from __future__ import annotations

from collections.abc import Iterator

from gazelled.model import Event
from gazelled.redact import public_url


def plain_message(event: Event) -> str:
    """Return what is known of an event, line by line: its title, its text, its items' pages."""
    return "\n".join(dict.fromkeys(line for line in _lines(event) if line.strip()))


def _lines(event: Event) -> Iterator[str]:
    yield event.title
    if event.events:  # of a digest
        for part in event.events:
            yield f"{part.watch}: {part.title}" if part.watch else part.title
            yield public_url(part.item.url)
        return
    yield from event.text.splitlines()
    if not event.text:
        for change in event.changes:
            yield f"{change.field}: {change.before} → {change.after}"
        yield event.item.summary
    for item in event.items:
        yield item.title
        yield public_url(item.url)
