"""How a target is, and what is worth telling of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from gazelled.model import Delivery


@dataclass(frozen=True, slots=True)
class TargetChange:
    """
    A target fails, is back, or lost a delivery.

    It can be told twice when the daemon dies meanwhile; `target`, `since` and what happened make
    a key for it.

    Attributes:
        target: The name of the target.
        failing: Whether it fails (three tries in a row did).
        error: What it said last.
        since: When the first of these tries failed.
        given_up: The delivery that is given up now: the first since then; later ones aren't told.
        lost: How many have been given up since then.

    """

    target: str
    failing: bool
    error: str
    since: datetime
    given_up: Delivery | None = None
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """
    A row of failed tries at a target; a target that works has none.

    Attributes:
        since: When the first of them failed.
        error: What the last one said.
        failures: How many there were.
        lost: How many deliveries were given up meanwhile.
        told: Whether it was told that the target fails.

    """

    since: datetime
    error: str = ""
    failures: int = 0
    lost: int = 0
    told: bool = False


def dump(healths: Mapping[str, Health]) -> str | None:
    """Write the health of targets as JSON; None when all work."""
    if not healths:
        return None
    return json.dumps(
        {
            target: asdict(health) | {"since": health.since.isoformat()}
            for target, health in healths.items()
        }
    )


def load(text: str | None) -> dict[str, Health]:
    """Read what `dump` wrote."""
    return {
        target: Health(**data | {"since": datetime.fromisoformat(data["since"])})
        for target, data in json.loads(text or "{}").items()
    }
