"""`gazelled events` and `gazelled tail`: what was reported, and what is."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.store import NAME

if TYPE_CHECKING:
    from tests.cli.conftest import Person, Said, Started

    from gazelled.testing import Simulator


@pytest.fixture
def out(settled: Person) -> Path:
    """Return the file that a command started with `tailing` prints to."""
    return settled.folder / "out.jsonl"


def tailing(person: Person, out: Path, *arguments: str) -> Started:
    """Start `gazelled tail` in the background."""
    with out.open("ab") as file:
        environ, number = person._process_environ(), file.fileno()
        return person._start(["tail", *arguments], environ, number, number)


def events(out: Path) -> list[dict[str, Any]]:
    """Return the events that were printed."""
    return [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]


def titles(said: Said) -> list[str]:
    """Return the titles of the events that a command printed."""
    return [event["title"] for event in said.data]


async def test_the_history_is_searched_without_a_daemon(settled: Person, sim: Simulator) -> None:
    """By watch, kind and time; what is about gazelled itself has no watch."""
    assert (await settled.asks("events")).err == "Nothing was reported in that time.\n"
    assert (await settled.runs("run", "--once")).code == 0
    sim.world.publish("Saccharomyces yeast reads", license="CC0")
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    requests = len(sim.arrivals)
    said = await settled.asks("events", "--json")
    assert titles(said) == ["Watching yeast", "Saccharomyces yeast reads"]
    event = said.data[1]
    assert (event["kind"], event["watch"]) == ("new", "yeast")
    assert event["event_key"].startswith("yeast:new:")
    assert event["items"][0]["fields"]["license"] == "CC0"
    [line] = (await settled.asks("events", "--kind", "new")).out.splitlines()[1:]
    assert line.split()[1:] == ["yeast", "new", "Saccharomyces", "yeast", "reads"]
    assert titles(await settled.asks("events", "--watch", "yeast", "--json")) == titles(said)
    with sqlite3.connect(settled.state / NAME) as db:
        db.execute("UPDATE event SET at = at - 10 * 86400 * 1000000 WHERE id = 1")
    db.close()
    assert titles(await settled.asks("events", "--json")) == titles(said)[1:]
    assert titles(await settled.asks("events", "--since", "11d", "--json")) == titles(said)
    assert len(sim.arrivals) == requests


async def test_a_journal_serves_where_the_store_has_nothing_left(
    settled: Person, sim: Simulator
) -> None:
    """All of its files are read, each event is listed once; a line that is none is passed over."""
    assert (await settled.runs("run", "--once")).code == 0
    sim.world.publish("yeast now")
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    journal = settled.state / "targets" / "journal" / "journal.jsonl"
    lines = journal.read_text().splitlines()
    earlier = json.loads(lines[1]) | {"at": "2024-01-05T09:00:00+00:00", "title": "yeast then"}
    old = {"key": "gone:new:1@journal", "at": "2024-01-04T09:00:00+00:00", "kind": "new"}
    old |= {"watch": "gone", "title": "of the first release"}
    older = journal.with_stem("journal-000001")
    half = json.dumps({"key": "half:new:1@journal", "at": "2024-01-03T09:00:00+00:00"})
    rest = [json.dumps(old), json.dumps(earlier), ""]
    older.write_text("\n".join(["no line of a journal", half, *rest]))
    said = await settled.asks("events", "--since", "7d", "--json")
    assert titles(said) == ["Watching yeast", "yeast now"]
    said = await settled.asks("events", "--since", "36500d", "--json")
    assert titles(said) == ["of the first release", "yeast then", "Watching yeast"]
    assert said.data[0]["event_key"] == "gone:new:1"
    assert "journal: 1 of its events can't be read: left out" in said.err
    said = await settled.asks("events", "--since", "36500d", "--watch", "gone", "--json")
    assert titles(said) == ["of the first release"]
    settled.write(settled.config.read_text().replace('plugin = "journal"', 'plugin = "feed"'))
    said = await settled.asks("events", "--since", "36500d")
    assert "Events are stored for 90 days; a target with the plugin journal" in said.err


async def test_a_watch_that_is_unknown_is_an_error_with_a_suggestion(settled: Person) -> None:
    """A typo is not an empty history."""
    said = await settled.asks("events", "--watch", "yaest")
    assert said.code == 2
    assert 'there is no watch "yaest"; did you mean "yeast"?' in said.err
    assert (await settled.asks("events", "--kind", "old")).code == 2


async def test_a_watch_that_is_gone_keeps_its_history(settled: Person) -> None:
    """It is found by its old name; those that `each` made are found together."""
    text = settled.config.read_text()
    settled.write(
        text.replace("[watch.yeast]", "[watch.term]").replace(
            'with = { searchstr = "yeast" }', 'with = { searchstr = "{each}" }\neach = ["a", "b"]'
        )
    )
    assert (await settled.runs("run", "--once")).code == 0
    settled.write(text)
    said = await settled.asks("events", "--watch", "term", "--json")
    assert {event["watch"] for event in said.data} == {"term:a", "term:b"}
    assert len((await settled.asks("events", "--watch", "term:a", "--json")).data) == 1


async def test_no_secret_is_shown(settled: Person, sim: Simulator) -> None:
    """Nor where the tracker's words hold one."""
    assert (await settled.runs("run", "--once")).code == 0
    sim.world.publish(f"yeast {sim.token()}")
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    said = await settled.asks("events", "--json")
    assert len(said.data) == 2
    assert sim.token() not in said.out
    assert sim.token() not in (await settled.asks("events")).out


