"""`run --dry-run` shows a start, and starts nothing."""

from __future__ import annotations

from tests.cli.conftest import Person

from gazelled.testing import Simulator


async def test_it_shows_what_a_start_does_and_does_nothing(settled: Person, sim: Simulator) -> None:
    """No request is sent and no file is made."""
    before = sorted(settled.folder.parents[1].rglob("*"))
    shown = await settled.asks("run", "--dry-run")
    assert shown.code == 0, shown.err
    assert "At once, in this order: yeast (browse" in shown.out
    assert "Targets: journal, feed" in shown.out
    assert "Page: http://127.0.0.1:" in shown.out
    assert sorted(settled.folder.parents[1].rglob("*")) == before
    assert not sim.arrivals


async def test_a_start_that_is_refused_is_refused(settled: Person) -> None:
    """With the exit codes of `run`."""
    await settled.daemon()
    assert (await settled.asks("run", "--dry-run")).code == (await settled.runs("run")).code == 3


def test_an_invalid_config_is_shown(person: Person) -> None:
    """As `run` shows it."""
    person.write("[tracker]\n")
    dry = person.types("run", "--dry-run")
    assert dry.code == 2
    assert "error: fix" in dry.err
    assert not person.state.exists()
