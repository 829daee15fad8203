"""
What happens while the state can't be read or written: a full disk, one that fails, a quota.

Nothing is asked whose answer can't be stored, so no request is sent, and no delivery begins, since
each is recorded before. What had begun waits where it is and goes on when the disk works again:
nothing is lost by it, and nothing is sent twice. Requests by people fail at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import structlog

from gazelled.clock import Clock
from gazelled.errors import StateUnavailable, TrackerError, TrackerUnavailable
from gazelled.service.notices import texts
from gazelled.service.notices.texts import Notice
from gazelled.service.outages.runtime_note import RuntimeNote
from gazelled.service.outages.unstored_arrivals import UnstoredArrivals
from gazelled.store import NAME, Store
from gazelled.text import iso_seconds, local_time

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

NOTE = "outage.json"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
NOTIFY_AFTER = 5.0
"""Seconds after which an outage is worth a notice."""

MOST_NOTIFY_TRIES = 8
MOST_REFUSALS = 5
"""So often in a row may the database fail where a file can be written; then it is opened anew."""

ROOM = 2**20
"""Bytes that must fit on the disk before it is used again."""

_PROBE, _PROBE_KEY = ".probe", "probe"
_IMPATIENT: ContextVar[asyncio.Task[object] | None] = ContextVar("impatient", default=None)


def be_impatient() -> None:
    """Let what this task itself does with the state fail at once where it would wait."""
    _IMPATIENT.set(asyncio.current_task())


def pause_after(tries: int) -> float:
    """Return the seconds between two tries to write the state."""
    return float(min(FIRST_PAUSE * 2 ** min(tries, 10), LONGEST_PAUSE))


def _identity(file: Path) -> tuple[int, int] | None:
    """Return which file it is, whatever its name; None if there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def probe(folder: Path) -> None:
    """Write and sync a file in a state folder; raise StateUnavailable if that can't be."""
    file = folder / _PROBE
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            rest = memoryview(bytes(ROOM))
            while rest:
                rest = rest[os.write(opened, rest) :]
            os.fsync(opened)
        finally:
            os.close(opened)
            file.unlink(missing_ok=True)
    except OSError as error:
        text = f"The state can't be written in {folder} ({error.strerror})."
        raise StateUnavailable(text) from error


class OutageRecord:
    """
    Since when the state can't be used, and whether somebody was notified, over restarts.

    Attributes:
        arrivals: What arrived meanwhile, likewise.

    """

    def __init__(self, folder: Path) -> None:
        self._note = RuntimeNote(folder, NOTE)
        self.arrivals = UnstoredArrivals(folder)
        self.since: datetime | None = None
        self.notified = False
        self.tries = 0
        noted = self._note.read()
        with suppress(KeyError, TypeError, ValueError):
            self.since = datetime.fromisoformat(noted["since"])
            self.notified = bool(noted.get("notified"))

    def begin(self, now: datetime) -> datetime:
        """Note that it began, unless it had before; return when."""
        self.arrivals.begin()
        if self.since is None:
            self.since = now
            self._write()
        return self.since

    async def notify(self, now: datetime, send: Callable[[], Awaitable[bool]]) -> None:
        """Notify, once and once it is worth it; `send` returns whether anybody was reached."""
        age = (now - self.since).total_seconds() if self.since else 0.0
        # A clock that was set back must not silence it.
        if self.notified or 0.0 <= age < NOTIFY_AFTER or self.tries >= MOST_NOTIFY_TRIES:
            return
        self.tries += 1
        if await send():
            self.notified = True
            self._write()

    def end(self) -> None:
        self.since, self.notified, self.tries = None, False, 0
        self._note.clear()
        self.arrivals.end()

    def _write(self) -> None:
        since = self.since.isoformat() if self.since else None
        self._note.write({"since": since, "notified": self.notified})


