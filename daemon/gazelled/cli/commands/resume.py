"""`gazelled resume`: resume requests and deliveries that were stopped."""

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
    """Send requests to the tracker again after a stop, and retry paused messages."""
    reply = ask_daemon(settings, ResumeRequest())
    runs = reply is not None
    show(
        settings, reply or ask(settings, ResumeRequest()), lambda answer: _print(answer, runs=runs)
    )


def _print(reply: ResumeReply, *, runs: bool) -> None:
    if reply.resumed:
        output.message(f"Requests are sent again. They had stopped because: {reply.resumed}")
        if runs:
            output.message(
                "A new token, and other changes of the config, apply with gazelled reload; another "
                "log-in needs a restart."
            )
    elif not reply.due and not reply.rested:
        output.message("Nothing was stopped.")
    if reply.due:
        output.message(f"Due at once: {', '.join(reply.due)}")
    if reply.rested:
        output.message(f"Paused messages that are retried now: {reply.rested}.")
