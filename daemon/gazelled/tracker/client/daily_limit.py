"""The daily maximum of `.torrent` files, shared by all callers and kept over restarts."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.errors import ConfigError, Reason, RequestRefused
from gazelled.text import counted, local_minute
from gazelled.tracker.key_values import KeyValues, load_json, save_json

A_DAY = 20
MOST_A_DAY = 1000
DAY = timedelta(days=1)
_FETCHED = "downloads"


class DownloadLimitReached(RequestRefused):
    """The daily maximum is reached; the next file is possible at `until`, if that is known."""

    usual = Reason.LIMITED


def daily_maximum(value: object) -> int:
    """Check a daily maximum and return it; raise ConfigError if it is out of range."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_A_DAY:
        raise ConfigError(f"downloads_a_day takes 0 to {MOST_A_DAY}, not {value!r}.")
    return value


class DailyLimit:
    """
    Counts what is fetched, and refuses more than `a_day` within 24 hours.

    Raises:
        ConfigError: If `a_day` is out of bounds.

    """

    def __init__(self, store: KeyValues, clock: Clock, a_day: int = A_DAY) -> None:
        self._store = store
        self._clock = clock
        self.a_day = daily_maximum(a_day)
        self._counting = asyncio.Lock()

    async def check(self, a_day: int | None = None) -> None:
        """Raise DownloadLimitReached if the daily maximum is reached; `a_day` overrides it."""
        self._check(await self._fetched(), a_day)

    async def count(self, a_day: int | None = None) -> datetime:
        """Count a download before it begins: after a crash the count is too high, never too low."""
        async with self._counting:
            fetched = await self._fetched()
            self._check(fetched, a_day)
            now = self._clock.now()
            await save_json(self._store, _FETCHED, [*fetched, now])
            return now

    async def uncount(self, at: datetime) -> None:
        """Remove the download that was counted at that time, since the tracker refused it."""
        async with self._counting:
            fetched = await self._fetched()
            if at in fetched:
                fetched.remove(at)
                await save_json(self._store, _FETCHED, fetched)

    def _check(self, fetched: list[datetime], a_day: int | None) -> None:
        a_day = self.a_day if a_day is None else daily_maximum(a_day)
        if len(fetched) < a_day:
            return
        text = counted(len(fetched), "file was", "files were")
        text += " fetched within a day, which is enough"
        after, again = None, None
        if a_day:
            again = fetched[-a_day] + DAY
            after = (again - self._clock.now()).total_seconds()
            text += f"; the next one can be fetched from {local_minute(again)} on"
        raise DownloadLimitReached(f"{text}.", after=after, until=again)

    async def _fetched(self) -> list[datetime]:
        """Return the times of the downloads within the last day."""
        now = self._clock.now()
        fetched = [
            _moment(at, now) for at in await load_json(self._store, _FETCHED, _as_list) or ()
        ]
        return sorted(at for at in fetched if at > now - DAY)


def _as_list(stored: object) -> list[object]:
    # What is no list counts as one time that can't be read.
    return stored if isinstance(stored, list) else [stored]


def _moment(stored: object, now: datetime) -> datetime:
    """Return a stored time; now if it is of a clock that was wrong, or no time at all."""
    try:
        at = datetime.fromisoformat(stored) if isinstance(stored, str) else now
    except ValueError:
        return now
    return min(at, now) if at.tzinfo else now
