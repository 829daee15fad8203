"""`gazelled reload`: have the daemon read its config again."""

from __future__ import annotations

from functools import partial

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon, print_reload, show
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.service.control.protocol import ReloadRequest


@click.command(cls=DataCommand)
@click.pass_obj
def reload(settings: Settings) -> int:
    """
    Have the daemon read its config again, and use it at once.

    If anything is wrong with it, the errors are printed and everything goes on as before.
    """
    reply = ask_daemon(settings, ReloadRequest())
    if reply is None:
        output.message("gazelled is not running; its next start reads the config.")
        return ExitCode.NOT_RUNNING
    show(settings, reply, partial(print_reload, settings))
    return ExitCode.OK if reply.applied else ExitCode.INVALID
