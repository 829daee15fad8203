"""
Reads the pages of a list that changes meanwhile: no entry is lost or returned twice.

What is added in front pushes entries back, so that they come again; they are known by their ids.
What is deleted pulls entries forward, past a page that was already read. So where a page doesn't
visibly continue the one before, that one is read again, until it was the same before and after.
This holds as long as a list changes at most once in three requests; a site refreshes its search
every few minutes.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Hashable,
    Iterator,
    Sequence,
)
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from gazelled.errors import TrackerError
from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.event_log import event_logger

log = event_logger(__name__)

R = TypeVar("R")
T = TypeVar("T")
_END: Any = object()

MOST_SETTLING = 5
"""How often a page is read again before it is taken as it is."""


@dataclass(frozen=True, slots=True)
class ListEntry(Generic[R]):
    """
    An entry of a list.

    Attributes:
        value: The entry.
        id: What identifies it; None when it can't be read. A number is also its place in the order.
        time: When it appeared or changed; None when unknown.
        front: Whether it is pinned to the front, outside the order.

    """

    value: R
    id: Hashable
    time: datetime | None = None
    front: bool = False

    @property
    def key(self) -> Hashable:
        """What distinguishes it from others."""
        return repr(self.value) if self.id is None else self.id

    @property
    def place(self) -> int | None:
        """Its place in the order; None when its id doesn't have it."""
        return self.id if isinstance(self.id, int) else None


@dataclass(frozen=True, slots=True)
class ListPage(Generic[R]):
    """
    One page as it was read.

    Attributes:
        entries: Its entries, in the site's order.
        pages: How many pages there were; None when the site didn't say.
        number: Which page it was, as the site says.

    """

    entries: Sequence[ListEntry[R]]
    pages: int | None
    number: int | None = None

    @property
    def ids(self) -> tuple[Hashable, ...]:
        """The keys of its entries."""
        return tuple(entry.key for entry in self.entries)


