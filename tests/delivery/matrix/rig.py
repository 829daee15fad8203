"""One target: the real plugin behind the real bus and deliverer, at a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog
from tests.delivery.hand_clock import NOON, HandClock
from tests.plugins.torrents.real_clients import Made, make

from gazelled.delivery import Deliverer, TargetChange
from gazelled.hooks import Bus
from gazelled.model import Delivery, Event, EventKind, Item
from gazelled.plugin import Context, GiveUp, PluginConfig, TorrentFile
from gazelled.plugin.target_context import no_serving
from gazelled.plugin.torrent_file import no_downloads
from gazelled.store import Store

TARGET = "target"
TROUBLED, BEHIND = "Alpha", "Beta"
"""The event that has the trouble, and the one behind it in the line."""

LONG = 20.0
"""Seconds that the target may take once the trouble is over."""

PATIENCE = 120.0
"""Seconds that a test waits at most for what happens by itself."""

_ROUNDS = 40
_HOUR = 3600.0


@dataclass(frozen=True)
class Setup:
    """
    A target, as text: another process makes the same of it.

    Attributes:
        folder: The state folder.
        plugin: The name of the plugin.
        options: The options of the target.
        host: Where the services are that Apprise knows by an address of its own.
        run: Distinguishes the torrents of this test from those of others.
        refuses: Whether the tracker has no file for the torrent that has the trouble.

    """

    folder: str
    plugin: str
    options: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""
    run: str = ""
    refuses: bool = False

    @property
    def own(self) -> Path:
        """The folder of the target."""
        return Path(self.folder) / "targets" / TARGET

    @property
    def public(self) -> Path:
        """The folder of what is published."""
        return Path(self.folder) / "public"

    def torrent(self, name: str) -> Made:
        """Return the torrent of an event."""
        return make(f"{name} {self.run}")


def event(name: str) -> Event:
    """Return one of the two events."""
    number = str(1 + (name == BEHIND))
    item = Item(
        id=number,
        kind="torrent",
        title=f"{name} reads",
        url=f"https://biotorrents.de/torrents.php?id={number}",
        time=NOON,
        fields={"license": "CC0"},
    )
    return Event(f"yeast:new:{number}", EventKind.NEW, "yeast", NOON, item.title, "", (item,))


def name_of(one: Event) -> str:
    """Return which of the two an event is."""
    return one.title.split()[0]


async def nothing(stage: str, delivery: Delivery) -> None:
    """Do nothing."""
    del stage, delivery


Around = Callable[[str, Delivery], Awaitable[None]]
"""Called with `before` and `after` each attempt."""


@dataclass
class Rig:
    """
    What is between the events and the receiver.

    Attributes:
        store: The store.
        clock: Its clock.
        deliverer: The deliverer.
        changes: What was reported of the target.

    """

    store: Store
    clock: HandClock
    deliverer: Deliverer
    changes: list[TargetChange]

    async def finish(self) -> None:
        """Let time pass until nothing waits; fail if that doesn't end."""
        for _ in range(_ROUNDS):
            await self.deliverer.drain(PATIENCE)
            if not (await self.store.counts())["pending"]:
                return
            self.clock.move(_HOUR)
        raise AssertionError((await self.store.counts(), self.changes))


@asynccontextmanager
async def opened(
    setup: Setup,
    seconds: Callable[[Delivery], float] = lambda _: LONG,
    around: Around = nothing,
) -> AsyncIterator[Rig]:
    """Open the state, and put all together as the daemon does."""
    for folder in (setup.own, setup.public):
        folder.mkdir(parents=True, exist_ok=True)
    folder, changes = Path(setup.folder), list[TargetChange]()
    with services_at(setup.host):
        async with await Store.open(folder) as store, Bus(folder=folder) as bus:
            assert not bus.load({}, [setup.plugin])
            options = bus.check_options(setup.plugin, setup.options)
            assert isinstance(options, PluginConfig), options
            context = _context(setup, store, bus, options)
            assert await bus.lifetimes.prepare(setup.plugin, options, context) is None

            async def send(delivery: Delivery) -> None:
                await around("before", delivery)
                limited = replace(context, timeout=seconds(delivery))
                await bus.targets.deliver(setup.plugin, delivery, options, limited)
                await around("after", delivery)

            async def on_change(change: TargetChange) -> None:
                changes.append(change)

            clock = HandClock()
            yield Rig(store, clock, Deliverer(store, send, clock, on_change), changes)


def _context(setup: Setup, store: Store, bus: Bus, options: PluginConfig) -> Context:
    async def download(number: int, /) -> TorrentFile:
        name = TROUBLED if number == 1 else BEHIND
        if setup.refuses and name == TROUBLED:
            raise GiveUp(f"There is no torrent {number}.")
        made = setup.torrent(name)
        return TorrentFile(number, made.sha1, made.name, len(made.data), made.content)

    return Context(
        target=TARGET,
        folder=setup.own,
        public=setup.public,
        address="http://127.0.0.1:8765/",
        site_name="BioTorrents.de",
        site_url="https://biotorrents.de",
        log=structlog.stdlib.get_logger("gazelled.target").bind(target=TARGET),
        record_parts=store.outbox.record_parts,
        download=download if options.wants_downloads() else no_downloads,
        watches=("yeast",),
        serve=bus.web.routes.registering(setup.plugin, TARGET, LONG)
        if options.publishes
        else no_serving,
    )


@contextmanager
def services_at(host: str) -> Iterator[None]:
    """Let services that Apprise knows by an address of its own be on this machine meanwhile."""
    if not host:
        yield
        return
    from apprise.plugins.discord import NotifyDiscord  # noqa: PLC0415 - it takes long to load
    from apprise.plugins.slack import NotifySlack  # noqa: PLC0415 - likewise
    from apprise.plugins.telegram import NotifyTelegram  # noqa: PLC0415 - likewise

    places: Mapping[Any, tuple[str, str]] = {
        NotifyDiscord: ("notify_url", f"http://{host}/api/webhooks"),
        NotifyTelegram: ("notify_url", f"http://{host}/bot"),
        NotifySlack: ("webhook_url", f"http://{host}/services"),
    }
    earlier = [(kind, name, getattr(kind, name)) for kind, (name, _) in places.items()]
    for kind, (name, url) in places.items():
        setattr(kind, name, url)
        kind.request_rate_per_sec = 0
    try:
        yield
    finally:
        for kind, name, url in earlier:
            setattr(kind, name, url)
