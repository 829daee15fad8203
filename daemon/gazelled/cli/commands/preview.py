"""`gazelled preview`: a message as a target would send it, without sending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gazelled.cli import completers, output
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.model import EventKind

if TYPE_CHECKING:
    from gazelled.service.control.event_replies import PreviewReply


@click.command(cls=DataCommand)
@click.argument("watch", shell_complete=completers.watches)
@click.argument("target", shell_complete=completers.targets)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in EventKind]),
    help="Show a message of this kind.",
)
@click.option("--item", metavar="ID", default="", help="Show a message about this item.")
@click.option("--sample", is_flag=True, help="Show a sample, even if an event is stored.")
@click.pass_obj
def preview(
    settings: Settings, watch: str, target: str, *, kind: str | None, item: str, sample: bool
) -> None:
    """
    Show a message of WATCH as TARGET would send it, without sending anything.

    It is about the last event of WATCH, else about the last stored item that matches, else a
    sample. Neither the tracker nor the target is contacted.
    """
    from gazelled.cli.client import ask, show  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.protocol import PreviewRequest  # noqa: PLC0415 - likewise

    if sample and item:
        raise click.UsageError("a sample is about no stored item; use --sample or --item")
    reply = ask(settings, PreviewRequest(watch, target, kind or "", item, sample))
    if not reply.routed:
        output.message(f"{watch} sends nothing to {target}; if it did:")
    show(settings, reply, _print)


def _print(reply: PreviewReply) -> None:
    what = "a sample" if reply.sample else f"{reply.event}, found {output.moment(reply.at)}"
    output.message(f"{reply.target} ({reply.plugin}), {reply.kind}: {what}. Nothing is sent.")
    output.line(reply.text)
