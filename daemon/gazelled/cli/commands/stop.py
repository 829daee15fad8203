"""`gazelled stop`: stop the daemon."""

from __future__ import annotations

import time

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import silent_owner
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import Settings
from gazelled.errors import TrackerUnavailable
from gazelled.service.control.patience import DaemonHeldUpError
from gazelled.service.control.protocol import StopRequest
from gazelled.service.lock import owner_pid

STOPS_WITHIN = 45.0
_PAUSE = 0.2


@click.command(cls=DataCommand)
@click.pass_obj
def stop(settings: Settings) -> None:
    """Stop the daemon, and wait until it has ended."""
    with ProgressLine(quiet=settings.quiet).shown(f"stopping, {STOPS_WITHIN:.0f} s at most"):
        stopped = _stop(settings)
    if settings.as_json:
        output.as_json({"stopped": stopped})
    else:
        output.message("Stopped." if stopped else "gazelled is not running.")


def _stop(settings: Settings) -> bool:
    """Return whether a daemon ran; a command that owns the state for a moment is none."""
    pids = {folder: owner_pid(folder) for folder in settings.daemon_folders}
    owners = {folder: pid for folder, pid in pids.items() if pid is not None}
    if not _is_stopping(settings):
        pid, silent = silent_owner(settings)
        if pid in owners.values():
            raise TrackerUnavailable(f"{silent} To stop it now: kill {pid}")
        return False
    deadline = time.monotonic() + STOPS_WITHIN
    # It stops listening before it releases the state, which is what the next command needs.
    while _is_stopping(settings) or any(owner_pid(folder) == pid for folder, pid in owners.items()):
        if time.monotonic() > deadline:
            raise TrackerUnavailable("gazelled is stopping, and still runs; try again later")
        time.sleep(_PAUSE)
    return True


def _is_stopping(settings: Settings) -> bool:
    """Stop the daemon; return False if there is none. Asking twice changes nothing."""
    try:
        reply = ask_daemon(settings, StopRequest())
    except DaemonHeldUpError:
        raise
    except TrackerUnavailable:  # it ended while it was asked
        return False
    return reply is not None and reply.stopping
