"""Deliveries, as tables and lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gazelled.cli import output
from gazelled.service.control.event_replies import DeliveryEntry
from gazelled.text import counted

_HELD = {
    "quiet": "quiet hours",
    "digest": "digest",
    "max": "maximum",
    "removed": "target removed",
    "merged": "same upload",
}


def print_deliveries(entries: Sequence[DeliveryEntry]) -> None:
    """Print deliveries, each in a line, and below it why it isn't done."""
    if not entries:
        return
    now = output.now()
    heads = ("FOUND", "TARGET", "STATE")
    rows = [
        (output.moment(entry.found_at, now), entry.target, state_text(entry, now))
        for entry in entries
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    keys = [("KEY", ""), *((entry.event, why_text(entry)) for entry in entries)]
    for row, (key, why) in zip((heads, *rows), keys, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        output.line("  ".join((*cells, key)))
        if why:
            output.line(output.like(why, f"{' ' * widths[0]}  {why}"))


def print_delivery(entry: DeliveryEntry) -> None:
    """Print all that is known of a delivery."""
    now, why = output.now(), why_text(entry)
    rows = {
        "key": entry.key,
        "id": entry.id,
        "state": state_text(entry, now),
        "why": why,
        "in the message of": "" if entry.into in why else entry.into,
        "target": entry.target,
        "trouble": entry.problem,
        "watch": entry.watch,
        "kind": entry.kind,
        "title": entry.title,
        "found": output.moment(entry.found_at, now),
        "tries": str(entry.tries),
        "parts sent": str(entry.parts or ""),
    }
    shown = [row for row in rows.items() if row[1]]
    output.table(shown, {"DELIVERY": lambda row: row[0], "": lambda row: row[1]})


def state_text(entry: DeliveryEntry, now: datetime) -> str:
    """Return the state of a delivery, with its time."""
    due, settled = output.moment(entry.due, now), output.moment(entry.settled, now)
    match entry.state:
        case "held":
            reason = _HELD.get(entry.held, entry.held)
            return f"held until {due} ({reason})" if due else f"held ({reason})"
        case "failed":
            return f"failed, next try {due or 'now'}"
        case "waiting" if due and entry.due and entry.due > now:
            return f"waiting until {due}"
        case "done" | "dead":
            return f"{entry.state} {settled}"
    return entry.state


def why_text(entry: DeliveryEntry) -> str:
    """Return why a delivery is where it is; empty if that needs no words."""
    if entry.held == "dropped":
        return f"dropped; its last error: {entry.error}" if entry.error else "dropped"
    if entry.into:
        repeated = entry.held == "repeated"
        return f"{entry.into} had reported it" if repeated else f"in the message of {entry.into}"
    if entry.state in {"failed", "dead"}:
        return output.bad(entry.error)
    return entry.problem if entry.state == "waiting" else ""


def others_text(others: Mapping[str, int]) -> str:
    """Return how many deliveries stay as they are, and why, as a sentence; empty if none do."""
    if not others:
        return ""
    parts = [
        f"{count} in messages of others" if state == "combined" else f"{count} {state}"
        for state, count in others.items()
    ]
    count = counted(sum(others.values()), "delivery stays", "deliveries stay")
    return f"{count} as before: {', '.join(parts)}."
