"""`gazelled stop`: end the daemon."""

from __future__ import annotations

import time

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.errors import TrackerUnavailable
from gazelled.service.control.protocol import StatusRequest, StopRequest

STOPS_WITHIN = 45.0
_PAUSE = 0.2


@click.command(cls=DataCommand)
@click.pass_obj
def stop(settings: Settings) -> None:
    """End the daemon, and wait until it has ended."""
    stopped = _stop(settings)
    if settings.as_json:
        output.as_json({"stopped": stopped})
    else:
        output.message("Stopped." if stopped else "No gazelled is running.")


def _stop(settings: Settings) -> bool:
    """Return whether a daemon ran; a command that owns the state for a moment is none."""
    status = ask_daemon(settings, StatusRequest())
    if status is None or not status.running:
        return False
    deadline = time.monotonic() + STOPS_WITHIN
    ask_daemon(settings, StopRequest())
    while _listens(settings):
        if time.monotonic() > deadline:
            raise TrackerUnavailable("gazelled is stopping, and still runs; try again later")
        time.sleep(_PAUSE)
    return True


def _listens(settings: Settings) -> bool:
    try:
        return ask_daemon(settings, StatusRequest()) is not None
    except TrackerUnavailable:  # it ended while it was asked
        return False
