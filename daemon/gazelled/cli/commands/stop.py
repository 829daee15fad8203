"""`gazelled stop`: stop the daemon."""

from __future__ import annotations

import time

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.errors import TrackerUnavailable
from gazelled.service.control.protocol import StopRequest

STOPS_WITHIN = 45.0
_PAUSE = 0.2


@click.command(cls=DataCommand)
@click.pass_obj
def stop(settings: Settings) -> None:
    """Stop the daemon, and wait until it has ended."""
    stopped = _stop(settings)
    if settings.as_json:
        output.as_json({"stopped": stopped})
    else:
        output.message("Stopped." if stopped else "gazelled is not running.")


def _stop(settings: Settings) -> bool:
    """Return whether a daemon ran; a command that owns the state for a moment is none."""
    if not _is_stopping(settings):
        return False
    deadline = time.monotonic() + STOPS_WITHIN
    while _is_stopping(settings):
        if time.monotonic() > deadline:
            raise TrackerUnavailable("gazelled is stopping, and still runs; try again later")
        time.sleep(_PAUSE)
    return True


def _is_stopping(settings: Settings) -> bool:
    """Stop the daemon; return False if there is none. Asking twice changes nothing."""
    try:
        reply = ask_daemon(settings, StopRequest())
    except TrackerUnavailable:  # it ended while it was asked
        return False
    return reply is not None and reply.stopping
