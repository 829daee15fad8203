"""What to slow down or merge when the watches ask more than they may, and what that would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gazelled.planning.plan import Plan, figures, name_watches, number
from gazelled.planning.sharing import same_request, sharing_uploads
from gazelled.planning.slowing import slowing
from gazelled.watches.watch import Watch

_MUCH = 0.3


def advice(plan: Plan, watches: Mapping[str, Watch]) -> str:
    """Return advice on watches that exceed their share."""
    ways = [
        *slowing(plan, watches),
        *sharing_uploads(plan, watches),
        *same_request(plan, watches),
        *_narrowing(plan),
        "raise share in [tracker]",
    ]
    return f"all watches together need {figures(plan)}; {'; or '.join(ways)}"


def _narrowing(plan: Plan) -> Iterator[str]:
    """Return whose details are requested most, if that is what costs."""
    costly = max(plan.planned, key=lambda each: each.per_hour * (each.details or 0), default=None)
    details = costly.per_hour * (costly.details or 0) if costly else 0
    if costly and details > plan.allowed * _MUCH:
        yield (
            f"restrict {name_watches(costly.watches)} by more fields that the list itself has: "
            f"{number(details)} requests an hour are for details"
        )
