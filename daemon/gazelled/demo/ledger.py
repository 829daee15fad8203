"""The demo's books: what happened at the tracker against what really arrived."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import aiohttp

PHONE, FEED, JOURNAL = "phone", "lab-feed", "journal"
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Happening:
    """
    Something that has to be delivered.

    Attributes:
        title: Its title; headlines end with it.
        kind: What it is, for people: `data set`, `message`, …
        action: The action that lists it; nothing for what needs no request.
        at: When it happened, by the clock's `monotonic`.
        places: Its targets.

    """

    title: str
    kind: str
    action: str
    at: float
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """
    The result.

    Attributes:
        delivered: How many of each kind reached all their targets.
        lost: How many could have been delivered and were not, at one target or more.
        twice: How many were delivered more than once somewhere.
        unseen: How many happened after the last look.

    """

    delivered: Counter[str]
    lost: int
    twice: int
    unseen: int


@dataclass(eq=False)
class Ledger:
    """Everything that happened, and how often each headline was found at each target."""

    happened: list[Happening] = field(default_factory=list)
    headlines: dict[str, Counter[str]] = field(
        default_factory=lambda: {place: Counter() for place in (PHONE, FEED, JOURNAL)}
    )

    async def read(self, feed: str, journal: Path) -> None:
        """Read the feed over HTTP and the journal's file; old entries that left are remembered."""
        self.headlines[FEED] |= Counter(await _feed(feed))
        self.headlines[JOURNAL] |= Counter(_journal(journal))

    def times(self, place: str, title: str) -> int:
        """Return how often a title arrived at a target."""
        counts = self.headlines[place].items()
        return sum(count for headline, count in counts if headline.endswith(title))

    def figures(self, answered: Mapping[str, float]) -> Figures:
        """
        Compare.

        Args:
            asked: When each action was answered last.

        """
        delivered: Counter[str] = Counter()
        lost = twice = unseen = 0
        for event, wanted in Counter(replace(event, at=0.0) for event in self.happened).items():
            last = answered.get(event.action, -1.0) if event.action else math.inf
            due = sum(one.at <= last for one in self.happened if one.title == event.title)
            times = [self.times(place, event.title) for place in event.places]
            delivered[event.kind] += min(wanted, *times)
            twice += max(wanted, *times) - wanted
            lost += max(due - min(times), 0)
            unseen += max(wanted - max(due, *times), 0)
        return Figures(delivered, lost, twice, unseen)

    def all_delivered(self, happened: Sequence[Happening]) -> bool:
        """Return whether these reached the phone."""
        return all(self.times(PHONE, event.title) for event in happened)


async def _feed(address: str) -> list[str]:
    async with aiohttp.ClientSession() as http, http.get(address) as response:
        if not response.ok:
            return []
        tree = ET.fromstring(await response.text())  # noqa: S314 - our own feed
    return [entry.findtext(f"{_ATOM}title", "") for entry in tree.iter(f"{_ATOM}entry")]


def _journal(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line)["title"] for line in lines]
