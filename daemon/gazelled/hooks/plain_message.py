"""The message of an event in plain text, for targets that don't show their own."""

from __future__ import annotations

from gazelled.model import Event, Value
from gazelled.redact import public_url


def plain_message(event: Event) -> str:
    """Return what is known of an event, line by line: its title, its text, changes and items."""
    changes = (
        f"{change.field}: {_value(change.before)} → {_value(change.after)}"
        for change in event.changes
    )
    items = (
        line for item in event.items for line in (item.title, item.summary, public_url(item.url))
    )
    lines = [event.title, *event.text.splitlines(), *changes, *items]
    return "\n".join(dict.fromkeys(line for line in lines if line.strip()))


def _value(value: Value) -> str:
    return (
        ", ".join(value) if isinstance(value, tuple) else "unknown" if value is None else f"{value}"
    )
