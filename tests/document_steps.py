"""What documents have a reader do: create and change files, and type commands."""

from __future__ import annotations

import re

STEP = re.compile(
    r"^(?:Create `(?P<new>[^`]+)`|In `(?P<file>[^`]+)`, (?P<how>after|before|replace) the line "
    r"(?P<begins>beginning with )?(?P<tick>`+) ?(?P<line>.+?) ?(?P=tick))"
    r":\n\n(?P<fence>`{3,})\w*\n(?P<text>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


def edited(old: str, step: re.Match[str]) -> str:
    """Return a file with the text of a step beside, or in place of, the line that it names."""
    if step["new"]:
        assert not old, f"{step['new']} exists"
        return step["text"]
    lines = old.splitlines(keepends=True)
    fits = [
        number
        for number, line in enumerate(lines)
        if (line.startswith(step["line"]) if step["begins"] else line.strip() == step["line"])
    ]
    assert fits, f"{step['file']} has no line {step['line']}"
    first = last = fits[0]
    if step["how"] == "after":
        first = last = last + 1
    elif step["how"] == "before":
        last = first
    else:
        last += 1
    return "".join([*lines[:first], step["text"], *lines[last:]])


def squeezed(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())


def unseen_blocks(text: str) -> int:
    """Return how many blocks of a document are neither a step nor typed."""
    fences = len(re.findall(r"^(`{3,})\w+$", text, re.MULTILINE))
    inner = sum(step["text"].count("```") // 2 for step in STEP.finditer(text))
    return fences - len(STEP.findall(text)) - len(CONSOLE.findall(text)) - inner
