"""The kinds of changes by forms of the website; each is refused unless it is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeGuard, get_args

from gazelled.errors import ConfigError
from gazelled.text import capitalized, missing, sentence

Allowed = Literal["bookmark", "subscribe", "catch_up", "message"]
"""A kind of change."""

ALLOWED: tuple[Allowed, ...] = get_args(Allowed)
NOTHING: frozenset[Allowed] = frozenset()


def is_allowed(name: str) -> TypeGuard[Allowed]:
    """Return whether a name is that of a kind of change."""
    return name in ALLOWED


def check_allowed(allow: Iterable[str]) -> None:
    """Raise ConfigError unless all names are kinds of changes."""
    for name in allow:
        if not is_allowed(name):
            raise ConfigError(sentence(capitalized(missing("change to allow", name, ALLOWED))))