class Pages(Generic[R]):
    """
    The entries of a list, newest first, fetched as they are used: each page is a call.

    Args:
        turn: Reads a page; without a number the default one.
        paging: How the list is divided; of one that begins with the oldest, `last` pages are turned
            back from the end.
        ordered: Whether ids strictly descend from page to page, so that neighbours show.
        again: Whether pages are read again where something may have moved past them.
        newest: Stop after this many entries.
        until: Stop before the first entry that is older.
        until_id: Stop before the entry with this id; in an ordered list, before any older one.
        start: The first page to read, for a list that isn't read from its end.

    Attributes:
        number: The page that was yielded last.
        cut: Whether the site has more entries that it doesn't show; set at the end.
        more: Whether there are pages after the one that was yielded last, as far as the site says.
        settled: Whether the pages are consistent; if not, an entry may have moved past them.
        read: How many pages were read so far, including those that were read again.

    """

    def __init__(
        self,
        turn: Callable[[int | None], Awaitable[ListPage[R]]],
        paging: Paging,
        *,
        ordered: bool = False,
        again: bool = True,
        newest: int | None = None,
        until: datetime | None = None,
        until_id: int | None = None,
        start: int = 1,
    ) -> None:
        self._ask = turn
        self._start = self.number = start
        self._paging = paging
        self._ordered = ordered
        self._again = again
        self._newest = newest
        self._until = until
        self._until_id = until_id
        self._stopped = False
        self.cut = self.more = False
        self.settled = True
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[R]:
        self.cut, self.read, count = False, 0, 0
        if self._newest is not None and self._newest <= 0:
            return
        async for fresh in self.batches():
            for entry in fresh:
                yield entry.value
                count += 1
                if count == self._newest:
                    return

    def batches(self) -> AsyncIterator[Sequence[ListEntry[R]]]:
        """Yield what each page adds, from the first."""
        self.cut = self.more = self._stopped = False
        self.settled, self.read = True, 0
        seen = _Seen[R](self._is_behind)
        return self._up(seen) if self._paging.oldest_first else self._down(seen)

    def stop(self) -> None:
        """Turn no more pages; called by whoever reads batches."""
        self._stopped = True

    def _is_behind(self, entry: ListEntry[R]) -> bool:
        """Return whether an entry is where to stop, or behind it."""
        if entry.front:
            return False
        if self._until is not None and entry.time is not None and entry.time < self._until:
            return True
        if self._until_id is None or entry.place is None:
            return False
        descends = self._ordered or self._paging.oldest_first
        return entry.place <= self._until_id if descends else entry.place == self._until_id

    async def _turn(self, number: int | None) -> ListPage[R]:
        self.read += 1
        return await self._ask(number)

    async def _up(self, seen: _Seen[R]) -> AsyncIterator[Sequence[ListEntry[R]]]:
        """Go from the last page to the first; what is deleted only brings entries again."""
        number, page, first = await self._last_page()
        end = number - self._paging.last if self._paging.last else 0
        repeats = 0
        while True:
            self.more = number > 1
            yield seen.take(page.entries[::-1])
            number -= 1
            if number <= max(end, 0) or seen.ended or self._stopped:
                self.cut = number == end > 0
                return
            # The first page was read to learn how many there are; it may have changed since.
            loaded = first if number == 1 and not self._again else None
            before, page = page, loaded or await self._turn(number)
            shrunk = number > (page.pages or number)  # what is behind the end is always the same
            repeats = repeats + 1 if page.ids == before.ids and not shrunk else 0
            if repeats > 1:  # there are fewer pages than the site says
                self.settled = False
                log.warning("pages.repeated", page=number)
                return

    async def _last_page(self) -> tuple[int, ListPage[R], ListPage[R] | None]:
        """Return the last page with its number, and the first one if that was read for it."""
        if self._paging.starts_last:
            page = await self._turn(None)
            number = page.number or page.pages or 1
            return min(number, page.pages or number), page, None
        first = await self._turn(1)
        number = first.pages or 1
        return number, await self._turn(number) if number > 1 else first, first

    async def _down(self, seen: _Seen[R]) -> AsyncIterator[Sequence[ListEntry[R]]]:
        """Go from the first page to the last."""
        async for page in self._settled_pages(seen):
            if self.read == 1:
                seen.begin(page, ordered=self._ordered)
            yield seen.take(page.entries)
            if self._stopped:
                return
            if seen.ended:
                break
        if self.read > 1 and self._again and not self._ordered:
            async for fresh in self._moved(seen):
                yield fresh

    async def _settled_pages(self, seen: _Seen[R]) -> AsyncIterator[ListPage[R]]:
        """Read page after page, and again those that changed while the next one was read."""
        number, page, unrest = self._start, await self._turn(self._start), 0
        while True:
            self.number, self.more = number, self._follows(number, page)
            yield page
            if self._ends(number, page):
                return
            after = await self._turn(number + 1)
            if after.ids == page.ids or not self._continues(page, after):
                if not self._again:
                    self.settled = False
                elif unrest == MOST_SETTLING:
                    self.settled = False
                    log.warning("pages.reordered", page=number + 1)
                else:
                    again = await self._turn(number)
                    if again.ids != page.ids:
                        unrest += 1
                        number, page = await self._back(number, again, seen)
                        continue
                    self.more = self._follows(number, again)
                if after.ids == page.ids or not after.entries:
                    self.cut = bool(after.entries)  # some sites repeat their last page for ever
                    return
            unrest = 0
            number, page = number + 1, after

    async def _back(
        self, number: int, page: ListPage[R], seen: _Seen[R]
    ) -> tuple[int, ListPage[R]]:
        """Go back to a page that begins with something that was seen."""
        while number > 1 and not (page.entries and seen.knows(page.entries[0])):
            number -= 1
            page = await self._turn(number)
        return number, page

    def _ends(self, number: int, page: ListPage[R]) -> bool:
        more = self._follows(number, page)
        if more and number == self._paging.last:
            self.cut = True
            return True
        return not more

    def _follows(self, number: int, page: ListPage[R]) -> bool:
        """Return whether something follows a page, as far as the site says."""
        return bool(page.entries) if page.pages is None else number < page.pages

    def _continues(self, page: ListPage[R], after: ListPage[R]) -> bool:
        """Return whether nothing can have been between two pages."""
        if not page.entries or not after.entries:
            return False
        last, then = page.entries[-1], after.entries[0]
        if last.id is None or then.id is None:
            return False
        if self._ordered and last.place is not None and then.place is not None:
            return then.place >= last.place - 1
        return then.id in page.ids

    async def _moved(self, seen: _Seen[R]) -> AsyncIterator[Sequence[ListEntry[R]]]:
        """Read again from the first page what came to the front, until nothing more did."""
        for _ in range(MOST_SETTLING):
            before = seen.count
            async for fresh in self._front(seen):
                yield fresh
            if seen.count == before:
                return
        self.settled = False

    async def _front(self, seen: _Seen[R]) -> AsyncIterator[Sequence[ListEntry[R]]]:
        """Read once what came to the front since the beginning."""
        for number in range(1, self.read + 1):
            page = await self._turn(number)
            fresh: list[ListEntry[R]] = []
            rested = False
            for entry in page.entries:
                rested = rested or seen.rests(entry)
                if not (rested or seen.knows(entry) or self._is_behind(entry)):
                    seen.add(entry)
                    fresh.append(entry)
            yield fresh
            if rested or self._ends(number, page):
                return


