"""The transcripts of docs/explain.md are what the commands say."""

from __future__ import annotations

import os
import re
import shlex
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gazelled.clock import Clock
from gazelled.config import load
from gazelled.redact import Redactor
from gazelled.service.compose import open_app

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

PAGE = Path(__file__).parents[2] / "docs" / "explain.md"
WRITE = "GAZELLED_WRITE_DOCS"
TODAY = date(2026, 3, 16)
WATCH = """\
[watch.yeast]
ask = "browse"
tell = ["phone", "lab-feed"]
[watch.yeast.match]
tags.any = ["yeast"]
license = ["Public Domain", "CC0"]
size.max = "50 GiB"
"""
TARGETS = """
[target.phone]
plugin = "journal"
[target.lab-feed]
plugin = "feed"
title = "Yeast data"
"""
_CONSOLE = re.compile(r"```console\n\$ (.+)\n(?:[^`]*\n)?```")


async def look(person: Person, days_ago: int) -> None:
    """Let the watch look, some days ago at twelve past nine."""
    day = datetime.now(UTC).astimezone().date() - timedelta(days=days_ago)
    at = datetime(day.year, day.month, day.day, 9, 12).astimezone()
    config = load(person.config, person.environ).config
    assert config is not None
    async with open_app(
        config,
        person.state,
        clock=Clock(start=at.astimezone(UTC)),
        redactor=Redactor(),
        environ={},
        web=False,
        spread=False,
    ) as app:
        await app.run_watch("yeast")
        await app.deliverer.drain(30.0)


async def live_through_it(person: Person, sim: Simulator) -> None:
    """Let happen what the page tells of."""
    head, _, _ = person.config.read_text().partition("[notices]")
    person.write(head + WATCH + TARGETS)
    person.write(WATCH.replace('"CC0"', '"CC0", "CC BY-SA"'), "wider.toml")
    sim.world.publish("S. cerevisiae S288C annotation")
    await look(person, 12)
    sim.world.publish("S. cerevisiae S288C reads", size=7623566950, license="CC0")
    await look(person, 11)
    sim.world.publish("Yeast proteome", license="CC BY-SA")
    await look(person, 10)
    sim.world.publish("Yeast growth curves", license="")
    await look(person, 9)
    sim.world.publish("S. cerevisiae W303 assembly", license="Public Domain", format="FASTA")
    await look(person, 8)


def told(text: str, url: str) -> str:
    """Take out what is different on each day and machine."""
    today = datetime.now(UTC).astimezone().date()

    def on_the_day(found: re.Match[str]) -> str:
        return str(TODAY + (date.fromisoformat(found[0]) - today))

    return re.sub(r"\d{4}-\d\d-\d\d", on_the_day, text.replace(url, "https://biotorrents.de"))


async def test_the_page_is_true(settled: Person, sim: Simulator) -> None:
    """Each command says what stands there; GAZELLED_WRITE_DOCS=1 writes it there."""
    await live_through_it(settled, sim)
    page = PAGE.read_text(encoding="utf-8")
    assert WATCH in page
    requests = len(sim.arrivals)
    made = page
    for found in _CONSOLE.finditer(page):
        _, *arguments = shlex.split(found[1])
        arguments = [
            str(settled.folder / each) if each.endswith(".toml") else each for each in arguments
        ]
        said = await settled.asks(*arguments)
        text = told(said.out + said.err, sim.url)
        made = made.replace(found[0], f"```console\n$ {found[1]}\n{text}```")
    assert len(sim.arrivals) == requests
    if os.environ.get(WRITE):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made
