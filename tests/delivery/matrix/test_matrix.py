"""Each channel, and whatever can happen to a message: what arrives, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.preloaded import Preloaded
from tests.delivery.matrix.killed import kill
from tests.delivery.matrix.receivers import FAILURES, Receiver
from tests.delivery.matrix.rig import (
    BEHIND,
    LONG,
    TARGET,
    TROUBLED,
    Rig,
    Setup,
    event,
    name_of,
    opened,
)
from tests.delivery.matrix.table import CHANNELS, KILLS, SITUATIONS, Channel
from tests.plugins.torrents.real_clients import RealClient, is_installed

from gazelled.hooks.calls import target_calls
from gazelled.model import Delivery

SHORT = 0.7
"""Seconds that an attempt may take until the trouble has come; later ones take longer."""

QUICK = {"journal", "feed", "torrents, a folder", "webhook", "exec", "mail", "apprise, Matrix"}
"""The channels of which each run tests all; of others without a client, what is quick."""

SLOW = ("hangs", "late", "drips")


def is_quick(name: str, situation: str) -> bool:
    """Return whether each run tests a cell."""
    return name in QUICK or (not CHANNELS[name].client and situation in {"accepts", "refuses"})


CELLS = [
    pytest.param(
        name,
        situation,
        id=f"{name}-{situation}",
        marks=[] if is_quick(name, situation) else [pytest.mark.slow],
    )
    for name, channel in CHANNELS.items()
    for situation in SITUATIONS
    if channel.arrivals[situation] is not None
]


class Clients:
    """
    The real clients, each started once for all tests of a process that need it.

    Args:
        folder: Where they keep what is theirs.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[type[RealClient], RealClient] = {}

    def get(self, kind: type[RealClient] | None) -> RealClient | None:
        """Return one; the test is skipped where it isn't installed."""
        if kind is None:
            return None
        if not is_installed(kind):
            pytest.skip(f"{kind.program} isn't installed")
        if kind not in self._running:
            self._running[kind] = kind(self._folder / kind.name)
            self._running[kind].start()
        return self._running[kind]

    def stop(self) -> None:
        """End them."""
        for client in self._running.values():
            client.stop()


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Return the real clients."""
    running = Clients(tmp_path_factory.mktemp("clients"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def preloaded() -> Iterator[Preloaded]:
    """Return what starts processes quickly."""
    server = Preloaded()
    yield server
    server.end()


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the core's own limit be soon after the channel's."""
    monkeypatch.setattr(target_calls, "MARGIN", 0.3)


def trouble_of(situation: str, *, is_local: bool) -> str:
    """Return what the receiver does; a process is killed during an attempt while that hangs."""
    if situation == "during":
        return "" if is_local else "hangs"
    return "" if situation in {"accepts", "before", "after"} else situation


async def check(rig: Rig, receiver: Receiver, channel: Channel, situation: str) -> None:
    """Compare what has arrived with the table."""
    times = channel.arrivals[situation]
    assert times is not None
    arrived, different = await asyncio.to_thread(receiver.counts, TROUBLED)
    assert (arrived, different) == (times, min(times, 1) if channel.key else times)
    assert await asyncio.to_thread(receiver.counts, BEHIND) == (1, 1)
    counts = await rig.store.counts()
    assert (counts["done"], counts["given_up"]) == ((2, 0) if times else (1, 1))


def check_order(attempts: list[str], channel: Channel) -> None:
    """Compare with the table what happens after three failures."""
    failures = [TROUBLED] * FAILURES
    assert attempts[:FAILURES] == failures
    rest = [BEHIND, TROUBLED] if channel.steps_aside else [TROUBLED, BEHIND]
    assert attempts[FAILURES:] == rest


@pytest.mark.parametrize(("name", "situation"), CELLS)
async def test_what_arrives(
    name: str, situation: str, tmp_path: Path, preloaded: Preloaded, clients: Clients
) -> None:
    """Nothing is lost, and nothing comes again where the channel can tell."""
    channel = CHANNELS[name]
    setup = Setup(str(tmp_path / "state"), channel.plugin, run=tmp_path.name)
    receiver = channel.receiver(setup, clients.get(channel.client))
    receiver.trouble = trouble_of(situation, is_local=receiver.is_local)

    def seconds(delivery: Delivery) -> float:
        is_short = situation in SLOW and not receiver.met
        return SHORT * 1.5 ** (delivery.attempt - 1) if is_short else LONG

    attempts: list[str] = []

    async def around(stage: str, delivery: Delivery) -> None:
        if stage == "before":
            attempts.append(name_of(delivery.event))
            receiver.begin(attempts[-1])

    with receiver.receiving() as found:
        setup = replace(setup, **found)
        async with opened(setup) as rig:
            for title in (TROUBLED, BEHIND):
                await rig.store.outbox.add(event(title), [TARGET])
        if situation in KILLS:
            await kill(preloaded, setup, situation, lambda: receiver.met)
        async with opened(setup, seconds, around) as rig:
            await rig.finish()
            await check(rig, receiver, channel, situation)
    if situation == "fails" and channel.steps_aside is not None:
        check_order(attempts, channel)
    elif situation not in {"fails", *KILLS}:
        assert attempts == sorted(attempts)
