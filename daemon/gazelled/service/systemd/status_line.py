"""What `systemctl status` shows of the daemon in one line, renewed when something has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gazelled.errors import GazelledError
from gazelled.service.monitoring.health_problem import HealthReport
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.service.web.live.changes import TIME, Changes
from gazelled.text import shortened

_LONGEST = 200
_REPORTED_WITHIN = 5.0
_QUIET_BEATS = 10
"""So many times nothing but time may have passed before the state is read again: 15 minutes."""


async def keep_status_line(
    notifier: Notifier,
    changes: Changes,
    summary: Callable[[], str],
    report: Callable[[], Awaitable[HealthReport]],
) -> None:
    """
    Show the service manager how everything is, now and after each change, until cancelled.

    Args:
        notifier: Speaks to the service manager; if nobody listens, nothing is worked out.
        changes: Where changes are announced.
        summary: Returns how the tracker is and what comes next, without secrets.
        report: Returns what is wrong.

    """
    if not notifier.is_heard:
        return
    shown = ""
    with changes.followed() as follower:
        while True:
            head = summary()
            line = "; ".join([head, *await _problems(report, head)])
            if line != shown:
                notifier.status(line)
                shown = line
            beats = 0
            while await follower.next() == [TIME] and summary() == head and beats < _QUIET_BEATS:
                beats += 1  # reading the state wakes two threads for each table


async def _problems(report: Callable[[], Awaitable[HealthReport]], head: str) -> list[str]:
    """Return the first problem that the summary doesn't name, and how many more there are."""
    try:
        async with asyncio.timeout(_REPORTED_WITHIN):
            problems = (await report()).problems
    except (GazelledError, TimeoutError):
        return []  # the state can't be read now, which the summary says where it matters
    others = [
        problem for problem in problems if problem.subject != "tracker" and problem.text not in head
    ]
    if not others:
        return []
    more = f" (and {len(others) - 1} more: gazelled status)" if len(others) > 1 else ""
    return [f"{others[0].subject}: {shortened(others[0].text, _LONGEST)}{more}"]
