"""Whatever goes wrong unexpectedly makes a failed look, so that it is reported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gazelled.errors import BadAnswer
from gazelled.model import Answer, Call

LONGEST = 200


class RecordingAsker:
    """
    Asks, and keeps the last answer.

    Args:
        ask: Asks the tracker.

    Attributes:
        raw: The last answer as it came.

    """

    def __init__(self, ask: Callable[[Call], Awaitable[Answer]]) -> None:
        self._ask = ask
        self.raw = b""

    async def __call__(self, call: Call) -> Answer:
        """
        Ask the tracker.

        Raises:
            TrackerError: If there is no answer.

        """
        answer = await self._ask(call)
        self.raw = answer.raw
        return answer


def crashed(error: Exception, raw: bytes) -> BadAnswer:
    """
    Return what a crash means for its source: an answer that can't be processed.

    Args:
        error: What went wrong.
        raw: The answer that was being processed.

    """
    said = " ".join(str(error).split())
    said = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return BadAnswer(f"gazelled crashed while it processed the answer ({text}).", raw=raw)
