"""What a client may be allowed to change by forms of the website; nothing, unless it is named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeGuard, get_args

from gazelled.errors import ConfigError
from gazelled.text import capitalized, missing, sentence

Allowed = Literal["bookmark", "subscribe", "catch_up", "message"]
"""What can be allowed."""

ALLOWED: tuple[Allowed, ...] = get_args(Allowed)
NOTHING: frozenset[Allowed] = frozenset()


def is_allowed(name: str) -> TypeGuard[Allowed]:
    """Return whether a name is of what can be allowed."""
    return name in ALLOWED


def check_allowed(allow: Iterable[str]) -> None:
    """Raise ConfigError unless all names are of what can be allowed."""
    for name in allow:
        if not is_allowed(name):
            raise ConfigError(sentence(capitalized(missing("change to allow", name, ALLOWED))))
