"""`gazelled version`: the version, and what a bug report needs."""

from __future__ import annotations

import click

from gazelled import __version__
from gazelled.cli import output
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings


@click.command(cls=DataCommand)
@click.option("--verbose", "-v", is_flag=True, help="Print all that a bug report needs.")
@click.pass_obj
def version(settings: Settings, *, verbose: bool) -> None:
    """
    Print the version.

    With --verbose also those of Python, libraries, systemd, plugins and the daemon that runs, and
    where config and state are.
    """
    if verbose:
        from gazelled.cli.support import version_facts  # noqa: PLC0415 - the version alone is quick

        facts = version_facts.version_facts(settings)
        if settings.as_json:
            output.as_json(facts)
        else:
            for line in version_facts.lines_of(facts):
                output.line(settings.redactor.scrub(line))
    elif settings.as_json:
        output.as_json({"gazelled": __version__})
    else:
        output.line(f"gazelled {__version__}")
