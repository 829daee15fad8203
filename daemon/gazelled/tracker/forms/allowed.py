"""What a client may be allowed to change by forms of the website; nothing, unless it is named."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeGuard, get_args

from gazelled.errors import ConfigError
from gazelled.text import missing

Allowed = Literal["bookmark", "subscribe", "catch_up", "message"]
"""What can be allowed."""

ALLOWED: tuple[Allowed, ...] = get_args(Allowed)
NOTHING: frozenset[Allowed] = frozenset()


def is_allowed(name: str) -> TypeGuard[Allowed]:
    """Return whether a name is of what can be allowed."""
    return name in ALLOWED


def check_allowed(allow: object) -> None:
    """Raise ConfigError unless it is a set of names, or another collection, that can be allowed."""
    if isinstance(allow, str) or not isinstance(allow, Collection):
        raise ConfigError(f'allow takes a set of names, such as {{"bookmark"}}, not {allow!r}.')
    for name in map(str, allow):
        if not is_allowed(name):
            raise ConfigError(f"{missing('change to allow', name, ALLOWED)}.")
