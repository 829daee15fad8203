"""Makes what depends on the config: at the start, and anew when the config has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.errors import BadAnswer
from gazelled.hooks import Bus
from gazelled.plugin import PluginContext
from gazelled.redact import Redactor
from gazelled.schedule import Scheduler, Timetable
from gazelled.service.destinations import Destination, make_destinations
from gazelled.service.maintenance import save_unreadable
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.plugin_access import TorrentFiles
from gazelled.service.plugins.look_participants import look_participants
from gazelled.service.plugins.source_polls import SourcePolls
from gazelled.service.web.access.web_access import WebAccess
from gazelled.store import Store
from gazelled.store.policy.paused_watches import PausedWatches
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.watches.findings import Skipped, Trouble
from gazelled.watches.keys.schedules import Schedule
from gazelled.watches.sentinel import SENTINEL
from gazelled.watches.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Wiring:
    """
    The parts that outlive a config, and what is made of them for one.

    Attributes:
        folder: The state folder.
        files: Fetches `.torrent` files.
        committed: Called after each commit that may have made deliveries, or holes.
        access: Who may see the page, and at which addresses feeds are.
        paused: The watches that a person has paused.

    """

    folder: Path
    clock: Clock
    redactor: Redactor
    store: Store
    composer: Composer
    dispatcher: Dispatcher
    notices: NoticeSender
    files: TorrentFiles
    committed: Callable[[], None]
    access: WebAccess
    paused: PausedWatches

    def watcher(self, config: Config, bus: Bus) -> Watcher:
        """Return what runs the watches of a config."""
        ask = self.composer.composing(self.dispatcher.call)
        scrub = self.redactor.scrub
        return Watcher(
            [*config.watches.values()],
            config.tracker.site,
            self.store,
            self.clock,
            ask=SourcePolls(ask, config, bus, self.clock, scrub).ask,
            committed=self.committed,
            notice=self.notices.of_source,
            on_trouble=_on_trouble(self.folder, self.notices, self.redactor),
            catch_up=config.tracker.catch_up,
            participants=look_participants(bus, scrub),
            is_paused=self.paused.is_paused,
        )

    def destinations(
        self, config: Config, bus: Bus, contexts: Mapping[str, PluginContext]
    ) -> dict[str, Destination]:
        """
        Return the targets of a config by name, made ready.

        Args:
            contexts: What each plugin can use, by its name.

        Raises:
            ConfigError: If something in their tables can't be used after all.

        """
        tell = {watch.name: watch.tell for watch in config.watches.values()}
        return make_destinations(
            config,
            self.folder,
            config.tracker.site,
            bus,
            self.files,
            contexts=contexts,
            record_parts=self.store.outbox.record_parts,
            notify=self.notices.about_deliveries(tell),
            feeds=self.access.feeds_below(config.web),
        )


def heartbeats(config: Config, scheduler: Scheduler) -> Timetable | None:
    """Return when heartbeats are sent; None if none are."""
    alive = config.notices.alive
    return scheduler.timetable("alive", [alive]) if alive else None


def schedules_of(watcher: Watcher) -> dict[str, list[Schedule]]:
    """Return when each source is due: when one of its watches is, or one that it speaks for."""
    schedules: dict[str, list[Schedule]] = {}
    for source, watches in watcher.sources.items():
        spoken_for = watcher.heralded if source == SENTINEL else ()
        due = [*watches, *(watch for name in spoken_for for watch in watcher.sources[name])]
        schedules[source] = [watch.schedule for watch in due]
    return schedules


def schedule_sources(
    watcher: Watcher, scheduler: Scheduler, last_runs: Mapping[str, datetime]
) -> Mapping[str, Timetable]:
    """Schedule every source, and return the timetables."""
    timetables: dict[str, Timetable] = {}
    for source, schedules in schedules_of(watcher).items():
        timetables[source] = scheduler.timetable(source, schedules)
        scheduler.add(source, schedules, last_runs.get(source))
    return timetables


def reschedule(
    watcher: Watcher,
    scheduler: Scheduler,
    before: Mapping[str, Timetable],
    last_runs: Mapping[str, datetime],
) -> Mapping[str, Timetable]:
    """Schedule the sources of another config; those that are due as before stay as they are."""
    timetables: dict[str, Timetable] = {}
    for source, schedules in schedules_of(watcher).items():
        timetables[source] = scheduler.timetable(source, schedules)
        if timetables[source] == before.get(source):
            timetables[source] = before[source]
        else:
            scheduler.add(source, schedules, last_runs.get(source))
    for source in before.keys() - timetables.keys():
        scheduler.remove(source)
    return timetables


def _on_trouble(
    folder: Path, notices: NoticeSender, redactor: Redactor
) -> Callable[[Trouble | Skipped], Awaitable[None]]:
    """Return what keeps an answer that can't be read, and notifies of a source's trouble."""

    async def on_trouble(trouble: Trouble | Skipped) -> None:
        if isinstance(trouble, Trouble) and isinstance(trouble.problem, BadAnswer):
            await asyncio.to_thread(
                save_unreadable, folder, trouble.source, trouble.problem, redactor
            )
        await notices.source_changed(trouble)

    return on_trouble
