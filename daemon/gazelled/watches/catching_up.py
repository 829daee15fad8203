"""
Catching up: what the pages of a stream no longer show is asked for id by id.

It is for streams with contiguous ids, to which whatever has an id belongs. What is still to be
asked for is kept as holes, so that it goes on after a restart; at worst a batch is asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from gazelled.clock import Clock
from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    RequestRefused,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Item, Lane, Position, StreamId
from gazelled.store import Gap, Hole
from gazelled.tracker.catalogue import Details
from gazelled.tracker.sites.site import Site
from gazelled.watches.source_failures import crashed
from gazelled.watches.streams.items import extract

log = structlog.stdlib.get_logger(__name__)

BATCH = 20
"""How many ids are asked for before their answers are committed."""

LONGEST_BATCH = 300.0
"""After how many seconds they are committed although there are fewer."""

PAUSE = 300.0
"""How long nothing is asked for when the tracker can't answer, in seconds."""

MOST_TRIES = 3
"""How often an id is asked for that the tracker doesn't answer while it answers others."""


Batch = Callable[[], Awaitable[bool | None]]
"""Catches up a batch."""


def divide(gap: Gap, most: int) -> tuple[Hole, Gap | None]:
    """
    Divide what a look could not see into what is caught up, perhaps empty, and what stays missed.

    So many ids as `most` says are caught up: the newest.
    """
    low, high = int(gap.low or 0), int(gap.high)
    start = max(low, high - 1 - most)
    return Hole(start, high), Gap(gap.low, Position(start + 1)) if start > low else None


def left(holes: Sequence[Hole], done: Hole) -> list[Hole]:
    """Return what is left of holes without what was asked for, the oldest first."""
    parts = [
        part
        for low, high in holes
        for part in (Hole(low, min(high, done.low + 1)), Hole(max(low, done.high - 1), high))
    ]
    return sorted({part for part in parts if not part.is_empty})


class Catcher(Protocol):
    """Who keeps the holes, and decides on what was in them: the watcher."""

    async def holes(self) -> Mapping[StreamId, Sequence[Hole]]:
        """Return what is still to be asked for, by its source."""

    async def caught(
        self, source: StreamId, items: Sequence[Item], done: Hole, lost: Sequence[Hole]
    ) -> None:
        """
        Commit what was caught up, all of it at once.

        Args:
            items: What there was, the oldest first.
            done: What was asked for; `left` takes it out of the holes as they are at the commit,
                since a look may have added some meanwhile.
            lost: Of this, the stretches whose answers can't be had.

        """

    async def failed(self, source: StreamId, number: int) -> int:
        """Count that an id could not be had, and return how often."""


@dataclass(slots=True)
class _Batch:
    """
    What was asked for and isn't committed yet: the ids above `low`, up to `last`.

    `lost` can't be had; answers are waited for until `end`, by the time of the loop, None for ever.
    """

    source: StreamId
    low: int
    last: int
    items: list[Item] = field(default_factory=list)
    lost: list[Hole] = field(default_factory=list)
    end: float | None = None

    def lose(self, number: int, problem: Exception) -> None:
        """Stop asking for an id; those that follow each other become one stretch."""
        log.warning("item.missed", source=self.source, item=number, reason=str(problem))
        joins = self.lost and self.lost[-1].high == number
        low = self.lost.pop().low if joins else number - 1
        self.lost.append(Hole(low, number + 1))


