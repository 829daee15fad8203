"""A command: `gazelled x total-size yeast` adds up the sizes of what a search finds."""

from __future__ import annotations

import click
from gazelled.plugin import PluginContext, RegisterCommand, hookimpl, human_size


@click.command("total-size")
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
async def total_size(context: PluginContext, words: tuple[str, ...]) -> None:
    """Add up the sizes of the data sets on the first page of a search for WORDS."""
    answer = await context.tracker.call("browse", searchstr=" ".join(words))
    groups = answer.payload["results"]
    sizes = [torrent["size"] for group in groups for torrent in group.get("torrents", ())]
    click.echo(f"{len(sizes)} torrents, {human_size(sum(sizes))}")


@hookimpl
def gazelled_commands(register: RegisterCommand) -> None:
    """Contribute the command."""
    register(total_size)