class StateOutage:
    """
    Holds the daemon while its state can't be used, and lets it go on when it can.

    Args:
        folder: The state folder.
        record: What is kept of it over restarts.
        hold: Called with the error for whoever asks the tracker; with None when it is over.
        notify: Sends a notice without the state; returns whether anybody was reached.
        send: Sends a notice as usual.

    Attributes:
        problem: Why the state can't be used; empty when it can.
        on_change: Called when that changes.

    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        clock: Clock,
        record: OutageRecord,
        *,
        hold: Callable[[TrackerError | None], None],
        notify: Callable[[Notice], Awaitable[bool]],
        send: Callable[[Notice], Awaitable[None]],
    ) -> None:
        self.problem = ""
        self.on_change: Callable[[], None] = lambda: None
        self._store = store
        self._folder = folder
        self._clock = clock
        self._record = record
        self._hold = hold
        self._notify = notify
        self._send = send
        # What stands in the log alone would be lost with it; SQLite doesn't notice that it is gone.
        files = (folder / NAME, folder / f"{NAME}-wal")
        self._files = {file: known for file in files if (known := _identity(file))}
        self._begun = asyncio.Event()
        self._over = asyncio.Event()
        self._failed_again = False
        self._ended = False

    @property
    def since(self) -> datetime | None:
        """When it began; None when the state can be used."""
        return self._record.since if self.problem else None

    def begin(self, error: Exception) -> None:
        """Hold everything, unless that is so already."""
        self._failed_again = True
        if self.problem or self._ended:
            return
        self.problem = str(error)
        since = self._record.begin(self._clock.now())
        log.error("state.failed", reason=self.problem, since=iso_seconds(since))
        self._hold(self._refusal())
        self._begun.set()
        self.on_change()

    async def wait(self, error: StateUnavailable) -> bool:
        """Wait until what failed can be done again; return False where that isn't waited for."""
        self.begin(error)
        if self._ended or _IMPATIENT.get() is asyncio.current_task():
            return False
        await self._over.wait()
        return not self._ended

    async def unless_begun(self, work: Awaitable[T]) -> T:
        """
        Return what a person waits for.

        Raises:
            TrackerUnavailable: As soon as there is an outage. The work is cancelled then, as if the
                person had gone away; nothing is lost by it.

        """
        working, begun = asyncio.ensure_future(work), asyncio.ensure_future(self._begun.wait())
        try:
            await asyncio.wait({working, begun}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise self._refusal()
            return working.result()
        finally:
            begun.cancel()
            if working.cancel():
                await asyncio.wait({working})

    def guard(self, write: Callable[[], None]) -> None:
        """Write something small into the state folder; that it fails begins an outage."""
        try:
            self._check_place()
            write()
        except StateUnavailable as moved:
            self.begin(moved)
        except OSError as error:
            self.begin(StateUnavailable(f"{self._folder} can't be written ({error.strerror})."))

    def _check_place(self) -> None:
        """Raise StateUnavailable if what is written would be lost: its file is elsewhere."""
        if any(_identity(file) != known for file, known in self._files.items()):
            raise StateUnavailable(
                f"The state in {self._folder} was moved, removed or replaced while gazelled runs. "
                "Put it back, or restart gazelled."
            )

    def end(self) -> None:
        """Let everything fail that waits: the daemon stops."""
        self._ended = True
        self._over.set()

    async def run(self) -> None:
        """Wait out each outage, until cancelled; raise StateUnavailable if one can't be so."""
        be_impatient()
        self._store.when_unavailable(self.wait)
        try:
            if since := self._record.since:  # of an earlier process, which couldn't say it is over
                await self._finish(since)
            while True:
                await self._begun.wait()
                await self._wait_out()
        finally:
            self.end()  # nobody ends an outage any more

    async def _wait_out(self) -> None:
        tries = refusals = 0
        while self.problem:
            await self._clock.sleep(pause_after(tries))
            tries += 1
            try:
                self._check_place()
                await asyncio.to_thread(probe, self._folder)
                refusals += 1
                await self._go_on()
            except StateUnavailable as error:
                log.debug("state.probed", reason=str(error), tries=tries)
                await self._record.notify(self._clock.now(), self._say_so)
                if refusals >= MOST_REFUSALS:
                    raise
                continue
            refusals = 0

    async def _go_on(self) -> None:
        """Write, let what waits do so, and end the outage if nothing of it fails."""
        await self._write()
        self._failed_again = False
        waiting, self._over = self._over, asyncio.Event()
        waiting.set()
        await asyncio.sleep(0)
        await self._write()  # after theirs, in the one thread of the store
        for _ in range(3):
            await asyncio.sleep(0)  # until those that failed have said so
        if self._failed_again:
            raise StateUnavailable(self.problem)
        await self._finish(self._record.begin(self._clock.now()))

    async def _write(self) -> None:
        await self._store.set_kv(_PROBE_KEY, iso_seconds(self._clock.now()))

    async def _finish(self, since: datetime) -> None:
        if self._record.notified:
            await self._send(texts.state_available(since))
        self._record.end()
        self.problem = ""
        self._begun.clear()
        log.warning("state.recovered", since=iso_seconds(since))
        self._hold(None)
        self.on_change()

    def _refusal(self) -> TrackerUnavailable:
        return TrackerUnavailable(
            f"Nothing is requested whose answer can't be kept. {self.problem}"
        )

    async def _say_so(self) -> bool:
        assert self.since is not None  # noqa: S101 - it is asked while there is a problem
        return await self._notify(texts.state_unavailable(self.problem, self.since))

    def summary(self) -> str:
        """Return what is wrong in a line; empty when the state can be used."""
        if not (self.problem and self.since):
            return ""
        since = local_time(self.since)
        return f"No requests since {since}: {self.problem} gazelled goes on when it can be written."