class CatchUp:
    """
    Asks for the ids in holes, behind everything else.

    `details` is how to ask for one item, by the source it belongs to. `in_turn` calls what catches
    up a batch when nothing else has to be done before.
    """

    def __init__(
        self,
        catcher: Catcher,
        details: Mapping[StreamId, Details],
        site: Site,
        ask: Callable[[Call], Awaitable[Answer]],
        clock: Clock,
        in_turn: Callable[[Batch], Awaitable[bool | None]] = lambda batch: batch(),
    ) -> None:
        self._catcher = catcher
        self._details = details
        self._site = site
        self._ask = ask
        self._clock = clock
        self._in_turn = in_turn
        self._hurries = False
        self._woken = asyncio.Event()
        self._resumed = asyncio.Event()

    def wake(self) -> None:
        """Look for holes: there may be new ones."""
        self._woken.set()

    def hurry(self) -> None:
        """Commit what there is of a batch after the next answer."""
        self._hurries = True

    def follow(self, catcher: Catcher, details: Mapping[StreamId, Details]) -> None:
        """Catch up for another config from now on, while nothing is under way."""
        self._catcher, self._details = catcher, details
        self.wake()

    def resume(self) -> None:
        """Go on at once if it rests, because a person says so."""
        self._resumed.set()

    async def run(self) -> None:
        """Catch up whenever there is something to, until cancelled."""
        while True:
            # Cleared before the holes are read: one that is added meanwhile wakes it again.
            self._woken.clear()
            goes_on = await self._in_turn(self._advance)
            if goes_on is None:
                await self._woken.wait()
            elif not goes_on:
                await self._rest()

    async def _advance(self) -> bool | None:
        """Catch up a batch; return whether it can go on, None if there is nothing to."""
        self._hurries = False
        oldest = self._oldest(await self._catcher.holes())
        return await self._catch_up(*oldest) if oldest else None

    async def once(self) -> None:
        """Catch up a little, for a process that ends afterwards."""
        oldest = self._oldest(await self._catcher.holes())
        if oldest:
            await self._catch_up(*oldest, within=LONGEST_BATCH)

    async def _rest(self) -> None:
        self._resumed.clear()
        rest = asyncio.ensure_future(self._clock.sleep(PAUSE))
        resumed = asyncio.ensure_future(self._resumed.wait())
        try:
            await asyncio.wait([rest, resumed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            rest.cancel()
            resumed.cancel()

    def _oldest(self, holes: Mapping[StreamId, Sequence[Hole]]) -> tuple[StreamId, Hole] | None:
        """Return the oldest hole of a source that is still watched."""
        for source in self._details:
            for hole in sorted(holes.get(source, ())):
                if not hole.is_empty:
                    return source, hole
        return None

    async def _catch_up(self, source: StreamId, hole: Hole, *, within: float | None = None) -> bool:
        """
        Ask for the oldest ids of a hole and commit what they are; return whether it can go on.

        Answers are waited for `within` so many seconds, or for ever.
        """
        low, high = hole
        batch = _Batch(source, low, low)
        until = self._clock.monotonic() + LONGEST_BATCH
        if within is not None:
            batch.end = asyncio.get_running_loop().time() + self._clock.world(within)
        goes_on = True
        for number in range(low + 1, min(low + 1 + BATCH, high)):
            try:
                await self._ask_for(batch, number)
            except (RequestRefused, TrackerUnavailable, ActionRequired) as problem:
                log.info("catch_up.postponed", source=source, item=number, reason=str(problem))
                goes_on = False
                break
            if self._hurries or self._clock.monotonic() >= until:
                break
        if batch.last > low:
            done = Hole(low, batch.last + 1)
            await self._catcher.caught(source, batch.items, done, batch.lost)
            log.info("catch_up.advanced", source=source, ids=done, found=len(batch.items))
        return goes_on

    async def _ask_for(self, batch: _Batch, number: int) -> None:
        """Ask for an id; raise a TrackerError if that must be done again later."""
        details = self._details[batch.source]
        try:
            async with asyncio.timeout_at(batch.end):
                answer = await self._ask(details.call(str(number), Lane.CATCH_UP))
            batch.items += self._read(details, number, answer)
        except BadAnswer as problem:
            batch.lose(number, problem)
        except TimeoutError:
            late = TrackerUnavailable("The tracker didn't answer in time.")
            if number > batch.low + 1:
                raise late from None  # the first one alone had all of the time
            await self._count_failure(batch, number, late)
        except (RequestRefused, TrackerUnavailable) as problem:
            if not details.says_absent(problem):  # else it was deleted, or never given
                await self._count_failure(batch, number, problem)
        batch.last = number

    async def _count_failure(
        self, batch: _Batch, number: int, problem: RequestRefused | TrackerUnavailable
    ) -> None:
        """Note that an id could not be had: after many tries it is lost, else raise the problem."""
        # While the action fails as a whole, that says nothing of the id.
        if isinstance(problem, TrackerUnavailable) and problem.action:
            raise problem
        if await self._catcher.failed(batch.source, number) < MOST_TRIES:
            raise problem
        batch.lose(number, problem)

    def _read(self, details: Details, number: int, answer: Answer) -> Sequence[Item]:
        """Read the answer to an id; raise BadAnswer if it isn't about that."""
        try:
            items = extract(details.listing, answer.payload, self._site).items
        except BadAnswer:
            raise
        except Exception as error:
            log.exception("item.crashed", action=details.action, item=number)
            raise crashed(error, answer.raw) from error
        if [item.id for item in items] != [str(number)]:
            raise BadAnswer("The answer is not about what was asked for.", raw=answer.raw)
        return items
