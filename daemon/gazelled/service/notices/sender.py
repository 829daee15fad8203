"""Sends what the daemon has to say about itself: a notice of a change, and one of its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.clock import Clock
from gazelled.delivery import TargetChange
from gazelled.model import Delivery, Event
from gazelled.plugin import Notify
from gazelled.service.configuration.configured_targets import RemovedTarget
from gazelled.service.notices import texts
from gazelled.service.notices.texts import Notice
from gazelled.store import Store
from gazelled.tracker.answers.health import HealthChange
from gazelled.tracker.key_values import load_json, save_json
from gazelled.tracker.sites.site import Site
from gazelled.watches.events import notice_event
from gazelled.watches.findings import Finding, Skipped, Trouble

if TYPE_CHECKING:  # loaded by those who decode answers
    from gazelled.tracker.decoding.reading import Drift

_LEFT_OUT = "plugins-left-out"


class NoticeSender:
    """
    Puts notices into the outbox, and calls `wake`.

    Whoever reports a change may do so again after a crash: what is the same since the same time is
    one notice. `scrub` takes secrets out of a text: what others say is passed on.

    Attributes:
        tell: The targets of notices; another config may have others.

    """

    def __init__(
        self,
        site: Site,
        tell: Sequence[str],
        store: Store,
        clock: Clock,
        wake: Callable[[], None],
        scrub: Callable[[str], str],
    ) -> None:
        self._site = site
        self.tell: Sequence[str] = tuple(tell)
        self._store = store
        self._clock = clock
        self._wake = wake
        self._scrub = scrub

    async def send(self, notice: Notice, *, but: str = "") -> None:
        """Send a notice, to all targets but one."""
        targets = [name for name in self.tell if name != but]
        await self._store.outbox.add(self.event(notice), targets)
        self._wake()

    async def tracker_changed(self, change: HealthChange) -> None:
        if notice := texts.tracker_changed(self._site.name, change):
            await self.send(notice)

    async def source_changed(self, trouble: Trouble | Skipped) -> None:
        if isinstance(trouble, Skipped):
            await self.send(texts.entries_skipped(self._site.name, trouble))
        else:
            await self.send(texts.source_changed(self._site.name, trouble))

    def of_source(self, finding: Finding) -> tuple[Event, Sequence[str]]:
        """Return the notice of what a look found out, and its targets, to be committed with it."""
        return self.event(texts.of_source(self._site, finding), finding.at), self.tell

    async def target_changed(self, change: TargetChange) -> None:
        await self.send(texts.target_changed(change), but=change.target)

    def about_deliveries(self, tell: Mapping[str, Sequence[str]]) -> Notify:
        """
        Return what sends notices of targets about their deliveries.

        Args:
            tell: The targets of each watch.

        """

        async def notify(delivery: Delivery, topic: str, title: str, text: str, /) -> None:
            event = delivery.event
            url = event.items[0].url if event.items else self._site.url
            notice = notice_event(
                f"{delivery.target}-{delivery.id}-{topic}",
                self._scrub(title),
                self._scrub(text),
                url,
                self._clock.now(),
                event.at,
            )
            others = [name for name in tell.get(event.watch, ()) if name != delivery.target]
            targets = others or [name for name in self.tell if name != delivery.target]
            await self._store.outbox.add(notice, targets)
            self._wake()

        return notify

    async def target_removed(self, removed: RemovedTarget) -> None:
        await self.send(texts.target_removed(removed))

    async def plugins_left_out(self, problems: Mapping[str, str]) -> None:
        """Notify of plugins that can't be used, and at later starts only of what has changed."""
        problems = {plugin: self._scrub(problem) for plugin, problem in problems.items()}
        before = await load_json(self._store, _LEFT_OUT, dict) or {}
        for plugin, problem in problems.items():
            if before.get(plugin) != problem:
                await self.send(texts.plugin_left_out(plugin, problem))
        await save_json(self._store, _LEFT_OUT, problems)

    async def web_changed(self, problem: str) -> None:
        await self.send(texts.web_changed(problem))

    async def answers_changed(self, action: str, drift: Sequence[Drift]) -> None:
        await self.send(texts.answers_changed(self._site.name, action, drift))

    def event(self, notice: Notice, at: datetime | None = None) -> Event:
        """Return the event that a notice is, now or at a time."""
        topic, title, text = map(self._scrub, (notice.topic, notice.title, notice.text))
        at = at or self._clock.now()
        return notice_event(topic, title, text, self._site.url, at, notice.since)
