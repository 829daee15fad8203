"""`gazelled resume` and `gazelled stop`."""

from __future__ import annotations

import asyncio

import click

from gazelled.cli import output
from gazelled.cli.client import Line, daemon_says, only, says, set_up_logs
from gazelled.cli.settings import Settings, with_json
from gazelled.errors import TrackerUnavailable
from gazelled.service.control.server import NobodyThereError

STOPS_WITHIN = 45.0
_PAUSE = 0.2


@click.command()
@with_json
@click.pass_obj
def resume(settings: Settings) -> None:
    """Ask the tracker again, whatever stopped gazelled, and send the messages that rest."""
    set_up_logs(settings)
    said, runs = asyncio.run(_resume(settings))
    if settings.as_json:
        output.as_json(said)
        return
    due, rested = said.get("due"), said.get("rested")
    watches = ", ".join(map(str, due)) if isinstance(due, list) else ""
    if said["resumed"]:
        output.words(f"Asking again. It had stopped because: {said['resumed']}")
        if runs:
            output.words("Changed the config or a secret? It is read at a start: restart gazelled.")
    elif not watches and not rested:
        output.words("Nothing had stopped.")
    if watches:
        output.words(f"Due at once: {watches}")
    if rested:
        output.words(f"Messages that rested and are tried again: {rested}.")


@click.command()
@with_json
@click.pass_obj
def stop(settings: Settings) -> None:
    """End the daemon, and wait until it has ended."""
    set_up_logs(settings)
    stopped = asyncio.run(_stop(settings))
    if settings.as_json:
        output.as_json({"stopped": stopped})
    else:
        output.words("Stopped." if stopped else "No gazelled is running.")


async def _resume(settings: Settings) -> tuple[Line, bool]:
    """Tell what is said, and whether a daemon said it."""
    try:
        return await only(daemon_says(settings, "resume", {})), True
    except NobodyThereError:
        return await only(says(settings, "resume", {})), False


async def _stop(settings: Settings) -> bool:
    try:
        said = await only(daemon_says(settings, "status", {}))
    except NobodyThereError:
        return False
    if not said["running"]:
        return False
    try:
        await only(daemon_says(settings, "stop", {}))
        async with asyncio.timeout(STOPS_WITHIN):
            while True:
                await asyncio.sleep(_PAUSE)
                await only(daemon_says(settings, "status", {}))
    except (NobodyThereError, TrackerUnavailable):
        return True
    except TimeoutError:
        raise TrackerUnavailable(
            "gazelled was told to stop and hasn't yet; look again later"
        ) from None
