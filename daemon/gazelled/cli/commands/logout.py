"""`gazelled logout`: end the session at the site."""

from __future__ import annotations

import click

from gazelled.cli.commands.do import send_change
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.service.control.protocol import DoRequest


@click.command(cls=DataCommand)
@click.pass_obj
def logout(settings: Settings) -> ExitCode:
    """
    End the session at the site, and delete its cookies.

    It never logs in to log out. The next request logs in again if the config has a user name and
    a password. Cookies of a browser are invalid afterwards and must be exported again. A token has
    no session.
    """
    return send_change(settings, DoRequest("logout"))
