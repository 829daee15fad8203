"""What the package costs those who don't use it."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys
import gazelled.tracker.catalogue.actions
heavy = {"aiohttp", "pydantic", "structlog", "msgspec"} & sys.modules.keys()
assert not heavy, heavy
from gazelled.tracker.decoding import plan
assert len(plan._PLANS) < 80, len(plan._PLANS)
"""


LOADED = """
import sys
before = set(sys.modules)
import gazelled.tracker
assert {name for name in set(sys.modules) - before if name.startswith("gazelled")} == {
    "gazelled", "gazelled.tracker"
}
from gazelled.tracker import connect, connect_sync
needless = {
    "apscheduler", "difflib", "http.cookiejar", "importlib.metadata", "pluggy", "pydantic", "rich",
    "structlog", "zoneinfo", "gazelled.config", "gazelled.service", "gazelled.store",
    "gazelled.tracker.doctor", "gazelled.watches",
}
assert not needless & sys.modules.keys(), needless & sys.modules.keys()
"""


def test_a_script_loads_what_it_needs() -> None:
    """The package by itself is two modules; a client brings nothing of the daemon's."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", LOADED], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_import() -> None:
    """The catalogue loads no library, so that commands which only look something up are quick."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", CHECK], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
