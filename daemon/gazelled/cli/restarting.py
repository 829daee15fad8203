"""Says how a daemon that runs learns of a change: it reads its config at a start."""

from __future__ import annotations

import asyncio

from gazelled.cli import output
from gazelled.cli.client import daemon_says, only
from gazelled.cli.settings import SYSTEM_CONFIG, Settings
from gazelled.errors import GazelledError


def say_restart(settings: Settings) -> None:
    """Say what makes a change count, if a daemon runs."""
    try:
        running = asyncio.run(only(daemon_says(settings, "status", {}))).get("running")
    except GazelledError:
        running = False
    if not running:
        output.words("Next: gazelled run")
    elif settings.config_file == SYSTEM_CONFIG:
        output.words("It counts from the next start: systemctl restart gazelled")
    else:
        output.words(
            "It counts from the next start: gazelled stop, then gazelled run; or "
            "systemctl --user restart gazelled"
        )
