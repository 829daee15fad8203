"""
Changes something by a form: look whether it is so already, send once, and look again.

What is said of the outcome is what was read, never what the answer to the form claims: a redirect
is no proof, and an error without a word is no failure. Nothing is sent again because its answer was
lost, or because it seems to have had no effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from gazelled.errors import BadAnswer, TrackerError
from gazelled.model import Answer, Call, Lane, Params
from gazelled.tracker.forms import texts
from gazelled.tracker.forms.form import AnswerLost, FormReply, Reception

S = TypeVar("S")


class WriteOutcome(StrEnum):
    """What became of a change."""

    DONE = "done"
    """It is so now, as reading shows; it wasn't before."""
    ALREADY = "already"
    """It was so already, and nothing was sent."""
    REFUSED = "refused"
    """The site refused it, and reading shows no change."""
    UNKNOWN = "unknown"
    """It was sent, and reading doesn't show that it is so."""


@dataclass(frozen=True, slots=True)
class Written:
    """
    What became of a change, and what reading shows.

    Attributes:
        text: WriteOutcome and state as sentences, with the site's words where it refused.
        holds: Whether it is so now; None if that could not be read.

    """

    outcome: WriteOutcome
    text: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Deed(Generic[S]):
    """
    A change and how it is verified.

    Attributes:
        form: The name of the form.
        params: Its fields, or what makes them of the state before.
        look: Reads the state.
        holds: Whether it is as wanted, from the states before and now.
        wanted: The sentence that it is so, without a capital and a full stop.
        unwanted: The sentence that it isn't.

    """

    form: str
    params: Params | Callable[[S], Params]
    look: Callable[[], Awaitable[S]]
    holds: Callable[[S, S], bool]
    wanted: str
    unwanted: str


class FormCaller(Protocol):
    """What sends calls: a dispatcher."""

    async def call(self, call: Call) -> Answer:
        """Send a request to the tracker and return its answer."""


_CHANGING: WeakKeyDictionary[FormCaller, asyncio.Lock] = WeakKeyDictionary()


def one_change(caller: FormCaller) -> asyncio.Lock:
    """
    Return what lets an account make one change at a time.

    Two that run at once would both see the state before: what turns a state over would be sent
    twice, and the message of one could be taken for that of the other.
    """
    return _CHANGING.setdefault(caller, asyncio.Lock())


async def carry_out(caller: FormCaller, deed: Deed[S]) -> Written:
    """
    Change something, and return what became of it; hold `one_change` meanwhile.

    Raises:
        TrackerError: If nothing was sent; its class says what to do.

    """
    before = await deed.look()
    if deed.holds(before, before):
        return Written(WriteOutcome.ALREADY, texts.already(deed.wanted), holds=True)
    params = deed.params(before) if callable(deed.params) else deed.params
    call = Call(deed.form, params, Lane.PERSON, writes=True, form=True)
    reply = await _send(caller, call)
    if reply.reception is Reception.OLD_KEY and not deed.holds(before, await deed.look()):
        reply = await _send(caller, call)
    try:
        holds = deed.holds(before, await deed.look())
    except TrackerError as problem:
        text = texts.unread(_trouble(reply) or "the site took it", str(problem))
        return Written(WriteOutcome.UNKNOWN, text, holds=None)
    return _result(deed, reply, holds=holds)


async def _send(caller: FormCaller, call: Call) -> FormReply:
    try:
        reply = (await caller.call(call)).payload
    except (AnswerLost, BadAnswer) as problem:
        return FormReply(Reception.LOST, str(problem))
    assert isinstance(reply, FormReply)  # noqa: S101 - a form's answer has no other payload
    return reply


def _result(deed: Deed[S], reply: FormReply, *, holds: bool) -> Written:
    if holds:
        return Written(WriteOutcome.DONE, texts.done(deed.wanted, _trouble(reply)), holds=True)
    if reply.reception is Reception.REFUSED:
        text = texts.refused(reply.text, deed.unwanted)
        return Written(WriteOutcome.REFUSED, text, holds=False)
    trouble = _trouble(reply) or "the site took it without effect"
    return Written(WriteOutcome.UNKNOWN, texts.unknown(trouble, deed.unwanted), holds=False)


def _trouble(reply: FormReply) -> str:
    match reply.reception:
        case Reception.ACCEPTED:
            return ""
        case Reception.LOST:
            return f"its answer was lost ({reply.text.rstrip('.')})"
        case Reception.OLD_KEY:
            return "the site doesn't take the account's key"
        case _:
            return f"the site answers “{reply.text}”"
