"""
Makes a change by a form: reads the state, sends the form once if necessary, reads the state again.

The outcome is what was read, never what the answer to the form claims: a redirect proves nothing,
and an error without a text may follow a success. A lost answer or a form without visible effect is
no reason to send it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from gazelled.errors import TrackerError
from gazelled.model import Answer, Call, Lane, Params
from gazelled.tracker.forms import texts
from gazelled.tracker.forms.form import AnswerLost, FormReply, Reception

S = TypeVar("S")


class WriteOutcome(StrEnum):
    """The outcome of a change, by what was read before and after it."""

    DONE = "done"
    """The change is in effect now, and was not before."""
    ALREADY = "already"
    """It was in effect already, and nothing was sent."""
    REFUSED = "refused"
    """The site refused it, and it is not in effect."""
    UNKNOWN = "unknown"
    """It was sent, and it is not in effect, or that could not be read."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """
    The result of a change.

    Attributes:
        text: Outcome and state as sentences, with the site's own text if it refused.
        in_effect: Whether it is in effect now; None if that could not be read.

    """

    outcome: WriteOutcome
    text: str
    in_effect: bool | None


@dataclass(frozen=True, slots=True)
class FormChange(Generic[S]):
    """
    A change and how it is verified.

    Attributes:
        form: The name of the form.
        params: Its fields, or a function that makes them from the state before.
        read_state: Reads the state from the tracker.
        in_effect: Decides whether it is in effect, from the states before and now.
        wanted: The clause that it is in effect, without a capital and a full stop.
        unwanted: The clause that it is not.

    """

    form: str
    params: Params | Callable[[S], Params]
    read_state: Callable[[], Awaitable[S]]
    in_effect: Callable[[S, S], bool]
    wanted: str
    unwanted: str


class FormCaller(Protocol):
    """What sends calls: a dispatcher."""

    async def call(self, call: Call) -> Answer:
        """Send a request to the tracker and return its answer."""


_CHANGING: WeakKeyDictionary[FormCaller, asyncio.Lock] = WeakKeyDictionary()


def one_change(caller: FormCaller) -> asyncio.Lock:
    """
    Return the lock that lets an account make one change at a time.

    Two at once would both read the state before: a form that toggles would be sent twice, and the
    message of one could be taken for that of the other.
    """
    return _CHANGING.setdefault(caller, asyncio.Lock())


async def carry_out(caller: FormCaller, change: FormChange[S]) -> WriteResult:
    """
    Make a change and return its result; the caller holds the lock of `one_change`.

    Raises:
        TrackerError: If nothing was sent; its class says what to do.

    """
    before = await change.read_state()
    if change.in_effect(before, before):
        return WriteResult(WriteOutcome.ALREADY, texts.already(change.wanted), in_effect=True)
    params = change.params(before) if callable(change.params) else change.params
    call = Call(change.form, params, Lane.PERSON, writes=True, form=True)
    reply = await _send(caller, call)
    if reply.reception is Reception.OLD_KEY and not change.in_effect(
        before, await change.read_state()
    ):
        reply = await _send(caller, call)
    try:
        in_effect = change.in_effect(before, await change.read_state())
    except TrackerError as problem:
        text = texts.unread(_trouble(reply) or "the site took it", str(problem))
        return WriteResult(WriteOutcome.UNKNOWN, text, in_effect=None)
    return _result(change, reply, in_effect=in_effect)


async def _send(caller: FormCaller, call: Call) -> FormReply:
    try:
        reply = (await caller.call(call)).payload
    except AnswerLost as problem:
        return FormReply(Reception.LOST, str(problem))
    assert isinstance(reply, FormReply)  # noqa: S101 - a form's answer has no other payload
    return reply


def _result(change: FormChange[S], reply: FormReply, *, in_effect: bool) -> WriteResult:
    if in_effect:
        return WriteResult(
            WriteOutcome.DONE, texts.done(change.wanted, _trouble(reply)), in_effect=True
        )
    if reply.reception is Reception.REFUSED:
        text = texts.refused(reply.text, change.unwanted)
        return WriteResult(WriteOutcome.REFUSED, text, in_effect=False)
    trouble = _trouble(reply) or "the site took it without effect"
    return WriteResult(
        WriteOutcome.UNKNOWN, texts.unknown(trouble, change.unwanted), in_effect=False
    )


def _trouble(reply: FormReply) -> str:
    match reply.reception:
        case Reception.ACCEPTED:
            return ""
        case Reception.LOST:
            return f"the answer was lost ({reply.text.rstrip('.')})"
        case Reception.ODD:
            return f"the site {reply.text}"
        case Reception.OLD_KEY:
            return "the site doesn't take the account's key"
        case _:
            return f"the site answers “{reply.text}”"
