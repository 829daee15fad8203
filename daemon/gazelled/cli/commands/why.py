"""`gazelled why`: why an item was reported or wasn't."""

from __future__ import annotations

import click

from gazelled.cli import completion
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings


@click.command(cls=DataCommand)
@click.argument("item")
@click.argument("watch", required=False, default="", shell_complete=completion.watches)
@click.pass_obj
def why(settings: Settings, item: str, watch: str) -> ExitCode:
    """
    Explain why an item was reported, or why it wasn't, without asking the tracker.

    ITEM is the key of an event as messages show it, which is explained as it was then; or a
    number or the address of a page: then each watch whose source saw that item decides again, by
    the rule of then, or only WATCH.
    """
    from gazelled.cli.client import ask, show  # noqa: PLC0415 - completion needs none
    from gazelled.cli.render.explanations import print_explanation  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import WhyRequest  # noqa: PLC0415 - likewise

    explanation = ask(settings, WhyRequest(item, watch)).why
    show(settings, explanation, print_explanation)
    return ExitCode.OK if explanation.seen else ExitCode.FAILED
