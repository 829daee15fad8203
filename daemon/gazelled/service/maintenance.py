"""What the daemon does for its state by itself: old events go, and once a week a backup is made."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

import structlog

from gazelled.clock import Clock
from gazelled.errors import StateError
from gazelled.model import StreamId
from gazelled.store import Store
from gazelled.store.backup.copying import backups

log = structlog.stdlib.get_logger(__name__)

EVERY = timedelta(hours=6)
KEEP_EVENTS = timedelta(days=90)
BACK_UP_EVERY = timedelta(days=7)


async def maintain_forever(
    store: Store, clock: Clock, streams: Collection[StreamId], watches: Collection[str]
) -> None:
    """
    Look after the state a few times a day, until cancelled.

    Args:
        store: The state.
        clock: Time.
        streams: The sources that are configured.
        watches: The watches that are configured.

    """
    while True:
        await maintain(store, clock, streams, watches)
        await clock.sleep(EVERY.total_seconds())


async def maintain(
    store: Store, clock: Clock, streams: Collection[StreamId], watches: Collection[str]
) -> None:
    """
    Let go what is old, and make a backup unless there is one of this week.

    Args:
        store: The state.
        clock: Time.
        streams: The sources that are configured.
        watches: The watches that are configured.

    """
    now = clock.now()
    await store.mark_in_use(streams, watches, now)
    await store.prune(now - KEEP_EVENTS)
    found = await asyncio.to_thread(backups, store.path.parent)
    # One from the future is of a clock that was wrong.
    if any(timedelta() <= now - each.at < BACK_UP_EVERY for each in found):
        return
    try:
        made = await store.back_up(now)
    except StateError as error:  # the state itself can still be used
        log.error("state.backup_failed", reason=str(error))  # noqa: TRY400 - it is a sentence
    else:
        log.info("state.backed_up", file=str(made.file))
