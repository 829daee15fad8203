"""
The pauses between starts that fail one after the other.

Not every systemd lets its own pauses grow, so the daemon waits itself, before it opens anything.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import structlog

from gazelled.service.outages.runtime_note import RuntimeNote
from gazelled.service.systemd.sd_notify import Notifier, is_service
from gazelled.text import local_time

log = structlog.stdlib.get_logger(__name__)

NOTE = "starts.json"
FREE = 3
"""So many starts in a row may fail before one waits."""

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 900.0
QUICK = 600.0
"""A process that lived for more seconds than these has not failed at its start."""

_STEP = 20.0


class RestartPause:
    """
    Counts the starts of a service that fail, in its runtime folder.

    A stop forgets them, also one while a start waits: `systemctl restart` then starts at once.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        counts = bool(runtime) and is_service(environ)
        self._note = RuntimeNote(Path(runtime), NOTE) if counts else None
        self._notifier = Notifier(environ)

    def begin(self, now: datetime) -> tuple[int, float]:
        """Count a start; return how many failed before it in a row, and the seconds to wait."""
        if self._note is None:
            return 0, 0.0
        noted, failures, pause = self._note.read(), 0, 0.0
        with suppress(KeyError, TypeError, ValueError):
            age = (now - datetime.fromtimestamp(noted["at"], UTC)).total_seconds()
            # It may be negative: one that was to wait was killed meanwhile, or the clock is set.
            failures = int(noted["failures"]) + 1 if age < QUICK else 0
        if failures >= FREE:
            pause = float(min(FIRST_PAUSE * 2 ** min(failures - FREE, 10), LONGEST_PAUSE))
        self._note.write({"failures": failures, "at": now.timestamp() + pause})
        return failures, pause

    def wait(self) -> None:
        """Count a start, and wait if too many have failed."""
        failures, pause = self.begin(datetime.now(UTC))
        if not pause:
            return
        log.warning("daemon.start_postponed", failures=failures, seconds=pause)
        at = local_time(datetime.fromtimestamp(time.time() + pause, UTC))
        before = signal.signal(signal.SIGTERM, self._stop)
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            self._notifier.status(f"{failures} starts in a row failed; the next one is at {at}")
            self._notifier.extend(3 * _STEP)
            time.sleep(min(left, _STEP))
        signal.signal(signal.SIGTERM, before)

    def end(self) -> None:
        """Forget the starts that failed: this one did not, or no restart helps."""
        if self._note is not None:
            self._note.clear()

    def _stop(self, signum: int, _: FrameType | None) -> None:
        self.end()
        signal.signal(signum, signal.SIG_DFL)
        os.kill(os.getpid(), signum)
