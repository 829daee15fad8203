"""What `gazelled doctor` finds of torrent clients: their versions, and the space that they have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gazelled.plugin import CheckFinding, GiveUp, PluginContext, RetryLater
from gazelled_plugins.torrents.handover import connect, examine
from gazelled_plugins.torrents.options import Options
from gazelled_plugins.torrents.session import Session

TIMEOUT = 20.0
"""Seconds that a client may take; the doctor doesn't wait for ever."""


async def check_clients(context: PluginContext) -> Sequence[CheckFinding]:
    """Examine the clients of all targets, at the same time."""
    targets = {
        name: options for name, options in context.targets.items() if isinstance(options, Options)
    }
    return await asyncio.gather(*(_check_client(*target) for target in targets.items()))


async def _check_client(name: str, options: Options) -> CheckFinding:
    session = Session(lambda: connect(options, TIMEOUT), TIMEOUT)
    try:
        return CheckFinding(await asyncio.to_thread(examine, session, options))
    except (RetryLater, GiveUp) as error:
        return CheckFinding(f"{name}: {error}", "bad")
    finally:
        await asyncio.to_thread(session.close)
