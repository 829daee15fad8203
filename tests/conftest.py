"""What holds for all tests: how many run side by side, and what they hear."""

from __future__ import annotations

import os
import signal


def pytest_xdist_auto_num_workers() -> int:
    """Return how many run side by side with `-n auto`: tests wait more than they compute."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure() -> None:
    """Let children hear Ctrl-C, though what runs in the background is born deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
