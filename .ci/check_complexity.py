"""
Checks that every function can be followed: its cyclomatic complexity, as radon counts it.

    python .ci/check_complexity.py

What is still above stands in `complexity_exceptions.txt`, which only ever gets shorter. With
`--write` those that are needed now are written there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from radon.complexity import cc_visit

ROOT = Path(__file__).parents[1]
EXCEPTIONS = Path(__file__).with_name("complexity_exceptions.txt")
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
    """Print what is too complex, and exceptions that aren't needed; return 1 if there is any."""
    found = dict(too_complex())
    if sys.argv[1:] == ["--write"]:
        EXCEPTIONS.write_text("".join(f"{name}\n" for name in sorted(found)))
    allowed = EXCEPTIONS.read_text("utf-8").split() if EXCEPTIONS.exists() else []
    wrong = [f"{name}: complexity {found[name]}, over {MOST}" for name in {*found} - {*allowed}]
    wrong += [f"{name}: no exception is needed any more" for name in {*allowed} - {*found}]
    for line in sorted(wrong):
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
