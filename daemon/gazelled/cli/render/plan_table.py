"""The plan as a table and as data."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf

from gazelled.cli import output
from gazelled.planning.plan import (
    Plan,
    Planned,
    Progress,
    figures,
    freshness,
    name_watches,
    plugin_figures,
)


def print_plan(plan: Plan) -> None:
    """Print the plan as a table and a line of figures."""
    now = output.now()
    output.table(
        plan.planned,
        {
            "WATCH": lambda group: ", ".join(group.watches),
            "ASKS": lambda group: group.asks,
            "NEXT": lambda group: (
                "now" if group.next and group.next <= now else output.moment(group.next, now)
            ),
            "REQUESTS": lambda group: group.cost,
            "AN HOUR": lambda group: _figure(group.load),
            "SHARE": lambda group: percent(plan.part(group)),
            "FRESH WITHIN": lambda group: freshness(group.fresh),
            "REALLY": lambda group: freshness(group.really),
        },
    )
    output.line(figures(plan))
    for line in plugin_figures(plan):
        output.line(line)
    for group in plan.planned:
        if group.progress:
            output.line(f"{name_watches(group.watches)}: {progress_text(group.progress)}")


def progress_text(progress: Progress) -> str:
    """Return the progress of the search for your uploads, and when it will be complete."""
    by = output.moment(progress.complete_by, output.now())
    return progress.figures + (f", all by about {by}" if by else "")


def plan_data(plan: Plan) -> Mapping[str, object]:
    """Return the plan as data."""
    return {
        "watches": [planned_data(plan, group) for group in plan.planned],
        "requests_per_hour": plan.per_hour,
        "allowed_per_hour": _finite(plan.allowed),
        "limit_per_hour": _finite(plan.limit),
        "share": plan.share,
        "plugins": [
            {"name": name, "share": share, "allowed_per_hour": _finite(plan.of_plugin(name))}
            for name, share in plan.plugins.items()
        ],
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
    """Return the progress of the search for your uploads as data."""
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
