"""What templates use to write times, durations and amounts, and the plots that they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from gazelled.planning.plan import freshness, number
from gazelled.service.web.svg_plots import freshness_bar, hourly_plot
from gazelled.text import capitalized, counted, local_when, sentence
from gazelled.units import human_size

_MOMENT = 45
_STATES = {
    "waiting": "waiting",
    "held": "held",
    "sending": "being sent",
    "failed": "failed, will be retried",
    "dead": "given up",
    "done": "delivered",
}
_HELD = {
    "quiet": "quiet hours",
    "digest": "for the next digest",
    "max": "the target's maximum is used up",
    "removed": "the target is not in the config any more",
    "merged": "another watch reports the same upload",
    "dropped": "dropped",
    "expired": "dead for long",
}


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago a time was, or in how long it comes: "12m ago", "in 3h"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if abs(seconds) < _MOMENT:
        return "just now" if seconds >= 0 else "now"
    return f"{freshness(seconds)} ago" if seconds > 0 else f"in {freshness(-seconds)}"


def figure(value: object, name: str = "") -> str:
    """Return a figure of the account as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in {"uploaded", "downloaded"} and isinstance(value, int | float):
        return human_size(int(value))
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def state_words(state: str, held: str = "") -> str:
    """Return the state of a delivery in words."""
    words = "dropped" if held == "dropped" else _STATES.get(state, state)
    return f"{words}: {_HELD.get(held, held)}" if state == "held" and held else words


def named(title: str, otherwise: str) -> str:
    """Return a title, or what else names the thing, where it would show nothing."""
    shows = any(sign.isprintable() and not sign.isspace() for sign in title)
    return title if shows else otherwise


FILTERS: Mapping[str, Callable[..., object]] = {
    "ago": ago,
    "capitalized": capitalized,
    "counted": counted,
    "duration": freshness,
    "figure": figure,
    "named": named,
    "number": number,
    "sentence": sentence,
    "state_words": state_words,
    "when": local_when,
}
"""By the names that templates use."""

FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "freshness_bar": freshness_bar,
    "hourly_plot": hourly_plot,
}
"""What templates call; the plots are HTML."""
