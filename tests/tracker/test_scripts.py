"""The client library in scripts of their own: what they print, and what they load."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest

from gazelled.clock import Clock
from gazelled.testing import Fault, Simulator

SPEED = 500.0
HEAD = f"""\
import asyncio, logging, sys
from gazelled.clock import Clock
from gazelled.tracker import *
url, token = sys.argv[1:]
quick = dict(clock=Clock(speed={SPEED}), profile=Profile("quick", "A simulated site", per=1.0))
"""
STATS = """
async def main():
    async with connect(url, Token(token), **quick) as api:
        await api.stats()

asyncio.run(main())
"""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=SPEED), per=1.0) as simulator:
        yield simulator


async def run(sim: Simulator, code: str) -> tuple[int | None, str, str]:
    """Run a script that connects; return its exit status, output and errors."""
    args = (sys.executable, "-W", "always", "-c", HEAD + code, sim.url, sim.token())
    script = await asyncio.create_subprocess_exec(*args, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(60):
            out, errors = await script.communicate()
    finally:
        if script.returncode is None:
            script.kill()
    return script.returncode, out.decode(), errors.decode()


def drifting(sim: Simulator) -> None:
    """Let the tracker add a field."""

    def rewrite(body: bytes) -> bytes:
        answer = json.loads(body)
        answer["response"]["novel"] = 1
        return json.dumps(answer).encode()

    sim.settings.rewrite = rewrite
    sim.fail(Fault.REWRITTEN)


async def test_a_library_is_quiet(sim: Simulator) -> None:
    """An answer that differs, and a warning of PHP, leave the output to the script."""
    drifting(sim)
    assert await run(sim, STATS) == (0, "", "")
    sim.repair()
    sim.fail(Fault.PHP_WARNINGS)
    assert await run(sim, STATS) == (0, "", "")


async def test_a_script_that_sets_logging_up_sees_events(sim: Simulator) -> None:
    """In one line with its fields, at the level and by the logger that say where it is from."""
    drifting(sim)
    code, out, errors = await run(sim, f"logging.basicConfig(){STATS}")
    assert (code, out) == (0, "")
    assert errors == (
        "WARNING:gazelled.tracker.decoding.drift:answer.drifted action=stats "
        "drift=\"['novel is new: a number']\"\n"
    )


SYNC = "api = connect_sync(url, Token(token), **quick)\n"


@pytest.mark.parametrize(
    "code",
    [
        "print(api.stats().torrent_count > 0)",
        "with api: print(api.stats().torrent_count > 0)",
        "entries = iter(api.browse.items()); print(next(entries).group_id > 0)",
        "entries = (each.group_id for each in api.browse.items()); print(next(entries) > 0)",
    ],
)
async def test_a_script_may_end_anywhere(sim: Simulator, code: str) -> None:
    """Without `with`, and in the middle of pages: it ends at once, and without a word."""
    assert await run(sim, SYNC + code) == (0, "True\n", "")


async def test_a_forked_process_has_no_connection(sim: Simulator) -> None:
    """It is told so instead of waiting for a thread that it lacks; the first one's goes on."""
    code = f"""{SYNC}
import os
if child := os.fork():
    os.waitpid(child, 0)
    print(api.stats().torrent_count > 0)
else:
    try:
        api.stats()
    except RequestRefused as problem:
        print(problem)
    api.close()
"""
    said = "The connection belongs to the process that opened it, and this one was forked from that"
    assert await run(sim, code) == (0, f"{said}: make all calls there.\nTrue\n", "")


@pytest.mark.parametrize("wait", ["api.stats()", "for _ in api.browse.items(): pass"])
async def test_a_script_that_is_interrupted(sim: Simulator, wait: str) -> None:
    """Control-C ends a call that waits, and the script can go on or end."""
    sim.fail(Fault.HANG)
    interrupt = (
        "import os, signal, threading\nthreading.Timer(0.5, os.kill, (os.getpid(), 2)).start()"
    )
    code = f"""{SYNC}{interrupt}
try:
    {wait}
except KeyboardInterrupt:
    print("interrupted")
"""
    assert await run(sim, code) == (0, "interrupted\n", "")
    status, out, errors = await run(sim, f"{SYNC}{interrupt}\nwith api:\n    {wait}")
    assert (status, out) == (-2, "")
    assert errors.endswith("KeyboardInterrupt\n")
    assert errors.count("Traceback") == 1
