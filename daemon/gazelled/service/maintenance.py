"""
What the daemon does for its state folder.

Renamed watches keep their state, old events go, backups come, unreadable answers are kept.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from pathlib import Path

import structlog

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.errors import BadAnswer, StateError
from gazelled.model import StreamId
from gazelled.redact import Redactor
from gazelled.regular_file import write_private
from gazelled.store import Store
from gazelled.store.backup.copying import backups
from gazelled.units import human_size

log = structlog.stdlib.get_logger(__name__)

EVERY = timedelta(hours=6)
KEEP_EVENTS = timedelta(days=90)
KEEP_DEAD_LETTERS = timedelta(days=30)
BACK_UP_EVERY = timedelta(days=1)
UNREADABLE = "broken"
"""The folder of answers that could not be read, for whoever looks for the cause."""
_LONGEST = 2**20


async def adopt_state(config: Config, store: Store) -> None:
    """
    Hand the state of a renamed watch to the one that has its rule now.

    A watch was renamed if it was configured until now and isn't any more, and just one that
    nothing is known of has the same rule. Where several could be meant, all of them begin anew.
    """
    gone = await store.watches.removed(config.watches.keys() | config.resting.keys())
    if not gone:
        return
    names = await store.watches.names()
    come = {name: watch.rule for name, watch in config.watches.items() if name not in names}
    often = Counter(gone.values()), Counter(come.values())
    old_names = {rule: name for name, rule in gone.items()}
    for name, rule in come.items():
        if all(counts[rule] == 1 for counts in often):
            await store.watches.rename(old_names[rule], name)
            log.info("watch.renamed", watch=name, before=old_names[rule])


async def maintain_forever(
    store: Store,
    clock: Clock,
    configured: Callable[[], tuple[Collection[StreamId], Collection[str]]],
    afterwards: Callable[[], Awaitable[None]],
) -> None:
    """Look after the state a few times a day, until cancelled; the config may change meanwhile."""
    while True:
        await maintain(store, clock, *configured())
        await afterwards()
        await clock.sleep(EVERY.total_seconds())


async def maintain(
    store: Store, clock: Clock, streams: Collection[StreamId], watches: Collection[str]
) -> None:
    """Let go what is old and not configured, and make a backup if the last is a day old."""
    now = clock.now()
    await store.mark_in_use(streams, watches, now)
    await store.outbox.end_removed(now)
    await store.deliveries.expire(now - KEEP_DEAD_LETTERS)
    await store.prune(now - KEEP_EVENTS)
    existing = await asyncio.to_thread(backups, store.path.parent)
    # One from the future is of a clock that was wrong.
    if any(timedelta() <= now - backup.at < BACK_UP_EVERY for backup in existing):
        return
    try:
        await asyncio.to_thread(_check_room, store.path)
        made = await store.back_up(now)
    except StateError as error:  # the state itself can still be used
        log.error("state.backup_failed", reason=str(error))  # noqa: TRY400 - it is a sentence
    else:
        log.info("state.backed_up", file=str(made.file))


def _check_room(database: Path) -> None:
    """Raise StateError where a backup would leave the state itself without room to grow."""
    try:
        free, size = shutil.disk_usage(database).free, database.stat().st_size
    except OSError:
        return  # whoever makes the backup says what is wrong
    if free < 2 * size:
        raise StateError(
            f"{human_size(free)} are free in {database.parent}, too few for a backup of "
            f"{human_size(size)}. Make room there."
        )


def save_unreadable(folder: Path, request: str, problem: BadAnswer, redactor: Redactor) -> None:
    """Keep an answer, the last one of each action, without secrets in it."""
    text = problem.raw[:_LONGEST].decode("utf-8", "replace")
    # An answer that broke off may end within a secret; with a quote it can be recognised.
    clean = redactor.scrub(f'{text}"').removesuffix('"')
    path = folder / UNREADABLE / f"{request.partition(' ')[0]}.txt"
    try:
        write_private(path, clean.encode())
    except OSError as error:
        log.warning("answer.save_failed", asked=request, error=error.strerror)
