"""
Torrents for a client: what a watch finds is fetched and added.

    [target.seedbox]
    plugin = "torrents"
    client = "qbittorrent"        # or transmission, deluge, rtorrent, or a "folder"
    url = "http://127.0.0.1:8080"
    password = { secret = "qbittorrent" }
    max = "5/day"                 # what is beyond waits
    free_space = "50 GiB"         # likewise what the disk has no space for

Each torrent of an event is fetched at the tracker's pace and added once, however often the event
is delivered. The files hold the user's passkey: nothing here shows or logs their content.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from gazelled.plugin import (
    Context,
    Delivery,
    EventKind,
    GiveUp,
    Item,
    RegisterCheck,
    RetryLater,
    hookimpl,
    human_size,
    target,
)
from gazelled_plugins.torrents.doctor import check_clients
from gazelled_plugins.torrents.handover import Batch, check, connect, hand_over
from gazelled_plugins.torrents.metadata import describe
from gazelled_plugins.torrents.options import Options, torrents_of
from gazelled_plugins.torrents.session import Session

_FETCHING = 0.7
"""The part of the target's time that is left to the tracker."""

SOON = 10.0
LATER = 900.0


def preview(delivery: Delivery, options: Options, context: Context) -> str:
    """Return what would be added, and where."""
    items = torrents_of(delivery.event)
    if not items:
        return "Nothing: this event has no new torrents."
    where = connect(options, context.timeout).where
    wishes = [
        *([f"category {options.category}"] if options.category else []),
        *([f"tags {', '.join(options.tags)}"] if options.tags else []),
        *([f"data in {options.path}"] if options.path else []),
        *(["paused"] if options.paused else []),
    ]
    lines = [f"{where}: {'; '.join(wishes)}" if wishes else where]
    for item in items:
        size = "" if item.size is None else f", {human_size(item.size)}"
        lines.append(f"+ {item.title} (torrent {item.id}{size})")
    return "\n".join(lines)


@hookimpl
def gazelled_doctor_checks(register: RegisterCheck) -> None:
    """Register the check of the torrent clients for the doctor."""
    register("torrents", check_clients)


async def prepare(options: Options, context: Context) -> AsyncIterator[Session]:
    """Yield the session that all deliveries share; it connects when it is needed first."""
    session = Session(lambda: connect(options, context.timeout), context.timeout)
    try:
        yield session
    finally:
        await asyncio.to_thread(session.close)


async def reach(options: Options, context: Context) -> None:
    """Log in at the client, and send nothing else."""
    session = Session(lambda: connect(options, context.timeout), context.timeout)
    try:
        await asyncio.to_thread(check, session)
    finally:
        await asyncio.to_thread(session.close)


@target(Options, prepare=prepare, preview=preview, check=reach)
async def torrents(
    delivery: Delivery, options: Options, context: Context, session: Session
) -> None:
    """Add the torrents of an event."""
    event = delivery.event
    if delivery.is_test or event.kind is EventKind.NOTICE:  # is the client there?
        await context.in_thread(delivery, check, session)
        return
    batch = Batch()
    try:
        async with asyncio.timeout(context.timeout * _FETCHING):
            await _fetch(torrents_of(event), batch, session, options, context)
    except TimeoutError:
        batch.problems.append(
            RetryLater(
                "Not all files have been downloaded yet; the others follow.",
                after=SOON if batch.files else LATER,
            )
        )
    loop = asyncio.get_running_loop()

    def hand_over_and_confirm() -> None:
        try:
            hand_over(batch, session, options, context)
        finally:
            if options.confirm:
                # The thread may outlast the call of the plugin, which then can't do this.
                confirming = _confirm(delivery, batch, options, context)
                asyncio.run_coroutine_threadsafe(confirming, loop).result(context.timeout)

    try:
        await context.in_thread(delivery, hand_over_and_confirm)
    except OSError as error:
        raise RetryLater(f"{context.target} can't write: {error.strerror}.") from None
    for file in batch.files:
        session.descriptions.pop(file.id, None)


async def _confirm(delivery: Delivery, batch: Batch, options: Options, context: Context) -> None:
    """Send a notice of each torrent that was added, also by an attempt that ended before this."""
    where = connect(options, context.timeout).where
    state = "It waits there, paused." if options.paused else "It downloads, and then seeds."
    for file in [*batch.added, *(batch.skipped if delivery.attempt > 1 else [])]:
        title = f"Added to {context.target}: {file.name} ({human_size(file.size)})"
        await context.notify(delivery, f"added-{file.id:d}", title, f"{where}. {state}")


async def _fetch(
    items: Iterable[Item], batch: Batch, session: Session, options: Options, context: Context
) -> None:
    """Fetch the files of torrents; one that can't be had does not delay the others."""
    for item in items:
        number = int(item.id)
        try:
            file = await context.download(number)
        except (RetryLater, GiveUp) as error:
            batch.problems.append(error)
            continue
        if options.metadata:
            descriptions = session.descriptions
            if number not in descriptions:
                descriptions[number] = await describe(file, item, context)
            batch.metadata[number] = descriptions[number]
        batch.files.append(file)
