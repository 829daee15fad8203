"""`gazelled why`: why an item was reported, or why it wasn't."""

from __future__ import annotations

import click

from gazelled.cli import completers
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings


@click.command(cls=DataCommand)
@click.argument("item")
@click.argument("watch", required=False, default="", shell_complete=completers.watches)
@click.pass_obj
def why(settings: Settings, item: str, watch: str) -> ExitCode:
    """
    Explain why an item was reported, or why it wasn't, without a request to the tracker.

    ITEM is the key of an event, as messages show it: the decision of that time is explained. Or it
    is the number of an item, or the address of its page: each watch that saw the item evaluates it
    again, by its rule at that time. Name a WATCH to see only that one.
    """
    from gazelled.cli.client import ask, show  # noqa: PLC0415 - completion needs none
    from gazelled.cli.render.explanations import print_explanation  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import WhyRequest  # noqa: PLC0415 - likewise

    explanation = ask(settings, WhyRequest(item, watch)).why
    show(settings, explanation, print_explanation)
    return ExitCode.OK if explanation.seen else ExitCode.FAILED
