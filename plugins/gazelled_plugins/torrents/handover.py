"""Hands torrents to their client, in a thread: its library blocks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gazelled.plugin import Context, GiveUp, RetryLater, TargetFault, TorrentFile, human_size
from gazelled_plugins.torrents.client import Client
from gazelled_plugins.torrents.deluge import Deluge
from gazelled_plugins.torrents.folder import Folder
from gazelled_plugins.torrents.metadata import write_metadata
from gazelled_plugins.torrents.options import Options
from gazelled_plugins.torrents.qbittorrent import QBittorrent
from gazelled_plugins.torrents.rtorrent import RTorrent
from gazelled_plugins.torrents.session import Session
from gazelled_plugins.torrents.transmission import Transmission

_CLIENTS: Mapping[str, Callable[[Options, float], Client]] = {
    "qbittorrent": QBittorrent,
    "transmission": Transmission,
    "deluge": Deluge,
    "rtorrent": RTorrent,
    "folder": Folder,
}
_UNTIL_THERE_IS_SPACE = 900.0
"""Seconds until a full disk is looked at again."""


@dataclass(slots=True)
class Batch:
    """
    The torrents of one delivery.

    Attributes:
        files: Their files, as far as they are there.
        metadata: What is written beside the data, by the ids of torrents.
        problems: Why others are not there; raised when the ones that are there were added.
        added: What was added, for the caller.
        skipped: What the client had already, likewise.

    """

    files: list[TorrentFile] = field(default_factory=list)
    metadata: dict[int, bytes] = field(default_factory=dict)
    problems: list[RetryLater | GiveUp] = field(default_factory=list)
    added: list[TorrentFile] = field(default_factory=list)
    skipped: list[TorrentFile] = field(default_factory=list)


def connect(options: Options, timeout: float) -> Client:
    """Return the client of a target; it sends nothing yet."""
    return _CLIENTS[options.client](options, timeout)


def check(session: Session) -> None:
    """Show that the client would accept torrents; raise RetryLater otherwise."""
    with session.use() as client:
        client.check()


def examine(session: Session, options: Options) -> str:
    """
    Return the client's version and the space that it has, in a sentence.

    Raises:
        RetryLater: If it can't be reached, or would not accept torrents.

    """
    with session.use() as client:
        client.check()
        version = client.version()
        free = _free(options.local_path) if options.local_path else client.free()
        facts = [
            *([f"version {version.removeprefix('v')}"] if version else []),
            "how much space is free is unknown" if free is None else f"{human_size(free)} free",
        ]
        return f"{client.where}: {', '.join(facts)}."


def hand_over(batch: Batch, session: Session, options: Options, context: Context) -> None:
    """
    Add the torrents of a batch; one that fails does not delay the others.

    Raises:
        RetryLater: If one of them must be tried again.
        GiveUp: If one of them never will be added, and none must be tried again.

    """
    if batch.files:
        with session.use() as client:
            for file in batch.files:
                try:
                    _add(file, client, batch, options, context)
                except (RetryLater, GiveUp) as error:
                    batch.problems.append(error)
    _raise_worst(batch.problems)


def _add(
    file: TorrentFile, client: Client, batch: Batch, options: Options, context: Context
) -> None:
    if client.has(file):
        batch.skipped.append(file)
        context.log.info("torrent.skipped", torrent=file.id, infohash=file.infohash)
    else:
        _check_space(file, client, options)
        client.add(file)
        batch.added.append(file)
        context.log.info("torrent.added", torrent=file.id, infohash=file.infohash)
    folder, content = options.data_folder, batch.metadata.get(file.id)
    if folder and content and not write_metadata(folder, file, content):
        context.log.warning("metadata.skipped", torrent=file.id)


def _check_space(file: TorrentFile, client: Client, options: Options) -> None:
    """Check that the disk has space for a torrent; raise RetryLater otherwise."""
    keep = options.free_space
    if keep is None:
        return
    free = _free(options.local_path) if options.local_path else client.free()
    if free is None:
        raise TargetFault(
            f"{client.where} doesn't report the free space of its disk, so free_space can't be "
            "kept: is the folder of the data there? Or set local_path, the folder of the data as "
            "this machine sees it.",
            after=_UNTIL_THERE_IS_SPACE,
        )
    free -= client.unfinished()
    has = f"{client.where} has {human_size(max(free, 0))} of free space for further torrents"
    if free < keep:
        raise TargetFault(
            f"{has}, less than free_space ({human_size(keep)}): torrents wait until there is more.",
            after=_UNTIL_THERE_IS_SPACE,
        )
    if free - file.size < keep:
        raise RetryLater(
            f"{has}: not enough for torrent {file.id} ({human_size(file.size)}) and free_space "
            f"({human_size(keep)}). It waits until there is more.",
            after=_UNTIL_THERE_IS_SPACE,
        )


def _free(folder: Path) -> int:
    """Return the bytes that are free where a folder is."""
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise TargetFault(
            f"The free space of {folder} (local_path) can't be read: {error.strerror}.",
            after=_UNTIL_THERE_IS_SPACE,
        ) from None


def _raise_worst(problems: Sequence[RetryLater | GiveUp]) -> None:
    """Raise what matters most: a fault of the target, then another attempt, then no other."""
    for kind in (TargetFault, RetryLater):
        for problem in problems:
            if isinstance(problem, kind):
                raise problem
    if problems:
        raise GiveUp(" ".join(map(str, problems)))
