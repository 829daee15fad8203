"""Processes that start, run and are killed while the disk is full."""

from __future__ import annotations

import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person
    from tests.operations.conftest import SmallDisk

PLUGIN = """\
import asyncio
from pathlib import Path
from gazelled.plugin import Delivery, PluginConfig, target

class Options(PluginConfig):
    path: Path

@target(Options)
async def phone(delivery: Delivery, options: Options) -> None:
    hold = options.path.with_name("hold")
    while hold.exists() and hold.read_text() == delivery.event.title:
        options.path.with_name("holds").touch()
        await asyncio.sleep(0.05)
    with options.path.open("a") as file:
        file.write(delivery.event.title + "\\n")
"""
FULL, ROOM = "gazelled can't write its state", "gazelled can write its state again"
KILLS = 4


class Phone:
    """A target beside the full disk."""

    def __init__(self, settled: Person) -> None:
        settled.write(PLUGIN, "plugins/phone.py")
        self._path = settled.folder / "phone"
        text = settled.config.read_text().replace('["journal", "feed"]', '["phone"]')
        text = text.replace('tell = ["journal"]', 'tell = ["phone"]')
        text = text.replace("[watch.yeast]", '[watch.yeast]\nevery = "2s"')
        text = text.replace("[tracker.limit]", 'share = "100%"\n[tracker.limit]\nfloor = "2s"')
        plugin = '[plugin.phone]\nfile = "phone.py"\n[target.phone]\nplugin = "phone"\n'
        settled.write(f'{text}{plugin}path = "{self._path}"\n')

    def hold(self, title: str) -> None:
        """Let the message with a title take long, until another one is held."""
        self._path.with_name("hold").write_text(title)

    def holds(self) -> bool:
        """Return whether a message has been held."""
        return self._path.with_name("holds").exists()

    def titles(self) -> list[str]:
        """Return what it was sent."""
        return self._path.read_text().splitlines() if self._path.exists() else []


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Return a tracker that takes many requests a second."""
    async with Simulator(per=0.1, allowed=2) as made:
        yield made


@pytest.fixture
def phone(settled: Person) -> Phone:
    """Return the phone of somebody whose runtime folder is not on the small disk."""
    settled.environ["RUNTIME_DIRECTORY"] = str(settled.folder / "runtime")
    (settled.folder / "runtime").mkdir(mode=0o700)
    return Phone(settled)


@pytest.mark.machine  # its pauses and kills take long where other tests share the processors
@pytest.mark.timeout(900)
async def test_kills_on_a_full_disk_lose_and_repeat_nothing(
    person_disk: SmallDisk, sim: Simulator, settled: Person, phone: Phone
) -> None:
    """However often it is killed meanwhile, one notice is sent, and each event once."""
    daemon = settled.starts("run")
    await settled.until(lambda: "Watching yeast" in phone.titles())
    person_disk.fill()
    sim.world.publish("yeast S288C reads")
    await settled.until(lambda: FULL in phone.titles())
    for _ in range(KILLS):
        daemon.send_signal(signal.SIGKILL)
        await settled.ended(daemon)
        asked = len(sim.arrivals)
        daemon = settled.starts("run")
        while "Waiting since" not in (said := await settled.asks("status")).err:
            assert daemon.poll() is None, settled.log
        assert said.code == 3
        assert len(sim.arrivals) == asked
    person_disk.free()
    await settled.until(lambda: {ROOM, "yeast S288C reads"} <= set(phone.titles()))
    daemon.terminate()
    assert await settled.ended(daemon) == 0
    assert Counter(phone.titles()) == Counter(["Watching yeast", FULL, "yeast S288C reads", ROOM])


@pytest.mark.timeout(900)
async def test_what_arrived_on_a_full_disk_is_not_sent_again_after_a_kill(
    person_disk: SmallDisk, sim: Simulator, settled: Person, phone: Phone
) -> None:
    """That it has arrived can't be stored; it is noted beside the disk and stored by the next."""
    daemon = settled.starts("run")
    await settled.until(lambda: "Watching yeast" in phone.titles())
    phone.hold("yeast S288C reads")
    sim.world.publish("yeast S288C reads")
    await settled.until(phone.holds)
    person_disk.fill()
    await settled.until(lambda: FULL in phone.titles())
    phone.hold("nothing")
    note = settled.folder / "runtime" / "arrived.json"
    await settled.until(lambda: "yeast:new:" in note.read_text() if note.exists() else False)
    assert "yeast S288C reads" in phone.titles()
    daemon.send_signal(signal.SIGKILL)
    await settled.ended(daemon)
    person_disk.free()
    daemon = settled.starts("run")
    await settled.until(lambda: ROOM in phone.titles())
    sim.world.publish("yeast W303 reads")
    await settled.until(lambda: "yeast W303 reads" in phone.titles())
    assert Counter(phone.titles())["yeast S288C reads"] == 1
    assert not note.exists()
    assert daemon.poll() is None


async def test_a_start_on_a_full_disk_is_up_and_waits(
    person_disk: SmallDisk, settled: Person, phone: Phone
) -> None:
    """Systemd sees that it is up and why it waits; then it starts by itself."""
    person_disk.fill()
    path = settled.folder / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(path))
        manager.settimeout(0)
        settled.environ["NOTIFY_SOCKET"] = str(path)
        daemon = settled.starts("run")
        heard = Heard(manager)
        await settled.until(lambda: "STATUS=Waiting since" in heard.text)
        assert heard.text.index("READY=1") < heard.text.index("STATUS=Waiting since")
        await settled.until(lambda: FULL in phone.titles())
        person_disk.free()
        await settled.until(lambda: {ROOM, "Watching yeast"} <= set(phone.titles()))
        assert daemon.poll() is None


class Heard:
    """What the service manager was sent."""

    def __init__(self, manager: socket.socket) -> None:
        self._manager = manager
        self._text = ""

    @property
    def text(self) -> str:
        """All of it until now."""
        with suppress(BlockingIOError):
            while True:
                self._text += self._manager.recv(65536).decode() + "\n"
        return self._text


def test_the_disk_is_small(person_disk: SmallDisk) -> None:
    """A full one takes no byte, and one with room takes some."""
    person_disk.fill()
    with pytest.raises(OSError, match="No space left"):
        Path(person_disk.folder / "more").write_bytes(b"more")
    person_disk.free()
    assert Path(person_disk.folder / "more").write_bytes(b"more") == 4
