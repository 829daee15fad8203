"""`gazelled status --all`: every gazelled of this machine and this user, a line each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.owner import send_to_daemon
from gazelled.cli.render.daemon_lines import ended_service
from gazelled.cli.settings import Settings
from gazelled.cli.support.known_instances import of_the_system, of_this_user
from gazelled.containment import event_loop
from gazelled.errors import GazelledError, NotPermitted
from gazelled.service.control.codec import encode
from gazelled.service.control.offline import read_status
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.control.status_reply import StatusReply
from gazelled.service.systemd.service_state import service_state
from gazelled.service.systemd.sightings import sightings
from gazelled.service.systemd.unit_files import Unit

_CODES = {
    "stopped": ExitCode.ACTION_REQUIRED,
    "failed": ExitCode.NOT_RUNNING,
    "no reply": ExitCode.UNAVAILABLE,
    "failing": ExitCode.DEGRADED,
    "degraded": ExitCode.DEGRADED,
    "not running": ExitCode.NOT_RUNNING,
    "not permitted": ExitCode.NOT_PERMITTED,
}
"""The exit codes of states, the worst first."""


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """
    How one gazelled is.

    Attributes:
        instance: Its name; empty for the only one.
        whose: `system` or `user`.
        state: `ok`, or one of `_CODES`; `failed` if its service has, and isn't started again.
        pid: Its process; 0 if there is none, or it can't be seen.
        since: Since when it runs.
        config: Its config.
        summary: What it says of itself, or why it does not.

    """

    instance: str
    whose: str
    state: str
    pid: int
    since: datetime | None
    config: str
    summary: str


def status_all(settings: Settings, within: float) -> ExitCode:
    """Print how every gazelled is that has a config or a state; return the worst one's code."""
    rows = event_loop.run(_ask_all(settings, within))
    if settings.as_json:
        output.as_json([encode(row) for row in rows])
    else:
        _print(rows)
    states = {row.state for row in rows}
    return next((code for state, code in _CODES.items() if state in states), ExitCode.OK)


def _print(rows: Sequence[InstanceStatus]) -> None:
    now = output.now()
    if not rows:
        output.message("There is no gazelled here yet. Next: gazelled init")
    output.table(
        rows,
        {
            "INSTANCE": lambda row: row.instance or "-",
            "WHOSE": lambda row: row.whose,
            "STATE": lambda row: row.state,
            "SINCE": lambda row: output.moment(row.since, now),
            "PROCESS": lambda row: str(row.pid or ""),
            "CONFIG": lambda row: row.config,
            "SUMMARY": lambda row: row.summary,
        },
    )


async def _ask_all(settings: Settings, within: float) -> list[InstanceStatus]:
    asked = [
        *(_ask(one, "system", within) for one in of_the_system(settings)),
        *(_ask(one, "user", within) for one in of_this_user(settings)),
    ]
    return [*await asyncio.gather(*asked)]


async def _ask(settings: Settings, whose: str, within: float) -> InstanceStatus:
    replies: list[StatusReply] = []
    name, config = settings.instance, str(settings.config_file)
    try:
        await send_to_daemon(settings, StatusRequest(), replies.append, within)
    except NotPermitted:
        (seen, *_) = sightings(Unit(instance=name), settings.state_folder, refused=True)
        return InstanceStatus(
            name, whose, "not permitted", seen.pid, seen.since, config, seen.summary
        )
    except GazelledError as error:
        return InstanceStatus(name, whose, "no reply", 0, None, config, str(error))
    if not (replies and replies[-1].running):
        state, why = await asyncio.to_thread(_why_not, settings, whose)
        return InstanceStatus(name, whose, state, 0, None, config, why)
    reply = replies[-1]
    state = reply.state or "ok"
    return InstanceStatus(name, whose, state, reply.pid, reply.started, config, reply.summary)


def _why_not(settings: Settings, whose: str) -> tuple[str, str]:
    """Return the state of one that is not running, and why it isn't, as far as that is known."""
    service = service_state(Unit(of_user=whose == "user", instance=settings.instance))
    if service and (text := ended_service(service)):
        return "failed" if service.state == "failed" else "not running", text
    with suppress(GazelledError, OSError):  # another user's, say
        left = read_status(settings.state_folder, output.now(), settings.redactor.scrub)
        if left.stopped:
            return "not running", f"It stopped until you act: {left.stopped}"
    return "not running", ""
