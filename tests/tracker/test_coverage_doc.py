"""docs/coverage.md is true: every call of it works, and a row without one has a reason."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.document_blocks import ROOT

from gazelled.clock import Clock
from gazelled.testing import Simulator
from gazelled.tracker import (
    Api,
    Cookies,
    Login,
    Profile,
    RequestRefused,
    WriteOutcome,
    WriteResult,
    connect,
    connect_sync,
)
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.endpoint import Endpoint
from gazelled.tracker.forms.allowed import ALLOWED
from gazelled.tracker.models import decode

LIBRARIES = {
    "frankston/WhatAPI": 34,
    "kdvh/whatapi": 25,
    "deoxxa/whatcd": 21,
    "Gwindow/WhatAPI": 60,
    "Jleagle/gazelle-api-client": 22,
    "isaaczafuta/whatapi": 2,
    "chasemgray/RubyGazelle": 20,
    "technophile-musicfan/python-gazelle": 24,
}
"""How many methods each library has, at least."""

SPEED = 300.0
_CALLED = re.compile(r'api\.(?:call\(")?(\w+)')


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the document: what there is elsewhere, the call here, and what else to say."""

    library: str
    methods: tuple[str, ...]
    call: str
    note: str


def rows() -> list[Row]:
    """Read the tables of the document."""
    found: list[Row] = []
    library = ""
    for line in (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            library = line.removeprefix("## ").split()[0]
        elif line.startswith("| `"):
            there, call, note = (cell.strip() for cell in line.split("|")[1:-1])
            methods = tuple(re.findall(r"`([^`]+)`", there))
            found.append(Row(library, methods, call.strip("`"), note))
    return found


ROWS = rows()
CALLS = sorted({row.call for row in ROWS if row.call})


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast, where everything may be read."""
    async with Simulator(clock=Clock(speed=SPEED), per=1.0) as simulator:
        simulator.world.user("me").klass = "Power User"
        yield simulator


async def refused(call: Any) -> str:  # noqa: ANN401 - any call
    """Return what the tracker refuses a call with, which is not for its parameters."""
    with pytest.raises(RequestRefused) as problem:
        await call
    text = str(problem.value)
    assert text in {"bad parameters", "no reason given (200 OK)"} or "is broken at" in text
    return text


@pytest.mark.parametrize("call", CALLS)
async def test_every_call_works(sim: Simulator, tmp_path: Path, call: str) -> None:
    """As it stands, with a client that is logged in."""
    quick = Profile("quick", "A pretend site", per=1.0)
    password = sim.world.user("me").password

    common: dict[str, Any] = {"profile": quick, "clock": sim.clock, "allow": frozenset(ALLOWED)}
    connected: Any = partial(connect, **common)

    names: dict[str, Any] = {
        "Cookies": Cookies,
        "Login": Login,
        "attrgetter": attrgetter,
        "connect": connected,
        "connect_sync": partial(connect_sync, **common),
        "decode": decode,
        "folder": tmp_path / "kept",
        "groupby": groupby,
        "jar": await cookies(sim) if "jar" in call else {},
        "password": password,
        "refused": refused,
        "url": sim.url,
    }
    if call.startswith("with "):  # it blocks, and the tracker is served by this event loop
        await asyncio.to_thread(exec, call, names)
        return
    if call.startswith("async with "):
        await run(call, names)
        return
    async with connected(sim.url, Login("me", password), folder=tmp_path / "files") as api:
        answer = await run(call, {**names, "api": api})
    if "api.write.clear" in call:  # the tracker answers nothing
        assert answer is None
    elif isinstance(answer, WriteResult):
        assert answer.outcome in {WriteOutcome.DONE, WriteOutcome.ALREADY}
    else:
        assert answer is not None


async def cookies(sim: Simulator) -> dict[str, str]:
    """Return the cookies that another program logged in with."""
    form = {"username": "me", "password": sim.world.user("me").password}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sim.url}/login.php", data=form, allow_redirects=False) as answer,
    ):
        return {name: cookie.value for name, cookie in answer.cookies.items()}


async def run(code: str, names: dict[str, Any]) -> object:
    """Run an expression or a statement as the body of a coroutine function."""
    (statement,) = ast.parse(code).body
    asked = "await " if code.startswith("refused(") else ""
    result = f"return {asked}{code}" if isinstance(statement, ast.Expr) else code
    scope = dict(names)
    exec(f"async def main():\n    {result}", scope)  # noqa: S102 - it is our document
    return await scope["main"]()


def test_what_is_refused_is_what_does_not_work() -> None:
    """A row that says so is about an action that is broken or absent at BioTorrents.de."""
    names = {
        name for call in CALLS if call.startswith("refused(") for name in _CALLED.findall(call)
    }
    assert names
    assert {ACTIONS[name].state for name in names} <= {"broken", "absent"}


def test_every_row_has_a_call_or_a_reason() -> None:
    """Nothing is passed over in silence."""
    assert [
        row.methods for row in ROWS if not row.methods or not (row.call or len(row.note) > 10)
    ] == []


@pytest.mark.parametrize(("library", "least"), LIBRARIES.items())
def test_every_library_is_there(library: str, least: int) -> None:
    """With about as many methods as it has."""
    assert sum(len(row.methods) for row in ROWS if row.library == library) >= least


def test_what_is_shown_is_what_there_is() -> None:
    """Of the methods that read lists or things, none is missing for want of a row."""
    shown = " ".join(CALLS)
    mine = {
        *("community_stats", "get_friends", "get_user_notifications", "loadavg", "manifest"),
        *("news_ajax", "ontology", "preview", "raw_bbcode", "stats", "torrentgroupalbumart"),
        *("userhistory", "wiki", "autofill"),
    }
    typed = {name for name in dir(Api) if isinstance(getattr(Api, name), Endpoint)}
    assert {name for name in typed - mine if f"api.{name}" not in shown} == set()
