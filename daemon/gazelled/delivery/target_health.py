"""The state of a target, and which changes of it are worth a notice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from gazelled.delivery import retry
from gazelled.model import Delivery

KEY = "delivery.health"
"""Under it the store has what `dump` writes."""


@dataclass(frozen=True, slots=True)
class TargetChange:
    """
    A target fails, is back, or refused or lost a delivery.

    It can be reported twice when the daemon dies meanwhile; `target`, `since` and what happened
    make a key for it.

    Attributes:
        failing: Whether three tries in a row failed, or the target is at fault.
        error: What it said last.
        since: When the first of these tries failed.
        given_up: The delivery that is dead now: the first since then; later ones are silent.
        lost: How many are dead since then.
        refused: Whether that is since the target refused them for good.
        fault: Whether the target itself is at fault: its address, password, certificate.
        rests: The delivery that isn't tried any more after several kills of the process during it.
        all_rest: Whether nothing at all is tried at the target any more, for the same reason.

    """

    target: str
    failing: bool
    error: str
    since: datetime
    given_up: Delivery | None = None
    lost: int = 0
    rests: Delivery | None = None
    all_rest: bool = False
    refused: bool = False
    fault: bool = False


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """
    A row of failed tries at a target since the first of them; a target that works has none.

    Attributes:
        lost: How many deliveries died meanwhile.
        told: Whether the failure of the target was reported.
        kills: How often in a row the process was killed while a delivery was under way here.
        killed_at: When that was noticed last.
        fault: Whether the target itself was at fault at the last try.
        stepped: Whether a delivery stepped aside meanwhile.
        doubted: Whether others wait behind it, so that it is found out which of them is to blame:
            it, or the target.
        challenging: Whether the next try in doubt is that of the first in line, instead of the
            oldest.
        retry_at: Nothing is tried here before that; None for no pause.
        retry_from: When that pause began.

    """

    since: datetime
    error: str = ""
    failures: int = 0
    lost: int = 0
    told: bool = False
    kills: int = 0
    killed_at: datetime | None = None
    fault: bool = False
    stepped: bool = False
    doubted: bool = False
    challenging: bool = False
    retry_at: datetime | None = None
    retry_from: datetime | None = None

    @property
    def rests(self) -> bool:
        """Whether nothing is tried here until a person says so."""
        return self.kills >= retry.KILLS_OF_TARGET

    @property
    def probed(self) -> bool:
        """Whether one message at a time is tried here, since the target fails for everybody."""
        return self.fault or self.doubted

    def paused(self, now: datetime, seconds: float | None) -> Self:
        """Return it with nothing tried for so many seconds; None for no pause."""
        until = None if seconds is None else now + timedelta(seconds=seconds)
        return replace(self, retry_at=until, retry_from=None if until is None else now)

    def rebased(self, now: datetime) -> Self:
        """Return it with the pause that began in the future beginning now: the clock was wrong."""
        if self.retry_at is None or self.retry_from is None or self.retry_from <= now:
            return self
        return self.paused(now, (self.retry_at - self.retry_from).total_seconds())

    def failed(self, now: datetime, *, aside: bool, others: bool, after: float | None) -> Self:
        """
        Return it after a try that failed for a reason of the delivery's own, as far as is known.

        Once one stepped aside the target may be what fails. Then one round after the other tries
        the oldest delivery, and the first in line at once after it: whichever arrives decides
        whether the other was to blame.

        Args:
            now: The time.
            aside: Whether the delivery steps aside now, or did.
            others: Whether another one is in line.
            after: The seconds that the target asked for.

        """
        row = replace(self, failures=self.failures + 1, fault=False, stepped=self.stepped or aside)
        if not row.stepped:
            return row.paused(now, after)
        if others and aside and not (self.doubted and self.challenging):
            return replace(row, doubted=True, challenging=True).paused(now, after)
        if not self.doubted and aside:
            return row.paused(now, after)  # nobody waits behind it
        rounds = row.failures // 2 if self.doubted else 1
        row = replace(row, doubted=True, challenging=False)
        return row.paused(now, max(retry.pause_in_doubt(rounds), after or 0))

    def faulted(self, now: datetime, after: float | None) -> Self:
        """Return it after a try that failed since the target itself is at fault."""
        row = replace(self, failures=self.failures + 1, fault=True, doubted=False)
        return row.paused(now, retry.pause(row.failures, after))

    def reached(self) -> Self:
        """Return it without doubts and pauses: the target answered, or may."""
        return replace(self, fault=False, stepped=False, doubted=False, challenging=False).paused(
            self.since, None
        )

    def alone_from(self, now: datetime) -> datetime:
        """Return when the next try may be made here, after a kill."""
        since = min(self.killed_at or self.since, now)  # the wall clock may have been set back
        return since + timedelta(seconds=retry.pause_after_kill(self.kills))


def dump(healths: Mapping[str, TargetHealth]) -> str | None:
    """Write the health of targets as JSON; None when all work."""
    if not healths:
        return None
    return json.dumps(
        {target: asdict(health) for target, health in healths.items()},
        default=datetime.isoformat,
    )


def load(text: str | None) -> dict[str, TargetHealth]:
    """Read what `dump` wrote."""
    return {target: _health(data) for target, data in json.loads(text or "{}").items()}


def _health(data: dict[str, Any]) -> TargetHealth:
    times = {
        name: datetime.fromisoformat(data[name])
        for name in ("since", "killed_at", "retry_at", "retry_from")
        if data.get(name)  # an earlier release knows no kills
    }
    return TargetHealth(**data | times)
