"""`gazelled help`: the help of a command."""

from __future__ import annotations

import click

from gazelled.cli import output
from gazelled.cli.support.command_words import command_of


@click.command()
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help(ctx: click.Context, words: tuple[str, ...]) -> None:  # noqa: A001 - it is found by its name
    """
    Print the help of a command, as --help does.

    gazelled help watch add
    """
    command, context = command_of(ctx.find_root(), words)
    output.line(command.get_help(context))
