"""What docs/library.md shows works, word for word."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from tests.document_blocks import ROOT, Program, library_programs

from gazelled.clock import Clock
from gazelled.testing import Simulator
from gazelled.tracker import Api, Profile, connect, connect_sync
from gazelled.tracker.catalogue.endpoint import PagedEndpoint

DOC = (ROOT / "docs" / "library.md").read_text("utf-8")
PROGRAMS = tuple(library_programs())
QUICK = Profile("quick", "A pretend site", per=1.0)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=500.0), per=1.0) as simulator:
        yield simulator


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
async def test_every_block_runs(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    """As a script, at a pretend tracker and with credentials in place of the real ones."""
    monkeypatch.chdir(tmp_path)
    for name, way in (("connect", connect), ("connect_sync", connect_sync)):
        quick = partial(way, clock=Clock(speed=500.0), profile=QUICK)
        monkeypatch.setattr(f"gazelled.tracker.{name}", quick)
    code = program.code.replace("https://biotorrents.de", sim.url)
    code = code.replace('Token("…")', f'Token("{sim.token()}")')
    code = code.replace('Login("name", "password")', 'Login("me", "me-password-123456")')
    script = tmp_path / "script.py"
    script.write_text(code, "utf-8")
    await asyncio.to_thread(runpy.run_path, str(script), run_name="__main__")


def test_lines_are_those_of_the_document() -> None:
    """So what a type checker reports is found; and the test above looks at something."""
    assert len(PROGRAMS) >= 7
    lines = DOC.splitlines()
    for program in PROGRAMS:
        code = program.code.splitlines()
        last = len(code) - (1 if code[-1] == lines[len(code) - 1] else 2)
        assert code[last].strip() == lines[last].strip() != ""


def test_each_list_is_named() -> None:
    """The document says which actions have pages."""
    lists = [name for name in dir(Api) if isinstance(getattr(Api, name), PagedEndpoint)]
    assert len(lists) == 9
    assert all(f"`{name}`" in DOC for name in lists)