async def test_events_are_followed_over_a_restart(
    settled: Person, sim: Simulator, out: Path
) -> None:
    """Each is printed once, also if the daemon is away for a while."""
    daemon = await settled.daemon()
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    process = tailing(settled, out, "--json")
    lines = out.with_suffix(".txt")
    tailing(settled, lines)
    await settled.until(lambda: "Following" in out.read_text())
    await settled.until(lambda: "Following" in lines.read_text())
    first = sim.world.publish("yeast one")
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    await settled.until(lambda: len(events(out)) == 1)
    daemon.kill()
    await settled.until(lambda: "gazelled is not running; waiting for it." in out.read_text())
    sim.world.publish("yeast two")
    daemon = await settled.daemon()
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    await settled.until(lambda: len(events(out)) == 2)
    assert [event["title"] for event in events(out)] == ["yeast one", "yeast two"]
    assert events(out)[0]["items"][0]["id"] == str(first.id)
    await settled.until(lambda: "yeast two" in lines.read_text())
    last = lines.read_text().splitlines()[-1].split("  ")
    assert last[1:] == ["yeast", "new", "yeast two"]
    assert process.poll() is None
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0


async def test_only_a_watch_is_followed(settled: Person, sim: Simulator, out: Path) -> None:
    """Others are left out; it waits for a daemon that isn't there yet."""
    settled.write(
        settled.config.read_text()
        + """
[watch.mice]
ask = "browse"
with = { searchstr = "mouse" }
tell = ["journal"]
"""
    )
    assert (await settled.runs("run", "--once")).code == 0
    tailing(settled, out, "--json", "--watch", "mice")
    await settled.until(lambda: "waiting for it" in out.read_text())
    await settled.daemon()
    await settled.until(lambda: "Following" in out.read_text())
    sim.world.publish("yeast and others")
    sim.world.publish("a mouse")
    for name in ("yeast", "mice"):
        assert (await settled.asks("watch", "run", name)).code == 0
    await settled.until(lambda: len(events(out)) == 1)
    assert [event["title"] for event in events(out)] == ["a mouse"]
    said = await settled.asks("tail", "--watch", "mcie")
    assert said.code == 2
    assert 'did you mean "mice"?' in said.err
