"""Read files of JSON lines that a running program appends to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_json_lines(path: Path) -> list[Any]:
    """
    Read the lines of a file that are complete; a file that isn't there yet has none.

    A line reaches the file in several writes if it is long, so a reader may meet half of the last.
    """
    if not path.exists():
        return []
    *lines, _incomplete = path.read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines]
