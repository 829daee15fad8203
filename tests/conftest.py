"""What holds for all tests: how many run side by side, and what they hear."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from functools import cache

# Where tools of development have brought it, structlog writes each traceback with it, which takes
# a quarter of a second; nobody sees it here.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

# It is slow by its nature, and of the same few secrets again and again.
hashlib.scrypt = cache(hashlib.scrypt)  # type: ignore[assignment]


def pytest_xdist_auto_num_workers() -> int:
    """Return how many run side by side with `-n auto`: tests wait more than they compute."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure() -> None:
    """Let children hear Ctrl-C, though what runs in the background is born deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
