"""Exit codes, which scripts and systemd's units rely on, and ending with one in bounded time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from enum import IntEnum

from gazelled import errors


class ExitCode(IntEnum):
    """Why a command ended; the help of `gazelled` has a line for each."""

    OK = 0
    FAILED = 1
    INVALID = 2
    STATE = 3
    REFUSED = 4
    UNAVAILABLE = 5
    ACTION_REQUIRED = 6
    DEGRADED = 7
    NOT_RUNNING = 8
    NOT_PERMITTED = 9
    INTERRUPTED = 130


THREADS_END_WITHIN = 3.0
"""Seconds that threads of plugins get once all is done."""

CODES_OF_ERRORS: Mapping[type[errors.GazelledError], ExitCode] = {
    errors.ConfigError: ExitCode.INVALID,
    errors.StateError: ExitCode.STATE,
    errors.RequestRefused: ExitCode.REFUSED,
    errors.TrackerUnavailable: ExitCode.UNAVAILABLE,
    errors.ActionRequired: ExitCode.ACTION_REQUIRED,
    errors.NotPermitted: ExitCode.NOT_PERMITTED,
}


def end_within(seconds: float, code: int) -> threading.Timer:
    """
    End the process with a code after some seconds, unless the timer is cancelled before.

    Threads of plugins can't be cut off in any other way. All that is kept is committed at once
    when it happens, so this loses nothing.
    """
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
    return timer


def end_after_main(code: int) -> None:
    """End the process with a code once the program is over, also if threads of plugins hang."""

    def end() -> None:
        threading.main_thread().join()
        time.sleep(THREADS_END_WITHIN)
        os._exit(code)

    threading.Thread(target=end, name="end", daemon=True).start()
