"""The syntax of patterns, written anew in that of the engine which runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_REPEATED = 1000
"""How often a part may be repeated, where repetitions stand in each other, too."""

_OCTAL = r"\\(?P<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})"
_LONG_ESCAPE = r"\\(?:[pP]\{[^}]*+(?:\}|\Z)|[pP].|x\{[^}]*+(?:\}|\Z)|x..)"
_TOKEN = re.compile(
    rf"\\Q(?P<quoted>.*?)(?:\\E|\Z)|{_OCTAL}|(?P<long>{_LONG_ESCAPE})|\\(?P<escaped>.)"
    r"|\[(?P<negated>\^?)(?P<members>\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*+)(?P<end>\]|\\?\Z)"
    r"|\{(?P<least>\d+)(?:,(?P<most>\d*))?\}|(?P<other>.)",
    re.DOTALL,
)
_MEMBER = re.compile(
    rf"(?P<posix>\[:\^?\w+:\])|{_OCTAL}|(?P<long>{_LONG_ESCAPE})|\\(?P<escaped>.)|(?P<other>.)",
    re.DOTALL,
)
_CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "s": r"[\t\n\f\r ]",
    "S": r"[^\t\n\f\r ]",
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
}
"""They hold ASCII alone."""

_BOUNDARIES = {"b": r"(?-u:\b)", "B": r"(?-u:\B)"}


def translated(pattern: str) -> str:
    r"""
    Return a pattern in the syntax of Rust's regular expressions, which means the same.

    The syntax of patterns is RE2's, and that differs in details: a brace that repeats nothing
    stands for itself, as do `[`, `&&` and `--` in a class; there are `\Q…\E` and octal numbers;
    and `\d`, `\s`, `\w` and `\b` know ASCII alone.

    Raises:
        ValueError: If a part is repeated more often than 1,000 times, or has two repetitions.

    """
    weights, last, repetitions = [1], 1, 0
    parts = []
    for token in _TOKEN.finditer(pattern):
        other = token["other"]
        if token["least"] is not None or other in {"*", "+", "?"}:
            repetitions += 1
            if repetitions > (2 if other == "?" else 1):  # a mark behind makes it lazy
                raise ValueError("this part has two repetitions")
            last *= max(int(token["least"] or 1), int(token["most"] or 1))
        else:
            last = weights.pop() if other == ")" and len(weights) > 1 else 1
            repetitions = 0
        if other == "(":
            weights.append(1)
        if last > MOST_REPEATED:
            raise ValueError(f"{token[0]} repeats a part too often; at most {MOST_REPEATED}")
        weights[-1] = max(weights[-1], last)
        parts.append(_outside(token))
    return "".join(parts)


def _outside(token: re.Match[str]) -> str:
    if (quoted := token["quoted"]) is not None:
        return re.escape(quoted)
    if token["members"] is not None:
        return f"[{token['negated']}{''.join(_members(token['members']))}{token['end']}"
    if token["octal"] or token["long"]:
        return _character(token)
    if token["escaped"] is not None:
        return _BOUNDARIES.get(token["escaped"]) or _escape(token["escaped"])
    if token["other"] == "{":
        return r"\{"
    return token[0]


def _members(text: str) -> Iterator[str]:
    """Yield what a class has, with a hyphen that is no range for itself."""
    tokens = [*_MEMBER.finditer(text)]
    place = 0
    while place < len(tokens):
        yield _member(tokens[place])
        if place + 2 < len(tokens) and tokens[place + 1][0] == "-":
            yield f"-{_member(tokens[place + 2])}"
            place += 2
        place += 1


def _member(token: re.Match[str]) -> str:
    if token["posix"]:
        return token[0]
    if token["octal"] or token["long"]:
        return _character(token)
    if token["escaped"] is not None:
        return _escape(token["escaped"])
    other = token["other"]
    return f"\\{other}" if other in "[]&~-^" else other


def _character(token: re.Match[str]) -> str:
    return f"\\x{{{int(token['octal'], 8):x}}}" if token["octal"] else token["long"]


def _escape(sign: str) -> str:
    """Return what is behind a backslash; the engine knows more of them than the syntax has."""
    return _CLASSES.get(sign) or (sign if sign in "<>" else f"\\{sign}")
