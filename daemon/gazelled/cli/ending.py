"""Ending in bounded time, whatever still hangs."""

from __future__ import annotations

import os
import threading


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
