"""The plan as a table and as data."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf

from gazelled.cli import output
from gazelled.planning.plan import Plan, Planned, Progress, figures, freshness, name_watches


def print_plan(plan: Plan) -> None:
    """Print the plan as a table and a line of figures."""
    now = output.now()
    output.table(
        plan.planned,
        {
            "WATCH": lambda each: ", ".join(each.watches),
            "ASKS": lambda each: each.asks,
            "NEXT": lambda each: (
                "now" if each.next and each.next <= now else output.moment(each.next, now)
            ),
            "REQUESTS": lambda each: each.cost,
            "AN HOUR": lambda each: _figure(each.load),
            "SHARE": lambda each: percent(plan.part(each)),
            "FRESH WITHIN": lambda each: freshness(each.fresh),
            "REALLY": lambda each: freshness(each.really),
        },
    )
    output.line(figures(plan))
    for each in plan.planned:
        if each.progress:
            output.line(f"{name_watches(each.watches)}: {progress_text(each.progress)}")


def progress_text(progress: Progress) -> str:
    """Return how far it is learnt who uploaded what, and when all is known."""
    by = output.moment(progress.complete_by, output.now())
    return progress.figures + (f", all by about {by}" if by else "")


def plan_data(plan: Plan) -> Mapping[str, object]:
    """Return the plan as data."""
    return {
        "watches": [planned_data(plan, each) for each in plan.planned],
        "requests_per_hour": plan.per_hour,
        "allowed_per_hour": _finite(plan.allowed),
        "limit_per_hour": _finite(plan.limit),
        "share": plan.share,
    }


def planned_data(plan: Plan, planned: Planned) -> Mapping[str, object]:
    """Return what is asked for some watches as data."""
    return {
        "names": list(planned.watches),
        "asks": planned.asks,
        "next": planned.next.isoformat(timespec="seconds") if planned.next else None,
        "requests_per_run": planned.requests,
        "details": planned.details is not None,
        "only_when_named": planned.named,
        "requests_per_hour": planned.load,
        "part_of_share": plan.part(planned),
        "fresh_within": planned.fresh,
        "really_within": _finite(planned.really),
        "progress": progress_data(planned.progress),
    }


def progress_data(progress: Progress | None) -> Mapping[str, object] | None:
    """Return how far it is learnt who uploaded what as data."""
    if progress is None:
        return None
    by = progress.complete_by
    return {
        "known": progress.known,
        "remaining": progress.remaining,
        "complete_by": by.isoformat(timespec="seconds") if by else None,
    }


def _figure(value: float) -> str:
    """Return a number with two significant places, and all before the point."""
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - two places


def percent(part: float) -> str:
    """Return a part of the share in percent."""
    return f"{_figure(part * 100)} %"


def _finite(value: float) -> float | None:
    return None if isinf(value) else value
