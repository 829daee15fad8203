"""What docs/library.md shows works, word for word."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gazelled.clock import Clock
from gazelled.testing import Simulator
from gazelled.tracker import Api, Profile, Token, connect

DOC = (Path(__file__).parents[2] / "docs" / "library.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", DOC, re.DOTALL | re.MULTILINE)
QUICK = Profile("quick", "A pretend site", per=1.0)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=500.0), per=1.0) as simulator:
        yield simulator


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_every_block_runs(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """At a pretend tracker in place of the real one; those that don't connect are given an api."""
    monkeypatch.chdir(tmp_path)
    code = BLOCKS[number].replace("https://biotorrents.de", sim.url)
    code = code.replace('Token("…")', f'Token("{sim.token()}"), clock=clock')
    compiled = compile(code, "library.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    async with (
        asyncio.timeout(30),
        connect(sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock, folder="kept") as api,
    ):
        running = eval(compiled, {"api": api, "clock": sim.clock})  # noqa: S307 - our own words
        if inspect.isawaitable(running):
            await running


def test_there_are_blocks() -> None:
    """The test above looks at something."""
    assert len(BLOCKS) == 7


def test_each_list_is_named() -> None:
    """The document says which actions have pages."""
    lists = [name for name, each in vars(Api).items() if hasattr(each, "shelf")]
    assert all(f"`{name}`" in DOC for name in lists)
