"""
Helpers for the tests of plugins: make events, deliver them to a target, examine the result.

The fixture `gz` provides them; they need no account, no network and no asyncio. The plugin is
loaded, checked and called in the same way as by the daemon.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog

from gazelled.containment.read_only import read_only
from gazelled.hooks import Bus
from gazelled.model import Answer, Call, Change, Delivery, Event, EventKind, Item, Value
from gazelled.plugin import (
    Context,
    GiveUp,
    PluginConfig,
    RetryLater,
    TorrentFile,
    WebFile,
)
from gazelled.plugin.plugin_context import NO_TRACKER
from gazelled.plugin.target_context import no_serving
from gazelled.plugin.torrent_file import no_downloads
from gazelled.testing.recordings import read_recordings

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The time of all events and items here."""

_ITEM = {field.name for field in dataclasses.fields(Item)} - {"fields"}


class PluginTarget:
    """
    One target of a plugin, configured as in `[target.NAME]`.

    Args:
        plugin: The plugin's name, or its file.
        options: The target's options.
        name: The name of the target.
        state: A folder for the state of the target.

    Attributes:
        folder: The target's own folder.
        public: The folder that the daemon would serve over HTTP.
        answers: The answers of the tracker, by action; any other action raises TrackerError.
        files: The files of torrents by id, or an error to raise instead.
        timeout: The seconds that the target may take.
        zone: The time zone of the target.
        parts_sent: How many parts of a message were recorded as sent, by the key of its delivery.
        watches: The watches that tell the target.
        notices: The notices that the target has sent, by delivery and topic: title and text.

    Raises:
        ValueError: If the plugin can't be loaded or the options are wrong.

    """

    def __init__(
        self, plugin: str | Path, options: dict[str, object], name: str, state: Path
    ) -> None:
        self.folder = state / "targets" / name
        self.public = state / "public"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.public.mkdir(parents=True, exist_ok=True)
        self.answers: dict[str, object] = {}
        self.files: dict[int, TorrentFile | RetryLater | GiveUp] = {}
        self.timeout = 60.0
        self.zone = "UTC"
        self.parts_sent: dict[str, int] = {}
        self.watches: tuple[str, ...] = ()
        self.notices: dict[tuple[str, str], tuple[str, str]] = {}
        self._name = name
        self._bus = Bus()
        self._plugin = plugin if isinstance(plugin, str) else plugin.stem
        files = {} if isinstance(plugin, str) else {self._plugin: plugin}
        if problems := self._bus.load(files, [self._plugin]):
            raise ValueError("\n".join(map(str, problems)))
        checked = self._bus.check_options(self._plugin, options)
        if not isinstance(checked, PluginConfig):
            texts = (f"{'.'.join(key)}: {text}" for key, text in checked)
            raise ValueError("\n".join(texts))  # noqa: TRY004 - the options are wrong, not a type
        self._options = checked

    def deliver(self, event: Event, *, attempt: int = 1, is_test: bool = False) -> None:
        """
        Deliver an event; returning means delivered.

        Args:
            event: The event; equal events make deliveries with equal keys.
            attempt: The number of this attempt.
            is_test: Whether it is a message of `gazelled target test`.

        Raises:
            TargetFault: If all that waits for the target must be retried.
            RetryLater: If it must be retried; its `__cause__` is an unexpected error of the plugin.
            GiveUp: If it must not be retried.

        """
        parts_sent = self.parts_sent.get(Delivery(event, self._name).key, 0)
        delivery = Delivery(event, self._name, attempt, parts_sent, is_test=is_test)
        asyncio.run(self._deliver(delivery))

    def deliver_all(self, events: Iterable[Event]) -> list[RetryLater | GiveUp | None]:
        """
        Deliver events one after the other, as one run of the daemon does, and stop.

        What `prepare` yields is opened once for all of them, and closed at the end.

        Args:
            events: The events; one that comes again is another attempt.

        Returns:
            For each what `deliver` would raise; None for one that was delivered.

        """
        outcomes: list[RetryLater | GiveUp | None] = []

        async def run() -> None:
            attempts = Counter[str]()
            async with self._bus:
                for event in events:
                    attempts[event.key] += 1
                    delivery = Delivery(event, self._name, attempts[event.key])
                    try:
                        await self._bus.deliver(
                            self._plugin, delivery, self._options, self._context()
                        )
                    except (RetryLater, GiveUp) as error:
                        outcomes.append(error)
                    else:
                        outcomes.append(None)

        asyncio.run(run())
        return outcomes

    def check(self) -> bool:
        """
        Have the target checked, as `gazelled target check` does; return whether it can be.

        Raises:
            Exception: What `deliver` raises: the target can't be reached.

        """

        async def run() -> bool:
            async with self._bus:
                return await self._bus.check_target(self._plugin, self._options, self._context())

        return asyncio.run(run())

    def preview(self, event: Event) -> str:
        """
        Return the message that the target would send, as `gazelled preview` shows it.

        Args:
            event: The event.

        Raises:
            GazelledError: If the plugin fails; its `__cause__` is the error.

        """
        return asyncio.run(self._preview(Delivery(event, self._name)))

    def prepare(self) -> None:
        """
        Prepare the target, as the daemon does at each start.

        Raises:
            Exception: The exception that the plugin raised.

        """
        asyncio.run(self._prepare())

    def get(self, path: str) -> WebFile | None:
        """
        Return what the target serves at an address, after `prepare`; None if nothing is there.

        Args:
            path: The address without the host and the first slash.

        Raises:
            RetryLater: If it isn't available now; its `__cause__` is the error of the plugin.

        """
        return asyncio.run(self._bus.web_file(path))

    async def _prepare(self) -> None:
        async with self._bus:
            error = await self._bus.prepare(self._plugin, self._options, self._context())
        if error is not None:
            raise error

    async def _deliver(self, delivery: Delivery) -> None:
        async with self._bus:
            await self._bus.deliver(self._plugin, delivery, self._options, self._context())

    async def _preview(self, delivery: Delivery) -> str:
        async with self._bus:
            return await self._bus.preview(self._plugin, delivery, self._options, self._context())

    def _context(self) -> Context:
        return Context(
            target=self._name,
            folder=self.folder,
            public=self.public,
            address="http://127.0.0.1:8765/",
            site_name="BioTorrents.de",
            site_url="https://biotorrents.de",
            log=structlog.stdlib.get_logger("gazelled.target").bind(target=self._name),
            tracker=_Tracker(self.answers),
            timeout=self.timeout,
            zone=self.zone,
            record_parts=self._record_parts,
            download=self._download if self._options.wants_downloads() else no_downloads,
            serve=self._bus.routes.registering(self._plugin, self._name)
            if self._options.publishes
            else no_serving,
            watches=self.watches,
            template_filters=self._bus.contributions.filters,
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


class _Tracker:
    """Returns the answers that the test has set."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = answers

    async def call(self, action: str, /, **params: object) -> Answer:
        """Return the answer."""
        if action not in self._answers:
            return await NO_TRACKER.call(action, **params)
        sent = tuple(sorted((name, str(value)) for name, value in params.items()))
        payload = self._answers[action]
        raw = json.dumps({"status": "success", "response": payload}).encode()
        return read_only(Answer(Call(action, sent), payload, raw, AT, 0.0))


class PluginKit:
    """
    The fixture `gz`.

    Args:
        here: The folder of the test's file; files of plugins are relative to it.
        state: A folder that is empty at first.

    """

    def __init__(self, *, here: Path, state: Path) -> None:
        self._here = here
        self._state = state

    def target(self, plugin: str, /, *, named: str = "target", **options: object) -> PluginTarget:
        """
        Make a target, as `[target.NAME]` does.

        Args:
            plugin: A file, from the folder of the test; or the name of an installed plugin.
            named: The name of the target.
            options: Its options.

        Raises:
            ValueError: If the plugin can't be loaded or the options are wrong.

        """
        source = self._here / plugin if plugin.endswith(".py") else plugin
        return PluginTarget(source, options, named, self._state)

    def item(self, title: str = "A data set", /, **attributes: Any) -> Item:  # noqa: ANN401 - as free as fields
        """
        Make an item; equal arguments make equal items.

        Args:
            title: Its title.
            attributes: Its other attributes, such as `size` or `tags`; all other names are fields,
                such as `license` or `seeders`.

        """
        own = {name: value for name, value in attributes.items() if name in _ITEM}
        fields = {name: value for name, value in attributes.items() if name not in _ITEM}
        number = str(int(hashlib.sha256(ascii(title).encode()).hexdigest()[:6], 16))
        plain = Item(
            id=number,
            kind="torrent",
            title=title,
            url=f"https://biotorrents.de/torrents.php?id={number}",
            time=AT,
            fields=fields,
        )
        return dataclasses.replace(plain, **own)

    def recorded(self, folder: str = "recorded", /) -> tuple[Answer, ...]:
        """
        Return the answers that `gazelled record` wrote, in the order of their manifest.

        Args:
            folder: Their folder, from the folder of the test.

        Raises:
            ValueError: If there are none, or a file is damaged.

        """
        return tuple(map(read_only, read_recordings(self._here / folder)))

    def event(  # noqa: PLR0913 - one for each attribute
        self,
        kind: str = "new",
        /,
        *,
        title: str = "A data set",
        text: str = "",
        watch: str = "yeast",
        items: tuple[Item, ...] = (),
        why: tuple[str, ...] = (),
        changes: Mapping[str, tuple[Value, Value]] = MappingProxyType({}),
        urgent: bool = False,
        events: tuple[Event, ...] = (),
        also: tuple[str, ...] = (),
        at: datetime = AT,
        **fields: Any,  # noqa: ANN401 - likewise
    ) -> Event:
        """
        Make an event; equal arguments make equal events.

        Args:
            kind: `new`, `change`, `gone`, `raised`, `cleared`, `report`, `first-look`, `notice` or
                `digest`.
            title: The headline, and the title of its item.
            text: The body in plain words.
            watch: The watch that found it; notices have none.
            items: What it is about; when empty, the items of `events`, or one item with this title
                and these fields.
            why: The conditions that held.
            changes: The old and the new value of a field, by its name; for `change`.
            urgent: Whether it is delivered in quiet hours, too.
            events: The events of a digest.
            also: Further watches that found the same.
            at: When it was found.
            fields: The fields of its item, see `item`.

        """
        notice = kind == EventKind.NOTICE
        stand_in: dict[str, Any] = {"kind": "notice", "url": ""} if notice else {}
        about = items or tuple(item for event in events for item in event.items)
        about = about or (self.item(title, **(stand_in | fields)),)
        about_ids = "+".join(item.id for item in about)
        return Event(
            key=f"notice:{about_ids}" if notice else f"{watch}:{kind}:{about_ids}",
            kind=EventKind(kind),
            watch="" if notice else watch,
            at=at,
            title=title,
            text=text,
            items=about,
            why=why,
            changes=tuple(Change(name, *values) for name, values in changes.items()),
            urgent=urgent,
            events=events,
            also=also,
        )
