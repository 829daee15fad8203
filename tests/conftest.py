"""What holds for all tests: how many run side by side, and what they hear."""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import sys
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

# Where tools of development have brought it, structlog writes each traceback with it, which takes
# a quarter of a second; nobody sees it here.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None is how Python hides a module

# It is slow by its nature, and of the same few secrets again and again.
hashlib.scrypt = cache(hashlib.scrypt)  # type: ignore[assignment]  # the cache takes any arguments

# Three runs beside each other make any example slow now and then, which says nothing about it.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many run side by side with `-n auto`: tests wait more than they compute."""
    return int(os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") or 2 * (os.cpu_count() or 1))


def pytest_configure(config: pytest.Config) -> None:
    """Share compiled modules, and let children hear Ctrl-C, to which background jobs are deaf."""
    # Each worker would compile all modules and tests, which takes as long as many of the tests.
    if sys.dont_write_bytecode and hasattr(config, "cache"):
        sys.pycache_prefix = str(config.cache.mkdir("bytecode"))
        sys.dont_write_bytecode = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave out of each garbage collection what stays anyway: the modules and the tests."""
    gc.freeze()
