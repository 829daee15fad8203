"""
The changes that a client may make by forms of the website, once they are allowed.

Votes, posts, comments and friends are not here: they act on others or spend credit, and their
effect can't be read back.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gazelled.errors import Reason, RequestRefused
from gazelled.text import shortened
from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.decoding.reading import By
from gazelled.tracker.forms import texts
from gazelled.tracker.forms.allowed import Allowed
from gazelled.tracker.forms.answer import answering, check_text
from gazelled.tracker.forms.bookmarks import Markable, bookmarking
from gazelled.tracker.forms.catch_up import (
    catching_up_forum,
    catching_up_notifications,
    catching_up_subscriptions,
)
from gazelled.tracker.forms.inbox import deleting, marking, sticking
from gazelled.tracker.forms.sender import (
    FormCaller,
    FormChange,
    S,
    WriteResult,
    carry_out,
    one_change,
)
from gazelled.tracker.forms.subscriptions import subscribing

LARGEST = 10**18 - 1
"""No id has more digits."""


class FormWriter:
    """
    Changes at the site, each verified: see `gazelled.tracker.forms.sender`.

    Every method returns a `WriteResult`, and raises a TrackerError if nothing was sent:
    RequestRefused if the change isn't allowed, requires a log-in, or its object doesn't exist.

    Args:
        caller: Sends the forms.
        by: Whether a token or a log-in is used.
        allow: The kinds of changes that are allowed.
        plugin: The name of the plugin that makes them; empty if it is none.

    """

    def __init__(
        self,
        api: Endpoints,
        caller: FormCaller,
        by: By,
        allow: AbstractSet[Allowed],
        *,
        plugin: str = "",
    ) -> None:
        self._endpoints = api
        self._caller = caller
        self._by = by
        self._allow = allow
        self._plugin = plugin

    async def bookmark(self, kind: Markable, number: int) -> WriteResult:
        """Bookmark a data set (`group`), an author (`artist`) or a `request` by its number."""
        self._check("bookmark", "bookmarking", number)
        return await self._carry_out(bookmarking(self._endpoints, kind, number, wanted=True))

    async def unbookmark(self, kind: Markable, number: int) -> WriteResult:
        """Remove the bookmark of a data set (`group`), an author (`artist`) or a `request`."""
        self._check("bookmark", "bookmarking", number)
        return await self._carry_out(bookmarking(self._endpoints, kind, number, wanted=False))

    async def subscribe(self, thread: int) -> WriteResult:
        """Subscribe to a forum thread by its number."""
        self._check("subscribe", "subscribing", thread)
        return await self._carry_out(subscribing(self._endpoints, thread, wanted=True))

    async def unsubscribe(self, thread: int) -> WriteResult:
        """End the subscription to a forum thread."""
        self._check("subscribe", "subscribing", thread)
        return await self._carry_out(subscribing(self._endpoints, thread, wanted=False))

    async def catch_up_forum(self, forum: int) -> WriteResult:
        """Mark the threads of a forum as read that are sticky or of the last thirty days."""
        self._check("catch_up", "catching up", forum)
        return await self._carry_out(catching_up_forum(self._endpoints, forum))

    async def catch_up_subscriptions(self) -> WriteResult:
        """Mark all threads and comments that you are subscribed to as read."""
        self._check("catch_up", "catching up")
        return await self._carry_out(catching_up_subscriptions(self._endpoints))

    async def catch_up_notifications(self) -> WriteResult:
        """Mark all that your notification filters found as read."""
        self._check("catch_up", "catching up")
        return await self._carry_out(catching_up_notifications(self._endpoints))

    async def delete(self, *conversations: int) -> WriteResult:
        """Delete conversations from your inbox and sentbox; the others keep theirs."""
        numbers = self._check_several(conversations)
        return await self._carry_out(deleting(self._endpoints, numbers))

    async def mark_read(self, *conversations: int) -> WriteResult:
        """Mark conversations of your inbox as read."""
        numbers = self._check_several(conversations)
        return await self._carry_out(marking(self._endpoints, numbers, unread=False))

    async def mark_unread(self, *conversations: int) -> WriteResult:
        """Mark conversations of your inbox as unread."""
        numbers = self._check_several(conversations)
        return await self._carry_out(marking(self._endpoints, numbers, unread=True))

    async def stick(self, conversation: int) -> WriteResult:
        """Keep a conversation on top of your inbox."""
        self._check("message", "changing conversations", conversation)
        return await self._carry_out(sticking(self._endpoints, conversation, wanted=True))

    async def unstick(self, conversation: int) -> WriteResult:
        """Stop keeping a conversation on top of your inbox."""
        self._check("message", "changing conversations", conversation)
        return await self._carry_out(sticking(self._endpoints, conversation, wanted=False))

    async def answer(self, conversation: int, text: str) -> WriteResult:
        """Send a message to the others of a conversation, in BBCode; it is marked as read."""
        self._check("message", "sending messages", conversation)
        text = check_text(text)
        async with one_change(self._caller):
            change = await answering(self._endpoints, conversation, text)
            return await carry_out(self._caller, change)

    def _check_several(self, conversations: tuple[int, ...]) -> tuple[int, ...]:
        self._check("message", "changing conversations", *conversations)
        if not conversations:
            text = "expected the number of a conversation"
            raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)
        return tuple(dict.fromkeys(conversations))

    def _check(self, name: Allowed, what: str, *numbers: object) -> None:
        if name not in self._allow:
            raise RequestRefused(
                texts.not_allowed(what, name, self._plugin), reason=Reason.NOT_PERMITTED
            )
        if self._by == "token":
            raise RequestRefused(texts.NEEDS_LOG_IN, reason=Reason.NOT_PERMITTED)
        for number in numbers:
            if type(number) is int and 1 <= number <= LARGEST:  # what is sent stands in SQL there
                continue
            huge = isinstance(number, int) and abs(number) > LARGEST  # too long for a text
            text = f"expected a number from 1 to {LARGEST}"
            if not huge:
                text += f", not {shortened(repr(number), 40)}"
            raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)

    async def _carry_out(self, change: FormChange[S]) -> WriteResult:
        async with one_change(self._caller):
            return await carry_out(self._caller, change)
