"""
Turning pages of a list that changes meanwhile: nothing is lost and nothing comes twice.

What is added in front pushes entries back, so that they come again; they are known by their ids.
What is deleted pulls entries forward, past a page that was already read. So where a page doesn't
visibly continue the one before, that one is read again, until it was the same before and after.
This holds as long as a list changes at most once in three requests; a site refreshes its search
every few minutes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import structlog

log = structlog.stdlib.get_logger(__name__)

R = TypeVar("R")

MOST_SETTLING = 5
"""How often a page is read again before it is taken as it is."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[R]):
    """
    An entry of a list.

    Attributes:
        value: The entry.
        id: What it is known by; None when it can't be read.
        time: When it appeared or changed; None when unknown.
        front: Whether it stays in front, out of the order.

    """

    value: R
    id: int | None
    time: datetime | None = None
    front: bool = False

    @property
    def key(self) -> object:
        """What tells it from others."""
        return repr(self.value) if self.id is None else self.id


@dataclass(frozen=True, slots=True)
class Sheet(Generic[R]):
    """
    One page as it was read.

    Attributes:
        entries: Its entries, in the site's order.
        pages: How many pages there were; None when the site didn't tell.
        number: Which page it was, as the site says.

    """

    entries: Sequence[Entry[R]]
    pages: int | None
    number: int | None = None

    @property
    def ids(self) -> tuple[int | None, ...]:
        """What stood on it."""
        return tuple(entry.id for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Manner:
    """
    How a list is divided.

    Attributes:
        ordered: Whether ids strictly descend from page to page, so that neighbours show.
        last: The last page that is really turned to; 0 when all are.
        oldest_first: Whether the oldest entries are on the first page.
        starts_last: Whether the last page comes when none is asked for.

    """

    ordered: bool = False
    last: int = 0
    oldest_first: bool = False
    starts_last: bool = False


class Pages(Generic[R]):
    """
    The entries of a list, newest first, as they are asked for: each page is a call.

    Args:
        turn: Reads a page; without a number the one that comes by itself.
        manner: How the list is divided.
        newest: Stop after so many entries.
        until: Stop before the first one that is older.
        until_id: Stop before the one with this id; in an ordered list at any older one.

    Attributes:
        cut: Whether there is more that the site doesn't show: set at the end.
        read: How many pages were read so far.

    """

    def __init__(
        self,
        turn: Callable[[int | None], Awaitable[Sheet[R]]],
        manner: Manner,
        *,
        newest: int | None = None,
        until: datetime | None = None,
        until_id: int | None = None,
    ) -> None:
        self._ask = turn
        self._manner = manner
        self._newest = newest
        self._until = until
        self._until_id = until_id
        self.cut = False
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[R]:
        """Turn the pages, from the first."""
        self.cut, self.read, told = False, 0, 0
        if self._newest is not None and self._newest <= 0:
            return
        seen = _Seen[R](self._is_behind)
        walk = self._up(seen) if self._manner.oldest_first else self._down(seen)
        async for entry in walk:
            yield entry.value
            told += 1
            if told == self._newest:
                return

    def _is_behind(self, entry: Entry[R]) -> bool:
        """Tell whether an entry is where to stop, or behind it."""
        if entry.front:
            return False
        if self._until is not None and entry.time is not None and entry.time < self._until:
            return True
        if self._until_id is None or entry.id is None:
            return False
        descends = self._manner.ordered or self._manner.oldest_first
        return entry.id <= self._until_id if descends else entry.id == self._until_id

    async def _turn(self, number: int | None) -> Sheet[R]:
        self.read += 1
        return await self._ask(number)

    async def _up(self, seen: _Seen[R]) -> AsyncIterator[Entry[R]]:
        """Go from the last page to the first; what is deleted only brings entries again."""
        if self._manner.starts_last:
            sheet = await self._turn(None)
            number = min(sheet.number or 1, sheet.pages or 1)
        else:
            sheet = await self._turn(1)
            number = sheet.pages or 1
            sheet = await self._turn(number) if number > 1 else sheet
        while True:
            for entry in seen.take(sheet.entries[::-1]):
                yield entry
            number -= 1
            if number < 1 or seen.ended:
                return
            sheet = await self._turn(number)

    async def _down(self, seen: _Seen[R]) -> AsyncIterator[Entry[R]]:
        """Go from the first page to the last."""
        async for sheet in self._sheets(seen):
            if self.read == 1:
                seen.begin(sheet, ordered=self._manner.ordered)
            for entry in seen.take(sheet.entries):
                yield entry
            if seen.ended:
                break
        if self.read > 1 and not self._manner.ordered:
            async for entry in self._moved(seen):
                yield entry

    async def _sheets(self, seen: _Seen[R]) -> AsyncIterator[Sheet[R]]:
        """Read page after page, and again those that changed while the next one was read."""
        number, page = 1, await self._turn(1)
        yield page
        unrest = 0
        while not self._ends(number, page):
            after = await self._turn(number + 1)
            if after.ids == page.ids or not self._continues(page, after):
                if unrest == MOST_SETTLING:
                    log.warning("pages.unsettled", page=number + 1)
                elif (again := await self._turn(number)).ids != page.ids:
                    unrest += 1
                    number, page = await self._back(number, again, seen)
                    yield page
                    continue
                if after.ids == page.ids or not after.entries:
                    self.cut = bool(after.entries)  # some sites repeat their last page for ever
                    return
            unrest = 0
            number, page = number + 1, after
            yield page

    async def _back(self, number: int, page: Sheet[R], seen: _Seen[R]) -> tuple[int, Sheet[R]]:
        """Go back to a page that begins with something that was seen."""
        while number > 1 and not (page.entries and seen.knows(page.entries[0])):
            number -= 1
            page = await self._turn(number)
        return number, page

    def _ends(self, number: int, page: Sheet[R]) -> bool:
        """Tell whether nothing follows a page."""
        more = bool(page.entries) if page.pages is None else number < page.pages
        if more and number == self._manner.last:
            self.cut = True
            return True
        return not more

    def _continues(self, page: Sheet[R], after: Sheet[R]) -> bool:
        """Tell whether nothing can have been between two pages."""
        if not page.entries or not after.entries:
            return False
        last, then = page.entries[-1].id, after.entries[0].id
        if last is None or then is None:
            return False
        return then >= last - 1 if self._manner.ordered else then in page.ids

    async def _moved(self, seen: _Seen[R]) -> AsyncIterator[Entry[R]]:
        """Read again from the first page what came to the front, until nothing more did."""
        for _ in range(MOST_SETTLING):
            before = seen.count
            async for entry in self._front(seen):
                yield entry
            if seen.count == before:
                return

    async def _front(self, seen: _Seen[R]) -> AsyncIterator[Entry[R]]:
        """Read once what came to the front since the beginning."""
        for number in range(1, self.read + 1):
            page = await self._turn(number)
            for entry in page.entries:
                if seen.rests(entry):
                    return
                if not seen.knows(entry) and not self._is_behind(entry):
                    seen.add(entry)
                    yield entry
            if self._ends(number, page):
                return


class _Seen(Generic[R]):
    """
    Knows what was seen.

    Args:
        is_behind: Tells whether an entry is where to stop.

    Attributes:
        top: The newest id at the beginning: what is newer came later and isn't told.
        latest: The newest time at the beginning: what comes to the front has a later one.
        ended: Whether the place to stop was reached.

    """

    def __init__(self, is_behind: Callable[[Entry[R]], bool]) -> None:
        self._is_behind = is_behind
        self._keys: set[object] = set()
        self.top: int | None = None
        self.latest: datetime | None = None
        self.ended = False

    def begin(self, sheet: Sheet[R], *, ordered: bool) -> None:
        """Note where the list begins."""
        times = [each.time for each in sheet.entries if each.time and not each.front]
        self.latest = max(times, default=None)
        if ordered:
            self.top = max((each for each in sheet.ids if each is not None), default=None)

    @property
    def count(self) -> int:
        """How many entries were seen."""
        return len(self._keys)

    def add(self, entry: Entry[R]) -> None:
        """Remember an entry."""
        self._keys.add(entry.key)

    def knows(self, entry: Entry[R]) -> bool:
        """Tell whether an entry was seen, or is newer than what is looked for."""
        newer = self.top is not None and entry.id is not None and entry.id > self.top
        return newer or entry.key in self._keys

    def rests(self, entry: Entry[R]) -> bool:
        """Tell whether an entry, and with it all that follow, is older than the beginning."""
        if entry.front:
            return False
        if self.latest is None or entry.time is None:
            return self.knows(entry)
        return entry.time < self.latest

    def take(self, entries: Sequence[Entry[R]]) -> list[Entry[R]]:
        """Return what wasn't seen yet, as far as the place to stop."""
        found: list[Entry[R]] = []
        for entry in entries:
            if self._is_behind(entry):
                self.ended = True
                break
            if not self.knows(entry):
                self.add(entry)
                found.append(entry)
        return found