class Runner(Protocol):
    """Waits for coroutines."""

    def run(self, calling: Coroutine[Any, Any, T]) -> T:
        """Wait for its end."""


class BlockingPages(Generic[R]):
    """The entries of a list, newest first, fetched as they are used, as `Pages` yields them."""

    def __init__(self, pages: Pages[R], runner: Runner) -> None:
        self._pages = pages
        self._runner = runner

    @property
    def cut(self) -> bool:
        """Whether the site has more entries that it doesn't show; set at the end."""
        return self._pages.cut

    @property
    def read(self) -> int:
        """How many pages were read so far, including those that were read again."""
        return self._pages.read

    @property
    def settled(self) -> bool:
        """Whether the pages are consistent; if not, an entry may have moved past them."""
        return self._pages.settled

    def __iter__(self) -> Iterator[R]:
        entries = aiter(self._pages)

        async def following() -> R:
            return await anext(entries, _END)

        try:
            while (entry := self._runner.run(following())) is not _END:
                yield entry
        except GeneratorExit:
            if isinstance(entries, AsyncGenerator):
                with suppress(TrackerError):
                    self._runner.run(entries.aclose())
            raise


class _Seen(Generic[R]):
    """
    Knows what was seen.

    Args:
        is_behind: Whether an entry is where to stop.

    Attributes:
        top: The newest id at the beginning: what is newer came later and is left out.
        latest: The newest time at the beginning: what comes to the front has a later one.
        ended: Whether the place to stop was reached.

    """

    def __init__(self, is_behind: Callable[[ListEntry[R]], bool]) -> None:
        self._is_behind = is_behind
        self._keys: set[Hashable] = set()
        self.top: int | None = None
        self.latest: datetime | None = None
        self.ended = False

    def begin(self, page: ListPage[R], *, ordered: bool) -> None:
        times = [entry.time for entry in page.entries if entry.time and not entry.front]
        self.latest = max(times, default=None)
        if ordered:
            places = [entry.place for entry in page.entries if entry.place is not None]
            self.top = max(places, default=None)

    @property
    def count(self) -> int:
        return len(self._keys)

    def add(self, entry: ListEntry[R]) -> None:
        self._keys.add(entry.key)

    def knows(self, entry: ListEntry[R]) -> bool:
        """Return whether an entry was seen, or is newer than what is looked for."""
        newer = self.top is not None and entry.place is not None and entry.place > self.top
        return newer or entry.key in self._keys

    def rests(self, entry: ListEntry[R]) -> bool:
        """Return whether an entry, and with it all that follow, is older than the beginning."""
        if entry.front:
            return False
        if self.latest is None or entry.time is None:
            return self.knows(entry)
        return entry.time < self.latest

    def take(self, entries: Sequence[ListEntry[R]]) -> list[ListEntry[R]]:
        """Return what wasn't seen yet, as far as the place to stop."""
        fresh: list[ListEntry[R]] = []
        for entry in entries:
            if self._is_behind(entry):
                self.ended = True
                break
            if not self.knows(entry):
                self.add(entry)
                fresh.append(entry)
        return fresh
