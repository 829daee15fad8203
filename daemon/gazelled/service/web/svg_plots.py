"""
Plots as SVG that stands in the page.

They hold shapes only, which a stylesheet colours; what they say stands beside them as text, so that
it is readable at any width. `aria-label` says it to who can't see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gazelled.service.control.status_reply import WatchStatus

_WIDE = 100.0
_ROOM = 1.1
"""The highest of bars and lines leaves a tenth above it."""
_LATE_ROOM = 1.5
"""A bar of freshness has half of the promise as room for being late."""


def freshness_bar(watch: WatchStatus, label: str) -> str:
    """
    Return a bar of how old a look is, with a mark where the promise ends.

    Args:
        watch: How it is.
        label: What it says, for who can't see it.

    """
    age, promised = watch.age or 0.0, watch.fresh_within
    whole = max(promised, watch.really_within or promised) * _LATE_ROOM or 1.0
    filled = _WIDE * min(age / whole, 1.0)
    mark = _WIDE * promised / whole
    state = "late" if watch.late else "waiting" if age > promised else "fresh"
    return (
        f'<svg class="bar {state}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}"><rect class="track" width="100" height="8"/>'
        f'<rect class="fill" width="{filled:.1f}" height="8"/>'
        f'<rect class="mark" x="{mark:.1f}" width="1" height="8"/></svg>'
    )


def hourly_plot(
    sent: Sequence[int], titles: Sequence[str], budget: float | None, label: str
) -> str:
    """
    Return a bar for each hour, and a line where the budget ends.

    Args:
        sent: How many requests were sent in each hour.
        titles: What each bar says when it is pointed at.
        budget: How many an hour the watches may send; None without a limit.
        label: What the plot says, for who can't see it.

    """
    highest = plot_height(sent, budget)
    width = _WIDE / max(len(sent), 1)
    parts = []
    for number, (count, title) in enumerate(zip(sent, titles, strict=True)):
        height = _WIDE * count / highest
        over = " over" if budget is not None and count > budget else ""
        parts.append(
            f'<g><title>{escape(title)}</title><rect class="hour" x="{number * width:.2f}"'
            f' width="{width:.2f}" height="100"/><rect class="column{over}"'
            f' x="{number * width + width * 0.15:.2f}" y="{_WIDE - height:.2f}"'
            f' width="{width * 0.7:.2f}" height="{height:.2f}"/></g>'
        )
    if budget is not None:
        y = _WIDE - _WIDE * budget / highest
        parts.append(f'<line class="budget" x1="0" x2="100" y1="{y:.2f}" y2="{y:.2f}"/>')
    return (
        '<svg class="plot" viewBox="0 0 100 100" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def plot_height(sent: Sequence[int], budget: float | None) -> float:
    """Return how many requests the whole height of a plot of hours stands for."""
    return max(*sent, budget or 0.0, 1.0) * _ROOM
