"""Small help for sentences to people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_FEW = 20


def either(choices: Sequence[str], last: str = "or") -> str:
    """Join choices for a sentence: "a, b or c"."""
    head, tail = choices[:-1], choices[-1:]
    return f" {last} ".join([", ".join(head), *tail] if head else tail)


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """Find the choice that a person most likely meant."""
    folded = {choice.casefold(): choice for choice in sorted(choices, reverse=True)}
    found = get_close_matches(name.casefold(), folded, n=1)
    return folded[found[0]] if found else None


def meant(name: str, choices: Iterable[str]) -> str:
    """Ask what was probably meant, to go on with a sentence; nothing if nothing is near."""
    found = nearest(name, choices)
    return f'; did you mean "{found}"?' if found else ""


def unknown(what: str, name: str, choices: Iterable[str]) -> str:
    """Return that something is unknown, and what was probably meant or what there is."""
    known = sorted(choices)
    if question := meant(name, known):
        return f"unknown {what}{question}"
    if not known:
        return f"unknown {what}; there is none yet"
    if len(known) > _FEW:
        return f"unknown {what}"
    return f"unknown {what}; there is {either(known, 'and')}"


def with_reason(text: str, why: str, hint: str) -> str:
    """Return a sentence with its reason, and a hint unless the reason says what a resume does."""
    because = f" ({why.removesuffix('.')})" if why else ""
    return f"{text}{because}{'' if 'resume' in why else hint}"
