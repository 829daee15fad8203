"""A process that delivers until it is killed: before, during or after an attempt."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.delivery.matrix.rig import PATIENCE, Setup, opened

from gazelled.model import Delivery

if TYPE_CHECKING:
    from tests.cli.preloaded import Preloaded

ROOT = Path(__file__).parents[3]
_NOW = b"now\n"
_CODE = """
import sys
sys.path.insert(0, {root!r})
from tests.delivery.matrix.killed import main
main({setup!r}, {stage!r})
"""


async def kill(preloaded: Preloaded, setup: Setup, stage: str, met: Callable[[], bool]) -> None:
    """
    Let another process deliver, and kill it.

    Args:
        preloaded: Starts it.
        setup: Its target.
        stage: `before`, `during` or `after` the first attempt. What is local is killed with the
            file written, and before it is on the disk for sure.
        met: Whether a receiver has taken a message, and hangs: it is killed then.

    """
    code = _CODE.format(root=str(ROOT), setup=json.dumps(asdict(setup)), stage=stage)
    read, write = os.pipe()
    log = Path(setup.folder) / "killed.log"
    with log.open("wb") as errors, os.fdopen(read, "rb") as reports:
        environ = {"PATH": os.environ["PATH"], "HOME": setup.folder}
        process = preloaded.start([], environ, stdout=write, stderr=errors.fileno(), before=code)
        os.close(write)
        # It reads up to there, or to the end of the process.
        waiting = asyncio.create_task(asyncio.to_thread(lambda: _NOW in reports))
        async with asyncio.timeout(PATIENCE):
            while not (waiting.done() or met()):  # noqa: ASYNC110 - another process makes it so
                await asyncio.sleep(0.01)
        process.kill()
        process.wait(PATIENCE)
        assert await waiting or met(), log.read_text()


def main(setup: str, stage: str) -> None:
    """Deliver, and stop where the parent kills."""
    asyncio.run(_deliver(Setup(**json.loads(setup)), stage))


def stop(number: object = None) -> None:
    """Report that this is the moment, and wait to be killed."""
    del number
    os.write(1, _NOW)
    time.sleep(10 * PATIENCE)


async def _deliver(setup: Setup, stage: str) -> None:
    async def around(reached: str, delivery: Delivery) -> None:
        del delivery
        if reached == stage:
            stop()
        if stage == "during":
            os.fsync = stop  # type: ignore[assignment]  # what has a receiver is killed when that hangs

    async with opened(setup, around=around) as rig:
        await rig.deliverer.run()
