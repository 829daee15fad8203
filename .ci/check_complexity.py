"""
Checks that every function can be followed: its cyclomatic complexity, as radon counts it.

    python .ci/check_complexity.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from radon.complexity import cc_visit

ROOT = Path(__file__).parents[1]
SOURCES = ("daemon", "plugins")
MOST = 15


def too_complex() -> Iterator[tuple[str, int]]:
    """Return each function that is too complex, with how complex it is."""
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            for block in cc_visit(path.read_text("utf-8")):
                if block.letter != "C" and block.complexity > MOST:
                    yield f"{path.relative_to(ROOT)}:{block.fullname}", block.complexity


def main() -> int:
    """Print what is too complex; return 1 if anything is."""
    found = [*too_complex()]
    for name, complexity in found:
        print(f"{name}: complexity {complexity}, over {MOST}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
