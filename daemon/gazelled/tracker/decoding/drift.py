"""Answers that differ from their models: each way of differing is reported once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gazelled.tracker.event_log import event_logger

if TYPE_CHECKING:  # the models are loaded by those who decode
    from gazelled.tracker.decoding.reading import Drift

log = event_logger(__name__)


class Drifts:
    """Reports how answers differ from their models, once for each way."""

    def __init__(self, tell: Callable[[str, Sequence[Drift]], None] = lambda *_: None) -> None:
        self._tell = tell
        self._told: set[tuple[str, frozenset[tuple[str, str]]]] = set()

    def note(self, action: str, drift: Sequence[Drift]) -> None:
        """Note how an answer differs from its model; nothing is reported when it doesn't."""
        way = (action, frozenset((part.kind, part.path) for part in drift))
        if not drift or way in self._told:
            return
        self._told.add(way)
        log.warning("answer.drifted", action=action, drift=[str(part) for part in drift])
        self._tell(action, drift)
