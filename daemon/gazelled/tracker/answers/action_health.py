"""
Which actions fail while the tracker answers others, and what follows for them alone.

An action that can't be answered rests for pauses that grow; others go on. Only when actions that
share nothing at the site fail in a row is it the tracker's trouble, which is not decided on here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.key_values import KeyValues, load_json, save_json, stored_time

log = event_logger(__name__)

KNOWN_AFTER = 3
"""After how many failures in a row an action is known to fail, and people are notified."""

_KEY = "failing-actions"


def page_of(call: Call) -> str:
    """Return the page that answers a call: the action, or a part of it that fails by itself."""
    action = ACTIONS.get(call.action)
    return action.page(call.params) if action else call.action


def _shared_part(call: Call) -> str:
    """Return what fails together: an action with all its pages, or what several need."""
    action = ACTIONS.get(call.action)
    return (action.shares if action else "") or call.action


@dataclass(frozen=True, slots=True)
class FailingAction:
    """
    An action that can't be answered.

    Attributes:
        name: The action as a person types it, with what chooses its page.
        until: Until when it rests, by the monotonic clock.

    """

    name: str
    since: datetime
    text: str
    tries: int = 1
    until: float = 0.0

    @property
    def known(self) -> bool:
        """Whether it failed often enough to be no blip."""
        return self.tries >= KNOWN_AFTER


class ActionHealth:
    """
    Knows which actions fail.

    An action rests for `pauses`, in seconds, after each failure in a row. The callbacks are awaited
    once: when an action fails for good, and when that is over.
    """

    def __init__(
        self,
        clock: Clock,
        store: KeyValues,
        pauses: Sequence[float],
        *,
        on_fail: Callable[[FailingAction], Awaitable[None]],
        on_recover: Callable[[FailingAction], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._store = store
        self._pauses = pauses
        self._on_fail = on_fail
        self._on_recover = on_recover
        self._failing: dict[str, FailingAction] = {}
        self._in_a_row: set[str] = set()

    async def recall(self) -> None:
        """Load which actions were failing when the last owner ended; they are tried at once."""
        for failing in await load_json(self._store, _KEY, _read) or ():
            self._failing[failing.name] = failing
            await self._on_fail(failing)

    @property
    def failing(self) -> Sequence[FailingAction]:
        """The actions that are known to fail."""
        return [action for action in self._failing.values() if action.known]

    @property
    def resting(self) -> Sequence[FailingAction]:
        """The actions that rest, or are known to fail."""
        now = self._clock.monotonic()
        return [action for action in self._failing.values() if action.known or action.until > now]

    def of(self, call: Call) -> FailingAction | None:
        return self._failing.get(page_of(call))

    def held_for(self, call: Call) -> float:
        """Return the seconds for which the action of a call rests."""
        failing = self.of(call) if self._failing else None
        return max(failing.until - self._clock.monotonic(), 0.0) if failing else 0.0

    def count(self, call: Call) -> bool:
        """Count a failure; return whether actions that share nothing have failed in a row now."""
        self._in_a_row.add(_shared_part(call))
        return len(self._in_a_row) > 1

    async def failed(self, call: Call, text: str) -> FailingAction:
        """Let the action of a call rest: each time in a row longer."""
        name, now = page_of(call), self._clock.monotonic()
        before = self._failing.get(name) or FailingAction(name, self._clock.now(), text, 0)
        if before.until > now:  # a person tried: that doesn't make it wait longer
            self._failing[name] = replace(before, text=text)
            return self._failing[name]
        pause = self._pauses[min(before.tries, len(self._pauses) - 1)]
        failing = replace(before, text=text, tries=before.tries + 1, until=now + pause)
        self._failing[name] = failing
        log.info("action.failed", action=name, reason=text, tries=failing.tries, seconds=pause)
        if failing.known and not before.known:
            await self._keep()
            await self._on_fail(failing)
        return failing

    async def answered(self, call: Call) -> None:
        self._in_a_row.clear()
        failing = self._failing.pop(page_of(call), None) if self._failing else None
        if failing and failing.known:
            # People are notified first: after a kill in between they are once more, not never.
            await self._on_recover(failing)
            await self._keep()

    def release(self, *, forget: bool = False) -> None:
        """Let no action rest; `forget` those not known to fail by trouble of their own."""
        self._failing = {
            name: replace(action, until=0.0)
            for name, action in self._failing.items()
            if action.known or not forget
        }

    async def _keep(self) -> None:
        record = [
            {"name": action.name, "since": action.since, "text": action.text}
            for action in self.failing
        ]
        await save_json(self._store, _KEY, record)


def _read(stored: Any) -> list[FailingAction]:  # noqa: ANN401 - JSON
    return [
        FailingAction(row["name"], stored_time(row["since"]), row["text"], KNOWN_AFTER)
        for row in stored
    ]
