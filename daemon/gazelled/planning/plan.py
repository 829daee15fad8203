"""The plan: what the watches ask, how often, how fresh that is, and what it needs of the limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from gazelled.text import either

_MINUTE = 60
_MOST_NAMED = 5
_LEAST_LEFT = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """The ids with a known uploader, those without, and when the last will be known."""

    known: int
    remaining: int
    complete_by: datetime | None

    @property
    def figures(self) -> str:
        """Return how far it is: "400 of 1,000 uploads are known"."""
        return f"{self.known:,} of {self.known + self.remaining:,} uploads are known"


@dataclass(frozen=True, slots=True)
class Planned:
    """
    What is asked for one or more watches together.

    Attributes:
        next: When it is asked next; None when that never comes, or when it isn't known yet.
        pages: Requests for each run; more only to catch up after a pause.
        details: Requests for each run on top of these, for what only an item itself tells; None
            when none are needed.
        named: Whether it is asked only when the sentinel names something new, and once a day.
        per_hour: Runs per hour.
        fresh: Seconds after which what is new has been seen, as the schedule promises.
        really: Seconds after which it has been seen at the latest, if all is due at once.
        learns: Requests for each run on top of these, to learn who uploaded what.
        progress: How far it is learnt who uploaded what; None where that doesn't matter, or where
            it isn't known yet or known of all.

    """

    watches: tuple[str, ...]
    asks: str
    next: datetime | None
    pages: int
    details: float | None
    named: bool
    per_hour: float
    fresh: float
    really: float = 0.0
    learns: int = 0
    progress: Progress | None = None

    @property
    def requests(self) -> float:
        """Requests for each run, on average."""
        return self.pages + self.learns + (self.details or 0.0)

    @property
    def load(self) -> float:
        """Requests per hour, on average."""
        return self.requests * self.per_hour

    @property
    def cost(self) -> str:
        """Return what a run needs: "1", "4", "1 + details"."""
        if not self.pages and self.details is None:
            return "no request"
        if self.named:
            return "when named, and daily"
        if self.learns:
            return f"{self.pages} + {self.learns} to learn"
        if self.details is None:
            return str(self.pages)
        count = f"{number(self.details)} " if self.details else ""
        return f"{self.pages} + {count}details"


@dataclass(frozen=True, slots=True)
class Plan:
    """
    All that the watches ask, in the order of the config, against their share.

    Attributes:
        allowed: The requests per hour that the watches may make.
        limit: Those that the tracker takes; infinite when it has no limit.
        share: The part of these that the watches may use.
        plugins: The part of these that each plugin has of its own; None without one.

    """

    planned: tuple[Planned, ...]
    allowed: float
    limit: float
    share: float
    plugins: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def per_hour(self) -> float:
        return sum(group.load for group in self.planned)

    @property
    def over(self) -> bool:
        return self.per_hour > self.allowed

    @property
    def left(self) -> float:
        """
        The requests per hour of all plugins that have no share of their own.

        It is what the watches leave of their share, but never less than a tenth of it.
        """
        return max(self.allowed - self.per_hour, self.allowed * _LEAST_LEFT)

    @property
    def sharing(self) -> tuple[str, ...]:
        """The plugins that have no share of their own."""
        return tuple(name for name, share in self.plugins.items() if share is None)

    def of_plugin(self, name: str) -> float:
        """Return how many requests per hour a plugin may send, alone or with others."""
        share = self.plugins.get(name)
        return self.left if share is None else self.limit * share

    def part(self, planned: Planned) -> float:
        """Return which part of the share something needs."""
        return planned.load / self.allowed

    def of(self, watch: str) -> Planned:
        """Return what is requested for a watch: its own source, not its sentinel."""
        return next(group for group in reversed(self.planned) if watch in group.watches)


def figures(plan: Plan) -> str:
    """Return what the watches need: "6.2 of 60 requests an hour (share 10 % of 600)"."""
    if plan.limit == inf:
        return f"{number(plan.per_hour)} requests an hour (the tracker has no limit)"
    return (
        f"{number(plan.per_hour)} of {number(plan.allowed)} requests an hour "
        f"(share {number(plan.share * 100)} % of {number(plan.limit)})"
    )


def plugin_figures(plan: Plan) -> list[str]:
    """Return how many requests plugins may send, in a line for each budget; none without any."""
    if plan.limit == inf:
        return []
    lines = []
    if plan.sharing:
        together = " together" if len(plan.sharing) > 1 else ""
        left = "what the watches leave" if plan.left > plan.allowed * _LEAST_LEFT else "a tenth"
        lines.append(
            f"The plugin{'s' * bool(together)} {name_watches(plan.sharing)} may send "
            f"{number(plan.left)} requests an hour{together}: {left} of the share"
        )
    return lines + [
        f"The plugin {name} may send {number(plan.of_plugin(name))} requests an hour of its own "
        f"(share {number(share * 100)} % of {number(plan.limit)})"
        for name, share in plan.plugins.items()
        if share is not None
    ]


def freshness(seconds: float) -> str:
    """Write a duration as people read it: "1h", "3d", "1h 4m"."""
    if seconds == inf:
        return "never"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f}s"
    left = round(seconds / _MINUTE)
    parts = []
    for unit, length in (("d", 24 * 60), ("h", 60), ("m", 1)):
        count, left = divmod(left, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2])


def number(value: float) -> str:
    """Write a number with one place behind the point, if it needs one."""
    return f"{value:.1f}".removesuffix(".0")


def table_of(watch: str) -> str:
    """Return the name of the table that a watch is made of: one of many, if it has terms."""
    return watch.partition(":")[0]


def name_watches(listed: Iterable[str]) -> str:
    """Return names for a sentence: the first of many, and how many more."""
    names = list(dict.fromkeys(listed))
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} more"]
    return either(names, "and")
