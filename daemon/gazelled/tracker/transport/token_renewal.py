"""
Another token of the account in use, in the place of the one before, while requests go on.

It is used once its lock is taken and the tracker has said whose it is. A request that is under way
ends with the token before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from gazelled.clock import Clock
from gazelled.errors import TrackerError
from gazelled.model import Call, Lane
from gazelled.tracker.answers.classification import Consequence, Verdict
from gazelled.tracker.answers.intake import INDEX
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.login.ownership import AccountTaken, StagedCredentials
from gazelled.tracker.transport.dispatcher import Dispatcher

CONFIRMED_WITHIN = 40.0
"""Seconds of the world that the tracker gets to say whose a token is: somebody waits for it."""

_DEADLINE = 20.0
_MOST_REQUESTS = 4
_LATER = "reload again later, or restart gazelled"
_ANOTHER = (
    "it belongs to another account, whose config and state must be its own; the token before stays "
    "in use"
)


def may_be_renewed(dispatcher: Dispatcher) -> bool:
    """Return whether this process has the account, and knows which it is."""
    ownership = dispatcher.session.ownership
    known = ownership is not None and ownership.number is not None
    return known and dispatcher.health.elsewhere is None


class TokenRenewal:
    """
    A token that is to take the place of the one in use.

    Attributes:
        problem: Why it can't; empty if it can.

    """

    def __init__(self, dispatcher: Dispatcher, auth: TokenAuth, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._auth = auth
        self._clock = clock
        self._staged: StagedCredentials | None = None
        self.problem = ""

    @asynccontextmanager
    async def confirmed(self) -> AsyncIterator[None]:
        """Take the lock of the token, and ask whose it is; a lock that isn't used is released."""
        try:
            self.problem = await self._examine()
            yield
        finally:
            if self._staged:
                self._staged.release()

    def use(self, credentials: str) -> None:
        """
        Use the token from now on.

        Args:
            credentials: A digest of the settings of the account, by which a stop is known.

        """
        session = self._dispatcher.session
        if session.ownership and self._staged:
            session.ownership.adopt(self._staged)
            self._staged = None
        self._dispatcher.session = session.by(self._auth)
        self._dispatcher.health.follow(credentials)

    async def keep(self) -> None:
        """Keep whose the token is, so that a start needn't ask."""
        if ownership := self._dispatcher.session.ownership:
            await ownership.remember()

    async def _examine(self) -> str:
        """Return why the token can't be used."""
        ownership = self._dispatcher.session.ownership
        if ownership is None or ownership.number is None:
            return f"which account is in use is not known yet, so it can't be compared; {_LATER}"
        try:
            self._staged = await ownership.stage(self._auth)
            async with asyncio.timeout(CONFIRMED_WITHIN):
                verdict = await self._asked()
        except AccountTaken as taken:
            return f"{taken.holder.peer} uses it already: stop that one first"
        except TrackerError as error:
            return _not_now(str(error))
        except TimeoutError:
            return _not_now(f"no answer came within {CONFIRMED_WITHIN:g} s")
        return _judged(verdict, ownership.number)

    async def _asked(self) -> Verdict:
        """Ask whose it is, within the limit."""
        if self._clock.world(self._dispatcher.wait()) > CONFIRMED_WITHIN:
            raise TimeoutError
        slots = self._dispatcher.slots(_MOST_REQUESTS)
        try:
            trial = self._dispatcher.session.by(self._auth, is_trial=True)
            call = Call(INDEX, lane=Lane.PERSON, deadline=_DEADLINE)
            return await self._dispatcher.look(trial, call, slots)
        finally:
            slots.close()


def _judged(verdict: Verdict, number: int) -> str:
    """Return why a token can't be used, by what `index` answered to it."""
    match verdict.consequence:
        case Consequence.OK if isinstance(verdict.payload, Mapping):
            return "" if verdict.payload.get("id") == number else _ANOTHER
        case Consequence.STOPPED | Consequence.REFUSED:
            return verdict.text
        case _:
            return _not_now(verdict.text)


def _not_now(why: str) -> str:
    return f"whose it is can't be found out now ({why.rstrip('.')}); {_LATER}"
