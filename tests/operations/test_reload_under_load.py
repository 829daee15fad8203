"""The config is reloaded again and again while the daemon looks, catches up and delivers."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from gazelled.service.control.client import ask_once
from gazelled.service.control.protocol import ReloadRequest
from gazelled.service.reloading.reload_reply import ReloadReply
from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PER = 0.03
MOST = 240.0
"""How many seconds it may take at most until something is so."""

BEHIND = 60
"""So many uploads are further back than the pages go."""

LEAKS = 24.0
"""MiB that the second half of the reloads may add: a leak of each reload would be more."""

PLUGIN = """
# Edition {number}
from pathlib import Path
from gazelled.plugin import PluginConfig, hookimpl, target

class Options(PluginConfig):
    path: Path

ROOM = [{number}] * 20_000

@hookimpl
async def gazelled_setup(context):
    context.schedule(later, every="1h", name="later")
    context.spawn(later(), name="now")
    yield

async def later():
    pass

@target(Options)
async def lines(delivery, options):
    with options.path.open("a") as file:
        file.write(delivery.event.title + "\\n")
"""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Return a tracker that takes thirty requests a second."""
    async with Simulator(per=PER, allowed=2) as made:
        yield made


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that takes long."""
    async with asyncio.timeout(MOST):
        while not holds():  # noqa: ASYNC110 - another process makes it hold
            await asyncio.sleep(0.02)


class Household:
    """
    A config that changes by chance, and what has to come of it whatever it says.

    Attributes:
        wanted: The titles that have to be delivered, to the journal and to the plugin's file.

    """

    def __init__(self, settled: Person, sim: Simulator, seed: int) -> None:
        self.settled = settled
        self.sim = sim
        self.wanted: list[str] = []
        self.chance = random.Random(seed)  # noqa: S311 - a config, not a secret
        head, _, tail = settled.config.read_text().partition("[watch.yeast]")
        self._head = head.replace("per = 0.1", f'per = {PER}\nfloor = "2s"')
        self._tail = tail[tail.index("[target.journal]") :]
        self._edition = 0
        self.lines = settled.folder / "lines.txt"

    def upload(self, most: int) -> None:
        """Let something appear at the tracker, of which a quarter fits."""
        for _ in range(self.chance.randint(0, most)):
            fits = self.chance.random() < 1 / 4
            title = f"Wanted {len(self.wanted)}" if fits else "Other"
            self.wanted.extend([title] if fits else [])
            self.sim.world.publish(title)

    def good(self) -> None:
        """Write another config without errors."""
        chance = self.chance
        if chance.random() < 1 / 3:
            self._edition += 1
        self._write_plugin(PLUGIN.format(number=self._edition))
        self.settled.write("\n".join(self._tables()))

    def bad(self) -> None:
        """Write one with an error, in the config or in the plugin."""
        text = "\n".join(self._tables())
        errors = (
            lambda: self.settled.write(f"{text}\n[watch.x\n"),
            lambda: self.settled.write(f'{text}\n[watch.x]\nask = "browse"\nodd = 1\n'),
            lambda: self.settled.write(f'{text}\n[watch.x]\nask = "browse"\ntell = ["nobody"]\n'),
            lambda: self.settled.write(text.replace("tracker-token", "no-such-secret")),
            lambda: self._write_plugin(
                f"# {chance_text(self.chance)}\nraise RuntimeError('odd')\n"
            ),
            lambda: self._write_plugin(f"def {chance_text(self.chance)}\n"),
        )
        if self.chance.random() < 1 / 2:  # it is imported, and must be forgotten again
            self._write_plugin(PLUGIN.format(number=self.chance.randint(10**6, 10**9)))
        self.chance.choice(errors)()

    def _write_plugin(self, text: str) -> None:
        self.settled.write(text, "lines.py")

    def _tables(self) -> Iterator[str]:
        chance = self.chance
        yield self._head.replace(
            "[tracker]", f"[tracker]\nshare = {chance.choice([0.6, 0.8, 1.0])}"
        ).replace(f"per = {PER}", f"per = {chance.choice([PER, 1.5 * PER])}")
        name = chance.choice(["wanted", "renamed", "third"])
        every = chance.choice(["2s", "3s"])
        yield f'[watch.{name}]\nask = "browse"\nmatch.title = "Wanted"\nevery = "{every}"'
        yield 'tell = ["journal", "lines"]\nurgent = true'
        for number in range(chance.randint(0, 3)):
            yield f'[watch.more-{number}]\nask = "browse"\nevery = "{chance.choice(["5s", "1h"])}"'
            yield f'match.title = "Nothing {chance.randint(0, 3)}"\ntell = ["other"]'
        yield self._tail
        yield f'[target.other]\nplugin = "journal"\nmax = "{chance.randint(5, 9)}/h"'
        yield f'[target.lines]\nplugin = "lines"\npath = "{self.lines}"'
        yield f'timeout = "{chance.choice([20, 30])}s"'
        yield '[plugin.lines]\nfile = "lines.py"'
        yield f'[log]\nlevel = "{chance.choice(["info", "warning"])}"'

    def arrived(self) -> list[str]:
        """Return what the plugin's target got."""
        lines = self.lines.read_text().splitlines() if self.lines.exists() else []
        return [line for line in lines if line.startswith("Wanted")]

    def journalled(self) -> list[str]:
        """Return what the journal got."""
        return [title for title in self.settled.titles() if title.startswith("Wanted")]

    async def reload(self) -> ReloadReply:
        """Reload, as the command does."""
        return await ask_once(self.settled.state / "control.sock", ReloadRequest())


