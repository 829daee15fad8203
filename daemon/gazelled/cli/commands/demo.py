"""`gazelled demo`."""

from __future__ import annotations

import click

from gazelled.cli.options import Duration
from gazelled.demo import main


@click.command()
@click.option("--for", "seconds", type=Duration(), help="End by itself after a while, like 30s.")
def demo(seconds: float | None) -> int:
    """Show gazelled at work on a simulated tracker; nothing leaves this machine."""
    return main(seconds)
