"""One target of a plugin in a test: its options, its context, and the calls of its hooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from gazelled.model import Delivery, Event
from gazelled.plugin import Context, GiveUp, PluginConfig, RetryLater, TorrentFile, WebFile
from gazelled.plugin.target_context import no_serving
from gazelled.plugin.torrent_file import no_downloads
from gazelled.testing.kit.harness import ADDRESS, SITE, Harness, options_or_error


class TargetHarness:
    """
    One target of a plugin, configured as in `[target.NAME]`.

    Args:
        harness: The plugin.
        options: The target's options.
        name: The name of the target.

    Attributes:
        plugin: The plugin and what it can use.
        folder: The target's own folder.
        public: The folder that the daemon would serve over HTTP.
        files: The files of torrents by id, or an error to raise instead.
        timeout: The seconds that the target may take.
        zone: The time zone of the target.
        parts_sent: How many parts of a message were recorded as sent, by the key of its delivery.
        watches: The watches that tell the target.
        notices: The notices that the target has sent, by delivery and topic: title and text.

    Raises:
        ValueError: If the options are wrong.

    """

    def __init__(self, harness: Harness, options: Mapping[str, object], name: str) -> None:
        self.plugin = harness
        self.folder = harness.state / "targets" / name
        self.public = harness.public
        self.folder.mkdir(parents=True, exist_ok=True)
        self.files: dict[int, TorrentFile | RetryLater | GiveUp] = {}
        self.timeout = 60.0
        self.zone = "UTC"
        self.parts_sent: dict[str, int] = {}
        self.watches: tuple[str, ...] = ()
        self.notices: dict[tuple[str, str], tuple[str, str]] = {}
        self._name = name
        self._options: PluginConfig = options_or_error(
            harness.bus.check_options(harness.name, options)
        )

    @property
    def answers(self) -> dict[str, object]:
        """The answers of the tracker, by action; any other action raises TrackerError."""
        return self.plugin.tracker.answers

    @answers.setter
    def answers(self, answers: dict[str, object]) -> None:
        self.plugin.tracker.answers = answers

    async def _deliver(self, event: Event, attempt: int, *, is_test: bool) -> None:
        parts_sent = self.parts_sent.get(Delivery(event, self._name).key, 0)
        delivery = Delivery(event, self._name, attempt, parts_sent, is_test=is_test)
        async with self.plugin.living() as bus:
            await bus.targets.deliver(self.plugin.name, delivery, self._options, self._context())

    async def _deliver_all(self, events: Iterable[Event]) -> list[RetryLater | GiveUp | None]:
        attempts = Counter[str]()
        outcomes: list[RetryLater | GiveUp | None] = []
        async with self.plugin.living():
            for event in events:
                attempts[event.key] += 1
                try:
                    await self._deliver(event, attempts[event.key], is_test=False)
                except (RetryLater, GiveUp) as error:
                    outcomes.append(error)
                else:
                    outcomes.append(None)
        return outcomes

    async def _preview(self, event: Event) -> str:
        delivery = Delivery(event, self._name)
        async with self.plugin.living() as bus:
            return await bus.targets.preview(
                self.plugin.name, delivery, self._options, self._context()
            )

    async def _prepare(self) -> None:
        async with self.plugin.living() as bus:
            error = await bus.lifetimes.prepare(self.plugin.name, self._options, self._context())
        if error is not None:
            raise error

    async def _check(self) -> bool:
        async with self.plugin.living() as bus:
            return await bus.targets.check_target(self.plugin.name, self._options, self._context())

    async def _history(self, since: datetime, until: datetime) -> list[Mapping[str, object]] | None:
        async with self.plugin.living() as bus:
            return await bus.targets.history(
                self.plugin.name, self._options, self._context(), since, until
            )

    async def _get(self, path: str) -> WebFile | None:
        return await self.plugin.bus.web.file(path)

    def _context(self) -> Context:
        routes = self.plugin.bus.web.routes
        return Context(
            target=self._name,
            folder=self.folder,
            public=self.public,
            address=ADDRESS,
            site_name=SITE.name,
            site_url=SITE.url,
            log=structlog.stdlib.get_logger("gazelled.target").bind(target=self._name),
            tracker=self.plugin.tracker,
            timeout=self.timeout,
            zone=self.zone,
            record_parts=self._record_parts,
            download=self._download if self._options.wants_downloads() else no_downloads,
            serve=routes.registering(self.plugin.name, self._name)
            if self._options.publishes
            else no_serving,
            watches=self.watches,
            template_filters=self.plugin.contributions.filters,
            notify=self._notify,
        )

    async def _notify(self, delivery: Delivery, topic: str, title: str, text: str, /) -> None:
        self.notices.setdefault((delivery.key, topic), (title, text))

    async def _record_parts(self, delivery: Delivery, number: int, /) -> None:
        self.parts_sent[delivery.key] = number

    async def _download(self, number: int, /) -> TorrentFile:
        """Return a file that the test has set."""
        torrent = self.files.get(number) or GiveUp(f"There is no torrent {number}.")
        if isinstance(torrent, TorrentFile):
            return torrent
        raise torrent
