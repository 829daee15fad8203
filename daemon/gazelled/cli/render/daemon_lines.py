"""What is shown of a daemon as a whole: since when it runs, with which config, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gazelled import __version__
from gazelled.cli import output
from gazelled.service.control.status_reply import StatusReply
from gazelled.service.systemd.service_state import ServiceState
from gazelled.service.systemd.sightings import Sighting
from gazelled.text import sentence


def print_daemon(status: StatusReply, now: datetime, restart: str) -> None:
    """
    Print what is wrong, then since when the daemon runs and with which config.

    Args:
        status: The reply of the daemon.
        now: The time of day.
        restart: How a person restarts it.

    """
    if status.version != __version__:
        output.line(
            f"The daemon is gazelled {status.version}, and this command {__version__}. "
            f"To use the new one: {restart}"
        )
    if status.state == "ok":
        output.line(output.well("All is well."))
    for problem in status.health.problems:
        since = f" since {output.moment(problem.since, now)}" if problem.since else ""
        advice = f" {sentence(problem.advice)}" if problem.advice else ""
        text = f"{problem.severity}: {problem.subject}{since}: {sentence(problem.text)}{advice}"
        output.line(output.bad(text) if problem.severity == "error" else output.late(text))
    process = f" as process {status.pid}" if status.pid else ""
    line = f"gazelled {status.version} runs{process} since {output.moment(status.started, now)}"
    if status.config:
        line += f", with {status.config.file} as it was {output.moment(status.config.read_at, now)}"
    output.line(line)


def print_sightings(seen: Iterable[Sighting], *, refused: bool = False) -> None:
    """Print which daemons run that were not asked; with `refused` the first is the one meant."""
    now = output.now()
    for number, sighting in enumerate(seen):
        is_meant = bool(sighting.unit) or (refused and not number)
        whose = f"user {sighting.user}" if sighting.user else ""
        process = f"process {sighting.pid}" if sighting.pid else ""
        who = " of ".join(filter(None, (process, whose)))
        since = f"since {output.moment(sighting.since, now)}" if sighting.since else ""
        facts = ", ".join(filter(None, (sighting.unit, who, since)))
        where = f" ({facts})" if facts else ""
        name = "gazelled" if is_meant else "Another gazelled"
        output.message(f"{name} is running{where}, and you may not ask it.")
        if sighting.summary:
            output.message(f"It last said: {sighting.summary}")
        output.message(f"To ask it: {sighting.advice}")


def print_ended_service(service: ServiceState) -> None:
    """Print that a service has failed, or will be started again, if it is so."""
    if text := ended_service(service):
        output.message(text)


def ended_service(service: ServiceState) -> str:
    """Return that a service has failed, or will be started again; empty if it is not so."""
    unit = service.unit.removesuffix(".service")
    journal = "journalctl --user" if service.command.endswith("--user") else "journalctl"
    if service.state == "failed":
        return (
            f"Its service {unit} has failed ({service.result}) and isn't started again. "
            f"To see why: {journal} -u {unit}"
        )
    if service.state == "activating":
        return (
            f"systemd starts its service {unit}, now or after a pause. "
            f"To see why it isn't there: {journal} -u {unit}"
        )
    return ""
