"""What the package costs those who don't use it."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys
import gazelled.tracker.dispatcher, gazelled.tracker.session, gazelled.tracker.catalogue
assert "gazelled.tracker.models" not in sys.modules
import gazelled.tracker.models as models
unbuilt = [n for n in models.__all__ if getattr(getattr(models, n), "__pydantic_complete__", False)]
assert unbuilt == [], unbuilt
"""


def test_import() -> None:
    """The client doesn't load the models, and loading them builds none."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", CHECK], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
