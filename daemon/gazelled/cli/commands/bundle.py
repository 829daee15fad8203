"""`gazelled bundle`: an archive for a bug report."""

from __future__ import annotations

from pathlib import Path

import click

from gazelled.cli import output
from gazelled.cli.options import DataCommand
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import Settings


@click.command(cls=DataCommand)
@click.option(
    "--to",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it, instead of the current folder.",
)
@click.option("--items", is_flag=True, help="Also the last events, with titles and names.")
@click.pass_obj
def bundle(settings: Settings, *, to: Path | None, items: bool) -> None:
    """
    Write an archive for a bug report: versions, config, what check finds, log, status, schema.

    Secrets, what people may read of you, home folders and the name of the machine are masked; items
    and messages are not in it. Look at it before you post it.
    """
    from gazelled.cli.support import support_archive  # noqa: PLC0415 - completion needs none

    file = (to or Path(f"gazelled-bundle-{output.now():%Y%m%d-%H%M%S}.tar.gz")).absolute()
    with ProgressLine(quiet=settings.quiet).shown("reading the state, the log and the config"):
        parts = support_archive.parts(settings, items=items)
    support_archive.write(file, parts)
    if settings.as_json:
        output.as_json({"file": str(file), "parts": [*parts]})
        return
    for name, text in parts.items():
        output.line(f"{name}: {len(text.splitlines()):,} lines")
    output.message(f"Written: {file}")
    output.message("Look at what is in it before you post it: tar xzf FILE")
