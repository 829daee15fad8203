"""`gazelled resume`: go on, whatever stopped gazelled."""

from __future__ import annotations

import click

from gazelled.cli import output
from gazelled.cli.client import ask, ask_daemon, show
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.service.control.protocol import ResumeReply, ResumeRequest


@click.command(cls=DataCommand)
@click.pass_obj
def resume(settings: Settings) -> None:
    """Ask the tracker again, whatever stopped gazelled, and send the messages that rest."""
    reply = ask_daemon(settings, ResumeRequest())
    runs = reply is not None
    show(settings, reply or ask(settings, ResumeRequest()), lambda each: _print(each, runs=runs))


def _print(reply: ResumeReply, *, runs: bool) -> None:
    if reply.resumed:
        output.message(f"Asking again. It had stopped because: {reply.resumed}")
        if runs:
            output.message("To apply a change of the config or of a secret, restart gazelled.")
    elif not reply.due and not reply.rested:
        output.message("Nothing had stopped.")
    if reply.due:
        output.message(f"Due at once: {', '.join(reply.due)}")
    if reply.rested:
        output.message(f"Messages that rested and are tried again: {reply.rested}.")
