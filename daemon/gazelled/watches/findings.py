"""What looks find out about their source, beside items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gazelled.errors import TrackerError
from gazelled.model import StreamId


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    A source can't be asked or read, or can again.

    It can be told several times: `source`, `since` and whether it is over make a key for it.

    Attributes:
        source: What is asked.
        watches: Whose source it is.
        problem: What is wrong; None when it is over.
        since: When it began.

    """

    source: StreamId
    watches: tuple[str, ...]
    problem: TrackerError | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """
    A stretch of a source that could not be seen.

    Attributes:
        source: What is asked.
        watches: Whose source it is.
        low: The older end, as people read it.
        high: The newer end.
        at: When that was found.

    """

    source: StreamId
    watches: tuple[str, ...]
    low: str
    high: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """
    Entries of a source that could not be read.

    They can be told several times: `source` and `since` make a key for them.

    Attributes:
        source: What is asked.
        watches: Whose source it is.
        entries: Which ones, and what is wrong with each.
        since: When the first of them was seen.

    """

    source: StreamId
    watches: tuple[str, ...]
    entries: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Unlisted:
    """
    Something came to a source that it didn't list: the numbers jump.

    Attributes:
        source: What is asked.
        watches: Whose source it is.
        what: What it is: "announcement".
        page: The page of the site that shows it.
        low: The number before.
        high: The number after.
        at: When that was found.

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
    """
    The newest entries of a source aren't there any more.

    Attributes:
        source: What is asked.
        watches: Whose source it is.
        was: The newest id until now.
        now: The newest id.
        at: When that was found.

    """

    source: StreamId
    watches: tuple[str, ...]
    was: str
    now: str
    at: datetime


Finding = Missed | Unlisted | WentBack
"""What a look finds out about its source, beside items."""
