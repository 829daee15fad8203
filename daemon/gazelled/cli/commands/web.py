"""`gazelled web`: the token of the page."""

from __future__ import annotations

import click

from gazelled.cli import output
from gazelled.cli.client import ask, show
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.service.control.requests.web_requests import (
    WebRevokeRequest,
    WebTokenReply,
    WebTokenRequest,
)


@click.group(cls=CommandGroup)
def web() -> None:
    """Make the token that opens the page, or end it."""


@web.command("token", cls=DataCommand)
@click.option("--revoke", is_flag=True, help="End the token, and log everybody out.")
@click.pass_obj
def web_token(settings: Settings, *, revoke: bool) -> None:
    """
    Make a new token and show it once, with a link that logs a browser in.

    The token before it ends, and whoever logged in with it is logged out.
    """
    if not revoke:
        show(settings, ask(settings, WebTokenRequest()), _print)
        return
    reply = ask(settings, WebRevokeRequest())
    text = "The token is revoked." if reply.revoked else "There was no token."
    show(settings, reply, lambda _: output.message(text))


def _print(reply: WebTokenReply) -> None:
    output.line(reply.link or reply.token)
    if not reply.link:
        output.message("Nothing listens: [web] listen is empty.")
    output.message("It is shown this once. For scripts: Authorization: Bearer TOKEN")
