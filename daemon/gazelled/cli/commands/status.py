"""`gazelled status`: the state, from the daemon, or from what the last one stored."""

from __future__ import annotations

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon, show
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import learn_secrets
from gazelled.cli.render.status_tables import print_offline_status, print_status
from gazelled.cli.settings import Settings
from gazelled.regular_file import is_regular
from gazelled.service.control.codec import encode
from gazelled.service.control.offline import read_status
from gazelled.service.control.protocol import StatusRequest


@click.command(cls=DataCommand)
@click.pass_obj
def status(settings: Settings) -> None:
    """Show the state of the tracker, watches and targets."""
    reply = ask_daemon(settings, StatusRequest())
    if reply and reply.running:
        show(settings, reply, print_status)
        return
    learn_secrets(settings)  # an earlier release kept the tracker's words as they came
    left = read_status(settings.state_folder, output.now(), settings.redactor.scrub)
    if settings.as_json:
        output.as_json(encode(left))
        return
    is_set_up = is_regular(settings.config_file)
    print_offline_status(left, "gazelled run" if is_set_up else "gazelled init, then gazelled run")
