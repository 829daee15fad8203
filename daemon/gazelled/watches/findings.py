"""What looks find out about their source, beside items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gazelled.errors import GazelledError
from gazelled.model import StreamId


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    A source can't be asked or read, or a kind of watch fails at it; no problem: it is over.

    `was` is the type of the problem that is over.

    It can be reported several times: `source`, `since` and whether it is over make a key for it.
    """

    source: StreamId
    watches: tuple[str, ...]
    problem: GazelledError | None
    since: datetime
    was: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """A stretch of a source that could not be seen, with its ends as people read them."""

    source: StreamId
    watches: tuple[str, ...]
    low: str
    high: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """
    Entries of a source that could not be read, and what is wrong with each.

    They can be reported several times: `source` and `since`, when the first of them was seen, make
    a key for them.
    """

    source: StreamId
    watches: tuple[str, ...]
    entries: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Unlisted:
    """
    Something came to a source that it didn't list: the numbers jump, from `low` to `high`.

    `what` is what it is, such as "announcement", and `page` the page of the site that shows it.
    """

    source: StreamId
    watches: tuple[str, ...]
    what: str
    page: str
    low: int
    high: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WentBack:
    """The newest entries of a source aren't there any more: `was` and `now` are its newest ids."""

    source: StreamId
    watches: tuple[str, ...]
    was: str
    now: str
    at: datetime


Finding = Missed | Unlisted | WentBack
"""What a look finds out about its source, beside items."""
