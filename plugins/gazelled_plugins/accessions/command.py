"""`gazelled x accessions`: find accession numbers in a text."""

from __future__ import annotations

import sys

import click

from gazelled_plugins.accessions.databases import accessions_in


@click.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
def accessions(texts: tuple[str, ...]) -> None:
    """Print the accession numbers in TEXT, or in standard input, with their pages."""
    text = "\n".join(texts) if texts else sys.stdin.read()
    numbers = [*accessions_in(text)]
    for accession in numbers:
        click.echo(f"{accession.number}\t{accession.database.name}\t{accession.url}")
    if not numbers:
        raise click.ClickException("there is no accession number in it")
