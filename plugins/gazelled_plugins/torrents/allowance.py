"""How many torrents are added in a period: counted over restarts, nothing is dropped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gazelled.plugin import RetryLater, write_whole

_RATE = re.compile(r"([1-9]\d{0,5}) ?/ ?(hour|day|week)", re.ASCII)
_SECONDS = {"hour": 3600.0, "day": 86_400.0, "week": 604_800.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a period: an hour, a day or a week, whenever it begins."""

    most: int
    unit: str

    @property
    def seconds(self) -> float:
        return _SECONDS[self.unit]


def parse_rate(text: object) -> Rate | None:
    """Read a rate such as "5/day" or "20/hour"; raise ValueError with a sentence otherwise."""
    if isinstance(text, Rate) or text is None:
        return text
    rate = _RATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if rate is None:
        raise ValueError('expected a number for a period, like "5/day" or "20/hour"')
    return Rate(int(rate[1]), rate[2])


class Allowance:
    """
    Counts in a file what was added; without a rate, all is allowed.

    A torrent is counted before it is added, and once, however many tries it takes: a crash makes
    it one too many, never one too few. `now` returns the seconds since 1970.
    """

    def __init__(self, rate: Rate | None, file: Path, now: Callable[[], float]) -> None:
        self._rate = rate
        self._file = file
        self._now = now

    def check(self, number: int) -> None:
        """Check whether a torrent may be added; raise RetryLater if it is to wait."""
        if self._rate is None:
            return
        counted = self._counted(self._rate)
        if str(number) in counted or len(counted) < self._rate.most:
            return
        again = sorted(counted.values())[-self._rate.most] + self._rate.seconds
        when = datetime.fromtimestamp(again).astimezone()
        raise RetryLater(
            f'max = "{self._rate.most}/{self._rate.unit}" is used up; the next torrent is added '
            f"on {when:%Y-%m-%d at %H:%M}.",
            after=again - self._now(),
        )

    def take(self, number: int) -> None:
        """Count a torrent; raise OSError if that can't be kept."""
        if self._rate is not None:
            counted = self._counted(self._rate)
            counted.setdefault(str(number), self._now())
            write_whole(self._file, json.dumps(counted).encode())

    def _counted(self, rate: Rate) -> dict[str, float]:
        """Return what was added lately, and when; a damaged file counts as missing."""
        try:
            stored = json.loads(self._file.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        now = self._now()
        pairs = stored.items() if isinstance(stored, dict) else ()
        # A clock that is set back must not make anything wait for years.
        return {
            number: min(float(at), now)
            for number, at in pairs
            if isinstance(at, int | float) and at > now - rate.seconds
        }
