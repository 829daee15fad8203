"""Answers that differ from their models: each way of differing is told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:  # the models are loaded by those who decode
    from gazelled.tracker.decoding.reading import Drift

log = structlog.stdlib.get_logger(__name__)


class Drifts:
    """
    Knows what has been told.

    Args:
        tell: Told the name of an action and how its answers differ, once for each way.

    """

    def __init__(self, tell: Callable[[str, Sequence[Drift]], None] = lambda *_: None) -> None:
        self._tell = tell
        self._told: set[tuple[str, frozenset[tuple[str, str]]]] = set()

    def note(self, action: str, drift: Sequence[Drift]) -> None:
        """
        Note how an answer differs from its model.

        Args:
            action: Its action.
            drift: The differences; nothing is told when there are none.

        """
        way = (action, frozenset((each.kind, each.path) for each in drift))
        if not drift or way in self._told:
            return
        self._told.add(way)
        log.warning("answer.drifted", action=action, drift=[str(each) for each in drift])
        self._tell(action, drift)
