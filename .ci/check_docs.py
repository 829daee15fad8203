"""Checks the documents: links lead somewhere, and nothing names the machine it was made on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root)/")


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as they are made on code hosts."""
    headings = re.findall(r"^#+ +(.+?) *#*$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def broken_links(path: Path) -> list[str]:
    """Return the links of a document that lead nowhere."""
    text = path.read_text(encoding="utf-8")
    problems = []
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        place, _, anchor = target.partition("#")
        aim = path.parent / place if place else path
        if not aim.exists():
            problems.append(f"{path}: {target}: there is no such file")
        elif anchor and anchor not in anchors(aim.read_text(encoding="utf-8")):
            problems.append(f"{path}: {target}: there is no such heading")
    return problems


def named_machines(path: Path) -> list[str]:
    """Return the lines that name a folder of the machine they were written on."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [
        f"{path}:{number}: names a folder of one machine"
        for number, line in enumerate(lines, 1)
        if MACHINE.search(line)
    ]


def main() -> int:
    """Print all problems; the exit code tells whether there are any."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)  # noqa: S607 - the git of whoever runs this
    files = [Path(name) for name in listed.stdout.split("\0") if name and Path(name).is_file()]
    problems = [line for path in files if path.suffix == ".md" for line in broken_links(path)]
    problems += [
        line for path in files if path != Path(".ci/check_docs.py") for line in named_machines(path)
    ]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
