"""Ending in bounded time, whatever still hangs."""

from __future__ import annotations

import os
import threading


def end_within(seconds: float, code: int) -> threading.Timer:
    """
    End the process after a time, unless it has ended by then or the timer is cancelled.

    Threads of plugins can't be cut off in any other way. All that is kept is committed at once
    when it happens, so this loses nothing.

    Args:
        seconds: How long the rest may take.
        code: The exit code.

    """
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
    return timer
