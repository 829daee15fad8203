"""
Activity: what the daemon does, as lines of JSON in a file.

    [plugin.activity]
    # path = "activity.jsonl"     else in the plugin's folder of the state
    # events = ["request_failed", "delivery_failed", "tracker_changed"]      else all
    # rotate_size = "64 MiB"      then the file becomes activity-000001.jsonl
    # keep = 12                   else all of them
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args
from uuid import uuid4

from gazelled.plugin import (
    Answer,
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    HealthFinding,
    Metric,
    PluginContext,
    RegisterOptions,
    RequestFailure,
    StoredEvent,
    TrackerChange,
    hookimpl,
)
from gazelled_plugins.event_json import json_line
from gazelled_plugins.journal_file import JournalFile
from gazelled_plugins.rotation import RotatingConfig, check_place

What = Literal[
    "started",
    "stopped",
    "answered",
    "request_failed",
    "event_stored",
    "delivered",
    "delivery_failed",
    "tracker_changed",
    "config_changed",
]
"""What is written: by the name of its hook, or that the daemon has started or stops."""


class Options(RotatingConfig):
    """
    What `[plugin.activity]` may hold.

    Attributes:
        path: The file; in the plugin's own folder when None.
        events: What is written.

    """

    path: Path | None = None
    events: tuple[What, ...] = get_args(What)

    def check_thoroughly(self) -> None:
        """Check whether the file can be there; nothing is written."""
        check_place(self.path)


class Activity:
    """Writes a line for each thing that it sees."""

    def __init__(self) -> None:
        self._file: JournalFile | None = None
        self._written: Counter[str] = Counter()
        self._failure: HealthFinding | None = None
        self._keys = (f"{uuid4().hex}-{number}" for number in itertools.count())

    @hookimpl
    def gazelled_options(self, register: RegisterOptions) -> None:
        """Register the options."""
        register(Options)

    @hookimpl
    async def gazelled_setup(self, context: PluginContext[Options]) -> None:
        """Find the file, and write that the daemon has started."""
        path = context.options.path or context.folder / "activity.jsonl"
        self._file = JournalFile(path.absolute())
        with suppress(OSError):  # the disk may be full now and not later
            await self._write("started", context.clock.now(), {}, context)

    @hookimpl
    async def gazelled_teardown(self, context: PluginContext[Options]) -> None:
        """Write that the daemon stops: without this line, it was killed."""
        await self._write("stopped", context.clock.now(), {}, context)

    @hookimpl
    async def gazelled_answered(self, answer: Answer, context: PluginContext[Options]) -> None:
        """Write which request was answered, how fast, and how much came."""
        facts = {"request": str(answer.call), "took": answer.took, "bytes": len(answer.raw)}
        await self._write("answered", answer.at, facts, context)

    @hookimpl
    async def gazelled_request_failed(
        self, failure: RequestFailure, context: PluginContext[Options]
    ) -> None:
        """Write which request failed, and why."""
        facts = {
            "request": str(failure.call),
            "error": failure.error,
            "attempt_again": _iso(failure.attempt_again),
        }
        await self._write("request_failed", failure.at, facts, context)

    @hookimpl
    async def gazelled_event_stored(
        self, stored: StoredEvent, context: PluginContext[Options]
    ) -> None:
        """Write which event was found, and whom it is for."""
        event = stored.event
        facts = {
            "event": event.key,
            "kind": event.kind.value,
            "watch": event.watch,
            "title": event.title,
            "targets": stored.targets,
        }
        await self._write("event_stored", stored.at, facts, context)

    @hookimpl
    async def gazelled_delivered(self, done: DeliveryDone, context: PluginContext[Options]) -> None:
        """Write what was delivered, and how long the last attempt took."""
        delivery = done.delivery
        facts = {
            "event": delivery.event.key,
            "target": delivery.target,
            "attempt": delivery.attempt,
            "took": round(done.took, 3),
        }
        await self._write("delivered", done.at, facts, context)

    @hookimpl
    async def gazelled_delivery_failed(
        self, failure: DeliveryFailure, context: PluginContext[Options]
    ) -> None:
        """Write what was not delivered, why, and when it is tried again."""
        delivery = failure.delivery
        facts = {
            "event": delivery.event.key,
            "target": delivery.target,
            "attempt": delivery.attempt,
            "error": failure.error,
            "final": failure.final,
            "retry_at": _iso(failure.retry_at),
        }
        await self._write("delivery_failed", failure.at, facts, context)

    @hookimpl
    async def gazelled_tracker_changed(
        self, change: TrackerChange, context: PluginContext[Options]
    ) -> None:
        """Write whether the tracker can be reached."""
        facts = {"state": change.state, "since": _iso(change.since), "reason": change.reason}
        await self._write("tracker_changed", change.at, facts, context)

    @hookimpl
    async def gazelled_metrics(self) -> list[Metric]:
        """Return how many lines were written, by what they are about."""
        about = "Lines that were written."
        return [
            Metric("lines", number, about, "counter", {"what": what})
            for what, number in self._written.items()
        ]

    @hookimpl
    async def gazelled_health_checks(self) -> list[HealthFinding]:
        """Return that the last line could not be written."""
        return [self._failure] if self._failure else []

    @hookimpl
    async def gazelled_config_changed(
        self, change: ConfigChange, context: PluginContext[Options]
    ) -> None:
        """Write what differs in the config that is in use now."""
        sorts = {"watches": change.watches, "targets": change.targets, "plugins": change.plugins}
        facts = {
            sort: {
                "added": names.added,
                "removed": names.removed,
                "changed": names.changed,
                "renamed": names.renamed,
            }
            for sort, names in sorts.items()
        }
        await self._write("config_changed", change.at, {**facts, "keys": change.keys}, context)

    async def _write(
        self,
        what: What,
        at: datetime,
        facts: Mapping[str, object],
        context: PluginContext[Options],
    ) -> None:
        """Append a line, on the disk."""
        options, file = context.options, self._file
        if file is None or what not in options.events:
            return
        key = next(self._keys)
        line = json_line({"at": at.isoformat(), "what": what, **facts, "key": key})
        try:
            await asyncio.to_thread(file.append, key, line, options.rotation, at)
        except OSError as error:
            text = f"its file can't be written: {error.strerror}"
            since = self._failure.since if self._failure else context.clock.now()
            self._failure = HealthFinding(text, "make room, or name another path", since)
            raise
        self._written[what] += 1
        self._failure = None
        if problem := file.rotation_problem():
            context.log.warning("activity.rotation_failed", error=problem)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
