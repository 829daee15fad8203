"""Sentences, times and counts for people, written one way everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

_FEW = 20
_NOT_IN_WORDS = re.compile(r"[\s\"'=]")
_ENDS = (".", "!", "?", "…", ":")


def sentence(text: str) -> str:
    """Return a text with a full stop, unless it ends a sentence already."""
    return text if text.endswith(_ENDS) else f"{text}."


def capitalized(text: str) -> str:
    """Return a text whose first letter is a capital."""
    return text[:1].upper() + text[1:]


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def is_plain(text: str) -> bool:
    """Return whether a text is plain ASCII on one line, as it must be in a header."""
    return text.isascii() and text.isprintable()


def printable(text: str) -> str:
    """Return a text without what could move a terminal's cursor; line breaks stay."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def word(value: object) -> str:
    """Return a value as one word of a log line: quoted if it isn't one."""
    text = value if isinstance(value, str) else str(value)
    plain = text and not _NOT_IN_WORDS.search(text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def counted(number: int, one: str, several: str) -> str:
    """Return a number with its noun: "1 watch", "1,200 watches"."""
    return f"{number:,} {one if number == 1 else several}"


def local_time(moment: datetime) -> str:
    """Return a time of day in the zone of this machine."""
    return f"{moment.astimezone():%H:%M}"


def local_minute(moment: datetime) -> str:
    """Return a date and time of day in the zone of this machine."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def local_when(moment: datetime, now: datetime) -> str:
    """Return a time of day, with its date unless that is today."""
    today = moment.astimezone().date() == now.astimezone().date()
    return local_time(moment) if today else local_minute(moment)


def iso_seconds(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601 to the second, as programs read it."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def either(choices: Sequence[str], last: str = "or") -> str:
    """Join choices for a sentence: "a, b or c"."""
    head, tail = choices[:-1], choices[-1:]
    return f" {last} ".join([", ".join(head), *tail] if head else tail)


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """Return the choice that a person most likely meant."""
    folded = {choice.casefold(): choice for choice in sorted(choices, reverse=True)}
    from difflib import get_close_matches  # noqa: PLC0415 - scripts start without it

    matches = get_close_matches(name.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def meant(name: str, choices: Iterable[str]) -> str:
    """Return the end of a sentence that asks what was probably meant; empty if nothing is near."""
    choice = nearest(name, choices)
    return f'; did you mean "{choice}"?' if choice else ""


def missing(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return that there is none of a name, and which was probably meant."""
    return f'there is no {kind} "{name}"{meant(name, choices)}'


def with_hint(text: str, hint: str) -> str:
    """Return a sentence with a second one behind it, whether the first is a question or not."""
    return f"{text}{'' if text.endswith('?') else ';'} {hint}"


def unknown(noun: str, name: str, choices: Iterable[str]) -> str:
    """Return that something is unknown, and what was probably meant or what there is."""
    names = sorted(choices)
    if question := meant(name, names):
        return f"unknown {noun}{question}"
    if not names:
        return f"unknown {noun}; there is none yet"
    if len(names) > _FEW:
        return f"unknown {noun}"
    return f"unknown {noun}; choose from {either(names, 'and')}"


def with_reason(text: str, why: str, hint: str) -> str:
    """Return a sentence with its reason, and a hint unless the reason says what a resume does."""
    because = f" ({why.removesuffix('.')})" if why else ""
    return f"{text}{because}{'' if 'resume' in why else hint}"
