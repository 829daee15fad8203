"""`gazelled watch pause` and `resume`: stop a watch for a while, without a change of the config."""

from __future__ import annotations

import click

from gazelled.cli import completers, output
from gazelled.cli.client import ask, show
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.service.control.requests.watch_requests import WatchPauseRequest, WatchResumeRequest

_name = click.argument("name", shell_complete=completers.watches)


@click.command("pause", cls=DataCommand)
@_name
@click.pass_obj
def pause_watch(settings: Settings, name: str) -> None:
    """Send no requests for a watch until it is resumed, over restarts too."""
    reply = ask(settings, WatchPauseRequest(name))
    text = f"{name} is paused." if reply.changed else f"{name} was paused already."
    show(settings, reply, lambda _: output.message(f"{text} Next: gazelled watch resume {name}"))


@click.command("resume", cls=DataCommand)
@_name
@click.pass_obj
def resume_watch(settings: Settings, name: str) -> None:
    """Resume a paused watch; what appeared meanwhile is found at once."""
    reply = ask(settings, WatchResumeRequest(name))
    text = f"{name} is resumed." if reply.changed else f"{name} was not paused."
    show(settings, reply, lambda _: output.message(text))
