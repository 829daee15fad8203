"""How everything was when the last owner of a state ended, read without owning it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gazelled.delivery import target_health
from gazelled.planning.planner import Past
from gazelled.store.database import read_deliveries, read_kv, read_last_runs
from gazelled.store.opening import lasting_flaw
from gazelled.text import counted


@dataclass(frozen=True, slots=True)
class OfflineStatus:
    """
    What is known while no daemon runs.

    Attributes:
        stopped: Why nothing is sent until a person acts; empty if nothing is known of that.
        held_until: Until when no requests are sent.
        last_runs: When each source was asked last, the latest first.
        troubles: What was wrong at the last look of each source.
        deliveries: How many deliveries aren't done, by state.
        targets: What is wrong with each target that failed last.
        config: The errors of the config, for which it would not start.
        state: Why the state can't be used, for which it would not start either.

    """

    running: bool
    stopped: str
    held_until: datetime | None
    held_because: str
    last_runs: Mapping[str, datetime]
    troubles: Mapping[str, str]
    deliveries: Mapping[str, int]
    targets: Mapping[str, str]
    config: tuple[str, ...] = ()
    state: str = ""


def read_past(folder: Path) -> Past:
    """Return what earlier runs taught about what the watches need; empty if it can't be read."""
    return Past.read(read_last_runs(folder), read_kv(folder))


def read_status(folder: Path, now: datetime, scrub: Callable[[str], str]) -> OfflineStatus:
    """Return what the last owner of a state folder left, with its texts scrubbed."""
    values, last_runs = read_kv(folder), read_last_runs(folder)
    held_until, held_because = _pause(values, now)
    return OfflineStatus(
        running=False,
        stopped=scrub(str(_load(values, "stop").get("text", ""))),
        held_until=held_until,
        held_because=scrub(held_because),
        last_runs=last_runs,
        troubles={
            source: scrub(text) for source in last_runs if (text := _trouble(values, source))
        },
        deliveries=_deliveries(folder),
        targets={
            target: scrub(row.error)
            for target, row in target_health.load(values.get(target_health.KEY)).items()
        },
        state=lasting_flaw(folder),
    )


def _deliveries(folder: Path) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for (_, state), number in read_deliveries(folder).items():
        counts[state] += number
    return counts


def unreadable_text(entries: Sequence[str]) -> str:
    """Return a sentence on entries that could not be read; empty if there are none."""
    if not entries:
        return ""
    count = counted(len(entries), "entry", "entries")
    return f"{count} could not be read: {entries[0]}{'; …' if len(entries) > 1 else ''}"


def _pause(values: Mapping[str, str], now: datetime) -> tuple[datetime | None, str]:
    pause = _load(values, "pause")
    if not pause:
        return None, ""
    left = (datetime.fromisoformat(pause["until"]) - now).total_seconds()
    seconds = min(left, float(pause["seconds"]))  # the wall clock may have jumped
    if seconds <= 0:
        return None, ""
    return now + timedelta(seconds=seconds), str(pause.get("text", ""))


def _trouble(values: Mapping[str, str], source: str) -> str:
    if trouble := _load(values, f"trouble:{source}"):
        return str(trouble["text"])
    entries = _load(values, f"unreadable:{source}") or []
    return unreadable_text([str(entry["said"]) for entry in entries if entry["here"]])


def _load(values: Mapping[str, str], key: str) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(values.get(key) or "{}")
