"""`gazelled status`: the state, from the daemon, or from what the last one stored."""

from __future__ import annotations

from dataclasses import replace

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon, show
from gazelled.cli.commands.status_all import status_all
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import config_errors, silent_owner
from gazelled.cli.render.daemon_lines import print_ended_service, print_sightings
from gazelled.cli.render.status_tables import print_offline_status, print_status
from gazelled.cli.settings import Settings
from gazelled.errors import NotPermitted, StateClosed, TrackerUnavailable
from gazelled.regular_file import is_regular
from gazelled.service.control.codec import encode
from gazelled.service.control.offline import read_status
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.control.status_reply import StatusReply
from gazelled.service.systemd.service_state import service_state
from gazelled.service.systemd.sightings import sightings
from gazelled.service.systemd.unit_files import Unit

WITHIN = 4.2
"""The seconds for a reply: with what a process needs to begin, a person waits for five at most."""


@click.command(cls=DataCommand)
@click.option(
    "--all", "everything", is_flag=True, help="Show all gazelled of this machine and you."
)
@click.pass_obj
def status(settings: Settings, *, everything: bool = False) -> int:
    """
    Show the state of the tracker, watches and targets.

    The exit code is 0 if all is well, 6 if nothing is sent until you act, 7 if something else is
    wrong, 8 if gazelled is not running, 9 if it is and you may not ask it.
    """
    if everything:
        return status_all(settings, WITHIN)
    refused = False
    try:
        reply = ask_daemon(settings, StatusRequest(), within=WITHIN)
    except StateClosed:  # which says who may look; no more can be seen
        raise
    except NotPermitted:
        reply, refused = None, True
    if reply and reply.running:
        restart = settings.how_to_restart
        show(settings, reply, lambda answer: print_status(answer, restart))
        return code_of(reply)
    if not refused and (silent := silent_owner(settings)[1]):
        raise TrackerUnavailable(silent)
    seen = sightings(Unit(instance=settings.instance), settings.system_state, refused=refused)
    if refused:
        show(settings, seen[0], lambda _: print_sightings(seen, refused=True))
        return ExitCode.NOT_PERMITTED
    if not settings.as_json:
        print_sightings(seen)
    _print_offline(settings)
    return ExitCode.NOT_RUNNING


def code_of(reply: StatusReply) -> ExitCode:
    """Return the exit code for how a daemon is."""
    if reply.state == "stopped" or reply.tracker.state == "stopped":
        return ExitCode.ACTION_REQUIRED
    return ExitCode.OK if reply.state in {"", "ok"} else ExitCode.DEGRADED


def _print_offline(settings: Settings) -> None:
    """Print what the last daemon left."""
    errors = config_errors(settings)  # an earlier release kept the tracker's words as they came
    left = read_status(settings.state_folder, output.now(), settings.redactor.scrub)
    left = replace(left, config=errors)
    if settings.as_json:
        output.as_json(encode(left))
        return
    start = settings.service_command("start")
    service = service_state(settings.unit) if start and settings.unit else None
    start = start or settings.typed("run")
    is_set_up = is_regular(settings.config_file)
    print_offline_status(left, start if is_set_up else f"{settings.typed('init')}, then {start}")
    if service:
        print_ended_service(service)
