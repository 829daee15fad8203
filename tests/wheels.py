"""The wheel of gazelled, for tests that install it into an environment of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def wheel(folder: Path) -> Path:
    """
    Return the wheel that `GAZELLED_WHEEL` names, or build one of the source.

    Args:
        folder: Where a wheel that is built is written to.

    """
    if place := os.environ.get("GAZELLED_WHEEL"):
        return Path(place)
    if not (ROOT / "daemon").is_dir():
        pytest.skip("there is no source to build a wheel of; GAZELLED_WHEEL names one")
    tools = folder / "wheel-tools"
    run = partial(subprocess.run, check=True)
    run([sys.executable, "-m", "venv", tools])
    run([tools / "bin" / "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT])
    return next(folder.glob("gazelled-*.whl"))
