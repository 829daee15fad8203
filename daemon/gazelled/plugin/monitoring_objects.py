"""What plugins say of how they are: metrics, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """
    One value of a plugin in `/metrics`.

    Attributes:
        name: Small letters, digits and underscores; `/metrics` puts `gazelled_plugin_NAME_` before
            it, and `_total` after a counter.
        value: The value now, in base units: seconds, bytes.
        help: What it is, in one line; that of the first value of a name counts.
        kind: Whether it only grows, to begin at 0 after a start, or goes up and down.
        labels: What tells it from other values of the same name, which have the same labels: few
            values each, and no secrets.

    """

    name: str
    value: float
    help: str
    kind: Literal["counter", "gauge"] = "gauge"
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """
    Something that is wrong with a plugin now; it makes the daemon `degraded`.

    Attributes:
        text: What is wrong, in a clause or a sentence without secrets.
        advice: What to do; empty if the plugin goes on by itself.
        since: Since when, an aware datetime; None where that is not known.

    """

    text: str
    advice: str = ""
    since: datetime | None = None
