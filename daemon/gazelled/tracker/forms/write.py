"""
What a client may change at the site by forms of the website, once it is allowed.

Votes, posts, comments and friends are not here: they act on others or spend credit, and what
became of them can't be read.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal, get_args

from gazelled.errors import ConfigError, Reason, RequestRefused
from gazelled.text import missing
from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.decoding.reading import By
from gazelled.tracker.forms import texts
from gazelled.tracker.forms.bookmarks import Markable, bookmarking
from gazelled.tracker.forms.sender import Deed, FormCaller, S, Written, carry_out

Allowed = Literal["bookmark", "subscribe", "catch_up", "message"]
"""What can be allowed."""

ALLOWED: tuple[Allowed, ...] = get_args(Allowed)
NOTHING: frozenset[Allowed] = frozenset()


def check_allowed(allow: AbstractSet[str]) -> None:
    """Raise ConfigError unless all names are of what can be allowed."""
    for name in sorted(allow):
        if name not in ALLOWED:
            raise ConfigError(f"{missing('change to allow', name, ALLOWED)}.")


class FormWriter:
    """
    Changes at the site, each verified: see `gazelled.tracker.forms.sender`.

    Every method returns a `Written`, and raises a TrackerError if nothing was sent: RequestRefused
    if it isn't allowed, takes a log-in, or what it is about doesn't exist.

    Args:
        caller: Sends the forms.
        by: Whether it is a token that calls.
        allow: What is allowed.

    """

    def __init__(
        self, api: Endpoints, caller: FormCaller, by: By, allow: AbstractSet[Allowed]
    ) -> None:
        self._endpoints = api
        self._caller = caller
        self._by = by
        self._allow = allow

    async def bookmark(self, kind: Markable, number: int) -> Written:
        """Bookmark a data set (`group`), an author (`artist`) or a `request` by its number."""
        self._check("bookmark", "bookmarking", number)
        return await self._carry_out(bookmarking(self._endpoints, kind, number, wanted=True))

    async def unbookmark(self, kind: Markable, number: int) -> Written:
        """Remove the bookmark of a data set (`group`), an author (`artist`) or a `request`."""
        self._check("bookmark", "bookmarking", number)
        return await self._carry_out(bookmarking(self._endpoints, kind, number, wanted=False))

    def _check(self, name: Allowed, what: str, *numbers: int) -> None:
        if name not in self._allow:
            raise RequestRefused(texts.not_allowed(what, name), reason=Reason.NOT_PERMITTED)
        if self._by == "token":
            raise RequestRefused(texts.NEEDS_LOG_IN, reason=Reason.NOT_PERMITTED)
        for number in numbers:
            if type(number) is not int or number < 1:  # what is sent stands in SQL there
                text = f"expected a number from 1, not {number!r}"
                raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)

    async def _carry_out(self, deed: Deed[S]) -> Written:
        return await carry_out(self._caller, deed)
