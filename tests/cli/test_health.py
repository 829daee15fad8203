"""`gazelled health`, as monitoring programs and containers run it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person, Said

LINE = re.compile(r"(OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+(\|.+)?\n")
FIGURE = re.compile(r"\w+=\d+c?;\d*;\d*;\d*")
"""A label, a value with its unit, and what is a warning, critical, and least."""


async def running(person: Person) -> Said:
    """Return what is said once the daemon runs."""
    said = await person.asks("health")
    while said.code == 2:
        await asyncio.sleep(0.1)
        said = await person.asks("health")
    return said


async def test_without_a_daemon_it_is_critical(settled: Person) -> None:
    """As for a process that has ended."""
    said = await settled.asks("health")
    assert (said.code, said.out) == (2, "CRITICAL - gazelled is not running\n")


async def test_a_daemon_that_is_well_is_ok(settled: Person) -> None:
    """In one line, with figures that every program of that kind reads."""
    settled.starts("run")
    said = await running(settled)
    assert said.code == 0, said.out
    assert LINE.fullmatch(said.out)
    text, _, figures = said.out.strip().partition("|")
    assert text.startswith("OK - Watching 1; ")
    assert all(FIGURE.fullmatch(figure) for figure in figures.split())
    assert "watches=1;;;0" in figures
    data = (await settled.asks("health", "--json")).data
    assert (data["result"], data["problems"]) == ("OK", [])


async def test_what_is_wrong_is_a_warning_or_critical(settled: Person, sim: Simulator) -> None:
    """A stop is critical; a changed config only a warning, which can be ignored."""
    settled.starts("run")
    await running(settled)
    with settled.config.open("a") as file:
        file.write("# another one\n")
    said = await settled.asks("health")
    assert said.code == 1
    assert said.out.startswith("WARNING - config: the config on disk is newer")
    assert (await settled.asks("health", "--warnings-ok")).code == 0
    sim.revoke()
    await settled.asks("call", "index")
    said = await settled.asks("health", "--warnings-ok")
    assert said.code == 2
    assert said.out.startswith("CRITICAL - tracker: stopped until you act: ")
    assert "; and 1 more|errors=1;;0;0 warnings=1;0;;0" in said.out
