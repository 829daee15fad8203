"""
What changed about targets since the last start, and what that means for the messages that wait.

A renamed target keeps them, and its folder. One that was removed keeps them for a week, in case it
comes back; then they are dead letters. Where options changed, what waits is due at once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from pydantic import SecretStr, TypeAdapter

from gazelled.config import Config, TargetTable
from gazelled.delivery import adopt_health
from gazelled.store import JsonRecords, Store
from gazelled.store.database import read_deliveries, read_kv

log = structlog.stdlib.get_logger(__name__)

KEPT = timedelta(days=7)
"""For so long the messages of a target that was removed are held."""


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target as it was configured last: a hash of its plugin and options, and since when not."""

    digest: str
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemovedTarget:
    """A target that isn't configured any more, and how many messages are held for it until when."""

    name: str
    messages: int
    until: datetime


Records = dict[str, TargetRecord]
_TOPIC = "targets"


@dataclass(frozen=True, slots=True)
class TargetChanges:
    """
    What changed since the last start that came so far: other options, and targets removed now.

    Attributes:
        changed: The targets with other options.
        removed: Those that were removed.
        records: What is to be recorded of all targets once that is reported.

    """

    changed: tuple[str, ...] = ()
    removed: tuple[RemovedTarget, ...] = ()
    records: Records = field(default_factory=dict, compare=False, repr=False)


async def adopt_targets(
    config: Config,
    store: Store,
    folder: Path,
    now: datetime,
    adopt: Callable[[Mapping[str, str], Collection[str]], Awaitable[None]] | None = None,
) -> TargetChanges:
    """
    Hand over what waits for renamed targets, and hold what waits for removed ones.

    Changes are found again at the next start, unless `record_targets` follows.

    A target was renamed if it isn't configured any more, and just one that never was configured
    has the same plugin and options. Where several could be meant, none is.

    Args:
        config: The config of this start.
        store: The state.
        folder: The state folder; the folders of the targets' plugins are in it.
        now: The time.
        adopt: Lets the health of targets follow their new names; None while no deliverer runs.

    """
    stored = JsonRecords(store, _TOPIC, Records)
    unknown = {name: TargetRecord("") for name in await store.outbox.open_targets()}
    records = {**unknown, **(await stored.get("") or {})}
    digests = {name: _digest(table) for name, table in config.targets.items()}
    renamed = _renamed(records, digests)
    for old, new in renamed.items():
        await store.outbox.rename_target(old, new)
        _move(folder / "targets", old, new)
        records[new] = TargetRecord(records.pop(old).digest)
        log.info("target.renamed", target=new, before=old)
    await (adopt or partial(adopt_health, store))(renamed, digests)
    if renamed:
        await stored.set("", records)
    removed = await _hold(store, {name: records[name] for name in records.keys() - digests}, now)
    changed = [name for name, digest in digests.items() if _differs(records.get(name), digest)]
    for name in digests:
        await store.outbox.release_removed(name)
    configured = {name: TargetRecord(digest) for name, digest in digests.items()}
    gone = {name: record for name, (record, _) in removed.items()}
    news = [change for _, change in removed.values() if change]
    return TargetChanges(tuple(changed), tuple(news), configured | gone)


async def record_targets(store: Store, changes: TargetChanges) -> None:
    """Record the targets of this start, after its changes are reported: a crash repeats them."""
    await JsonRecords(store, _TOPIC, Records).set("", changes.records)


def read_removed(config: Config, folder: Path) -> dict[str, int]:
    """
    Count what waits for targets that the next start with a config will find removed, by name.

    The state is read without owning it; what can't be read is empty.
    """
    text = read_kv(folder).get(_TOPIC)
    waiting: Counter[str] = Counter()
    for (target, state), number in read_deliveries(folder).items():
        if target not in config.targets and state != "dead":
            waiting[target] += number
    if not waiting:
        return {}
    records = {name: TargetRecord("") for name in waiting}
    records |= TypeAdapter(Records).validate_json(text) if text else {}
    renamed = _renamed(records, {name: _digest(table) for name, table in config.targets.items()})
    return {name: number for name, number in waiting.items() if name not in renamed}


async def _hold(
    store: Store, gone: Mapping[str, TargetRecord], now: datetime
) -> dict[str, tuple[TargetRecord, RemovedTarget | None]]:
    """Hold what waits for targets that are gone; those for which nothing waits are forgotten."""
    held: dict[str, tuple[TargetRecord, RemovedTarget | None]] = {}
    for name, record in gone.items():
        since = min(record.removed_at or now, now)
        await store.outbox.hold_removed(name, since + KEPT)
        messages = (await store.outbox.removed_targets()).get(name, 0)
        if not messages:
            continue
        change = None
        if record.removed_at is None:
            change = RemovedTarget(name, messages, since + KEPT)
            log.warning("target.removed", target=name, messages=messages)
        held[name] = replace(record, removed_at=since), change
    return held


def _differs(record: TargetRecord | None, digest: str) -> bool:
    return record is not None and record.digest not in {"", digest}


def _renamed(records: Mapping[str, TargetRecord], digests: Mapping[str, str]) -> dict[str, str]:
    """Return the new names of renamed targets by their old ones."""
    gone = {name: record.digest for name, record in records.items() if name not in digests}
    come = {name: digest for name, digest in digests.items() if name not in records}
    often = Counter(gone.values()), Counter(come.values())
    new_names = {digest: name for name, digest in come.items()}
    return {
        name: new_names[digest]
        for name, digest in gone.items()
        if all(counts[digest] == 1 for counts in often)
    }


def _digest(table: TargetTable) -> str:
    """Return a hash of what a target is; it is slow, since there are secrets in it."""

    def plain(value: object) -> str:
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

    what = [table.plugin, table.timeout, dict(table.options)]
    text = json.dumps(what, sort_keys=True, default=plain).encode()
    return hashlib.scrypt(text, salt=table.plugin.encode(), n=2**12, r=8, p=1, dklen=16).hex()


def _move(folder: Path, old: str, new: str) -> None:
    """Let the folder of a target follow its name, unless there is one of that name."""
    if (folder / old).is_dir() and not (folder / new).exists():
        (folder / old).rename(folder / new)
