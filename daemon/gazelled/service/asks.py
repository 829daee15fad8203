"""What plugins may ask of the tracker: to read, in their turn, without leaving a trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gazelled.errors import Refused
from gazelled.hooks.freeze import frozen
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.account import composing
from gazelled.tracker.actions import ACTIONS
from gazelled.tracker.catalogue import encode
from gazelled.tracker.cautions import consequence
from gazelled.wording import meant


class ReadOnly:
    """
    Asks for a plugin, in the lane of watches.

    Args:
        ask: The way to the tracker.

    """

    def __init__(self, ask: Callable[[Call], Awaitable[Answer]]) -> None:
        self._ask = composing(ask)

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Ask the tracker; an answer that several wait for is asked for once.

        Args:
            action: The name of an action.
            params: Its parameters.

        Raises:
            Refused: If there is no such action, its parameters are wrong, or it changes something.
            TrackerError: If there is no answer.

        """
        known = ACTIONS.get(action)
        if known is None:
            raise Refused(f'there is no action "{action}"{meant(action, ACTIONS)}')
        try:
            encoded = known.gentle(encode(known, params))
        except ValueError as error:
            raise Refused("; ".join(error.args[0])) from None
        if known.state == "absent":
            raise Refused(f"{action} is documented, but as not implemented")
        if does := consequence(known, encoded):
            raise Refused(f"{does}, and a plugin only reads")
        return frozen(await self._ask(Call(action, encoded, Lane.WATCH, writes=known.post)))