def chance_text(chance: random.Random) -> str:
    """Return another word each time, so that a file is another one."""
    return f"odd_{chance.randint(0, 10**9)}"


def resident(pid: int) -> float:
    """Return the memory of a process, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


async def reload_often(settled: Person, sim: Simulator, times: int, seed: int) -> None:
    """Reload so many times; a part of the configs has errors."""
    home = Household(settled, sim, seed)
    home.good()
    daemon = await settled.daemon()
    await until(lambda: any(title.startswith("Watching") for title in settled.titles()))
    used: list[float] = []
    applied = 0
    for number in range(times):
        home.upload(4)
        if number == times // 3:
            home.upload(0)
            for _ in range(1000 + BEHIND):
                sim.world.publish("Other")
        is_good = home.chance.random() < 2 / 3
        (home.good if is_good else home.bad)()
        reply = await home.reload()
        assert reply.applied is is_good, reply
        assert is_good or reply.problems
        applied += reply.applied
        if home.chance.random() < 1 / 5:
            again = await asyncio.gather(home.reload(), home.reload())
            assert {one.applied for one in again} == {is_good}
        await asyncio.sleep(home.chance.uniform(0, 0.3))
        used.append(resident(daemon.pid))
        assert daemon.poll() is None, settled.log[-3000:]
    home.good()
    assert (await home.reload()).applied
    home.upload(4)
    await until(lambda: {*home.wanted} <= {*home.journalled()} & {*home.arrived()})
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0
    assert Counter(home.journalled()) == Counter(home.wanted)
    assert Counter(home.arrived()) == Counter(home.wanted)
    assert {each.verdict for each in sim.arrivals} == {"ok"}
    assert applied > times / 3
    quarter = max(times // 4, 1)
    before, after = median(used[2 * quarter : 3 * quarter]), median(used[-quarter:])
    print(f"{times} reloads: {before:.1f} MiB, then {after:.1f} MiB")  # noqa: T201 - shown by -s
    assert after - before < LEAKS, used
    assert "abandoned" not in settled.log
    assert "crashed" not in settled.log


@pytest.mark.timeout(2 * MOST)
async def test_nothing_is_missed_or_repeated(settled: Person, sim: Simulator) -> None:
    """Over fifteen reloads with and without errors."""
    await reload_often(settled, sim, 15, seed=5)


@pytest.mark.slow
@pytest.mark.timeout(6 * MOST)
async def test_two_hundred_reloads(settled: Person, sim: Simulator) -> None:
    """Nor over two hundred, and the memory stays as it is."""
    await reload_often(settled, sim, 200, seed=11)
