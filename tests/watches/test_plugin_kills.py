"""A process that is killed at any statement of a look asks plugins nothing that they have said."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gazelled.model import EventKind
from gazelled.store import NAME
from gazelled.store.codec import load_event

pytestmark = [pytest.mark.timeout(300)]

STEP = 5
"""Every so many statements: each is a whole process with a tracker."""

CHILD = """
import asyncio, json, os, shutil, signal, sys
from dataclasses import replace
from pathlib import Path

from tests.watches.conftest import HandClock, open_post
from tests.watches.plugin_parts import Colleague, Sheet, taking_part

from gazelled.plugin import Note, Veto
from gazelled.store import Store
from gazelled.testing import Simulator, World

template, step = Path(sys.argv[1]), int(sys.argv[2])
TITLES = ("Hers", "Free", "Noted")

def opinion(decision):
    title = decision.item.title
    return Veto("Ada has it") if title == "Hers" else Note("rare") if title == "Noted" else None

async def look(folder, last, titles):
    clock, done = HandClock(), 0
    def statement(text):
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)
    def note(hook, title):
        with (folder / "asked").open("a") as file:
            file.write(json.dumps([hook, title, last]) + "\\n")
    async with Simulator(world=World(clock), clock=clock, per=0.001, allowed=1000) as sim:
        async with await Store.open(folder) as store, open_post(sim, clock, store) as post:
            for title in titles:
                sim.world.publish(title)
            sheet, colleague = Sheet(), Colleague(opinion)
            async def found(batch):
                for item in batch.items:
                    note("found", item.title)
                return await sheet.ask(batch)
            async def decided(decision):
                note("decided", decision.item.title)
                return await colleague.ask(decision)
            parts = taking_part([sheet], [colleague])
            post.participants = replace(
                parts,
                enrichers=(replace(sheet.part, ask=found),),
                deciders=(replace(colleague.part, ask=decided),),
            )
            watch = post.watch("ours", "browse", condition="known(accessions)")
            connection = store._database.connection
            await store._database.run(lambda: connection.set_trace_callback(statement))
            await post.run(watch)

def run(folder, last, titles):
    child = os.fork()  # this process has one thread, and loads everything once
    if not child:
        code = 1
        try:
            asyncio.run(look(folder, last, titles))
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False

template.mkdir()
run(template, 0, ())
number, killed = 1 - step, True
while killed:
    number += step
    folder = template.parent / f"killed-{number}"
    shutil.copytree(template, folder)
    killed = run(folder, number, TITLES)
    shutil.copytree(folder, template.parent / f"before-{number}")
    run(folder, 0, TITLES)
print(number)
"""


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a state."""
    with closing(sqlite3.connect(f"file:{folder / NAME}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def asked(folder: Path, run: int) -> list[tuple[str, str]]:
    """Return what plugins were asked in a run: the one that is killed at a statement, or 0."""
    log = folder / "asked"
    lines = map(json.loads, log.read_text().splitlines() if log.exists() else [])
    return [(hook, title) for hook, title, last in lines if last == run]


async def test_a_kill_at_any_statement(tmp_path: Path) -> None:
    """The outcome is the same, and what is written down isn't asked again."""
    template = tmp_path / "template"
    command = [sys.executable, "-c", CHILD, str(template), str(STEP)]
    child = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    number = int(child.stdout.split()[-1])
    assert number > 20
    stages = set()
    for last in range(1, number + 1, STEP):
        folder, before = (tmp_path / f"{name}-{last}" for name in ("killed", "before"))
        events = [load_event(body) for (body,) in rows(folder, "SELECT body FROM event")]
        news = {event.title: event.why[1:] for event in events if event.kind is EventKind.NEW}
        assert news == {"Free": (), "Noted": ("rare",)}
        assert {event.item.fields["accessions"] is not None for event in events[1:]} == {True}
        given = len(rows(before, "SELECT id FROM enrichment WHERE fields IS NOT NULL"))
        said = len(rows(before, "SELECT id FROM verdict"))
        stages.add((given, said))
        again = asked(folder, 0)
        assert [hook for hook, _ in again].count("found") == 3 - given
        assert [hook for hook, _ in again].count("decided") == 3 - said
    # Before a plugin was asked, between both, and when both had answered.
    assert {(0, 0), (3, 0), (3, 3)} <= stages
