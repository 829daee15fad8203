"""A plugin blocks the daemon for ever, and the daemon is killed for it, as a watchdog would."""

from __future__ import annotations

import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PLUGIN = '''\
"""A target that accepts and answers a little later, and one that blocks the process."""
import asyncio, time
from pathlib import Path
from gazelled.plugin import Delivery, PluginConfig, target

class Options(PluginConfig):
    path: Path
    blocks: bool = False

@target(Options)
async def writes(delivery: Delivery, options: Options) -> None:
    with options.path.open("a") as file:
        file.write(delivery.event.title + "\\n")
    if options.blocks:
        time.sleep(3600)
    await asyncio.sleep(0.1)
'''
CONFIG = """
[plugin.writes]
file = "writes.py"
[target.works]
plugin = "writes"
path = "{folder}/works"
[target.blocks]
plugin = "writes"
path = "{folder}/blocks"
blocks = true
[watch.wanted]
ask = "browse"
match.title = "Wanted"
every = "2s"
tell = ["works"]
"""


HASTY = """
from gazelled.delivery import retry

retry.pause_after_kill = lambda kills: 0.5 * kills
"""
"""Makes it wait a moment after a kill where it would wait a quarter of a minute."""


class Written:
    """
    What the two targets were sent.

    Args:
        settled: Whose config they are added to.

    """

    def __init__(self, settled: Person) -> None:
        self._folder = settled.folder
        settled.write(PLUGIN, "plugins/writes.py")
        text = settled.config.read_text() + CONFIG.format(folder=self._folder)
        text = text.replace('tell = ["journal"]', 'tell = ["works"]')
        text = text.replace('tell = ["journal", "feed"]', 'tell = ["blocks", "works"]')
        text = text.replace("[tracker.limit]", 'share = "100%"\n[tracker.limit]')
        settled.write(text.replace("per = 0.1", 'per = 0.1\nfloor = "2s"'))
        assert settled.types("check").code == 0

    def titles(self, target: str) -> list[str]:
        """Return the titles that a target was sent, in their order."""
        file = self._folder / target
        return file.read_text().splitlines() if file.exists() else []


async def blocked(settled: Person, written: Written, times: int) -> None:
    """Start the daemon, and abort it as soon as it is blocked so often."""
    daemon = settled.starts("run")
    await settled.until(lambda: len(written.titles("blocks")) >= times)
    daemon.send_signal(signal.SIGABRT)
    await settled.ended(daemon)


async def test_the_other_target_is_told_once(settled: Person, sim: Simulator) -> None:
    """After a kill all else is delivered, once; what blocked waits, and isn't tried at once."""
    written = Written(settled)
    await blocked(settled, written, 1)
    daemon = await settled.daemon()
    await settled.until(lambda: "Watching wanted" in written.titles("works"))
    sim.world.publish("Wanted")
    await settled.until(lambda: "Wanted" in written.titles("works"))
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0
    assert written.titles("blocks") == ["Watching yeast"]
    assert Counter(written.titles("works")) == Counter(
        ["Watching yeast", "Watching wanted", "Wanted"]
    )


@pytest.mark.slow
async def test_what_was_under_way_at_three_kills_rests(settled: Person, sim: Simulator) -> None:
    """It is tried alone and ever later; then it is told and shown, and a person may resume it."""
    written = Written(settled)
    settled.before = HASTY
    for round_ in range(3):
        await blocked(settled, written, round_ + 1)
        sim.world.publish(f"Wanted {round_}")
    daemon = await settled.daemon()
    await settled.until(lambda: "blocks: a message is paused" in written.titles("works"))
    await settled.until(lambda: "Wanted 2" in written.titles("works"))
    told = written.titles("works")
    assert Counter(told) == Counter(dict.fromkeys(told, 1))
    assert {"Watching yeast", "Watching wanted"} <= {*told}
    assert written.titles("blocks") == ["Watching yeast"] * 3
    shown = (await settled.asks("status")).out
    assert "1 paused: gazelled was killed while sending; gazelled resume retries" in shown
    assert "retried now: 1" in (await settled.asks("resume")).err
    await settled.until(lambda: len(written.titles("blocks")) == 4)
    daemon.kill()
    await settled.ended(daemon)
