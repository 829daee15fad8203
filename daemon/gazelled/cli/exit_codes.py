"""Exit codes, which scripts and systemd's units rely on, and ending with one in bounded time."""

from __future__ import annotations

import os
import threading
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
    INTERRUPTED = 130


CODES_OF_ERRORS: Mapping[type[errors.GazelledError], ExitCode] = {
    errors.ConfigError: ExitCode.INVALID,
    errors.StateError: ExitCode.STATE,
    errors.RequestRefused: ExitCode.REFUSED,
    errors.TrackerUnavailable: ExitCode.UNAVAILABLE,
    errors.ActionRequired: ExitCode.ACTION_REQUIRED,
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
