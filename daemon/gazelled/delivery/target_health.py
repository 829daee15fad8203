"""The state of a target, and which changes of it are worth a notice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from gazelled.delivery import retry
from gazelled.model import Delivery


@dataclass(frozen=True, slots=True)
class TargetChange:
    """
    A target fails, is back, or lost a delivery.

    It can be reported twice when the daemon dies meanwhile; `target`, `since` and what happened
    make a key for it.

    Attributes:
        failing: Whether three tries in a row failed.
        error: What it said last.
        since: When the first of these tries failed.
        given_up: The delivery that is given up now: the first since then; later ones are silent.
        lost: How many have been given up since then.
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


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """
    A row of failed tries at a target since the first of them; a target that works has none.

    Attributes:
        lost: How many deliveries were given up meanwhile.
        told: Whether the failure of the target was reported.
        kills: How often in a row the process was killed while a delivery was under way here.
        killed_at: When that was noticed last.

    """

    since: datetime
    error: str = ""
    failures: int = 0
    lost: int = 0
    told: bool = False
    kills: int = 0
    killed_at: datetime | None = None

    @property
    def rests(self) -> bool:
        """Whether nothing is tried here until a person says so."""
        return self.kills >= retry.KILLS_OF_TARGET

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
        for name in ("since", "killed_at")
        if data.get(name)  # an earlier release knows no kills
    }
    return TargetHealth(**data | times)
