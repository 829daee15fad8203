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


def test_import() -> None:
    """The catalogue loads no library, so that commands which only look something up are quick."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", CHECK], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
