"""`gazelled run` on a terminal: sentences for people, log lines for -v and for pipes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.cli.terminal import CTRL_C, Typed, at_a_terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Person


def on_a_terminal(person: Person, last: str, *options: str) -> tuple[int, str]:
    """Run the daemon on a terminal, end it by Ctrl-C after some words; return what it showed."""
    return at_a_terminal(person, ["run", *options], [Typed(last, CTRL_C)])


@pytest.fixture
def other_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests run below systemd, too: the terminal is no service's."""
    for name in ("INVOCATION_ID", "NOTIFY_SOCKET", "JOURNAL_STREAM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("other_environ")
async def test_sentences_on_a_terminal(settled: Person) -> None:
    """It says what it watches, how to end it, what it found, when it looks next, and its end."""
    code, shown = await asyncio.to_thread(on_a_terminal, settled, " next ")
    assert code == 0, shown
    for part in (
        "watch    yeast  browse",
        f" watches BioTorrents.de with {settled.config}",
        "Ctrl-C ends it.",
        "looked   yeast",
        "known already, so none is new",
        "next     yeast at ",
        "ended. The next run continues where this one ended.",
    ):
        assert part in shown
    assert "daemon.started" not in shown


@pytest.mark.usefixtures("other_environ")
async def test_the_log_on_a_terminal(settled: Person) -> None:
    """With -v a terminal gets the log, whose lines don't name modules."""
    code, shown = await asyncio.to_thread(on_a_terminal, settled, "watch.baseline_recorded", "-v")
    assert code == 0, shown
    assert "daemon.started" in shown
    assert "looked   yeast" not in shown
    assert "gazelled.service" not in shown


async def test_the_log_in_a_pipe(settled: Person) -> None:
    """What is no terminal gets log lines: version and config are in them."""
    said = await settled.runs("run", "--once")
    assert "source.looked" in said.err
    assert "looked   yeast" not in said.err
    daemon = await settled.daemon()
    daemon.terminate()
    await settled.ended(daemon)
    (started,) = [line for line in settled.log.splitlines() if "daemon.started" in line]
    assert f"config={settled.config}" in started
    assert "version=" in started


async def test_a_config_without_a_watch(settled: Person) -> None:
    """Both check and run say that nothing is requested."""
    text = settled.config.read_text()
    start, end = text.index("[watch.yeast]"), text.index("[target.journal]")
    settled.write(text[:start] + text[end:])
    checked = await settled.asks("check")
    assert checked.code == 0
    assert "No watch runs, so nothing is requested" in checked.err
    assert "No watch runs, so nothing is requested" in (await settled.runs("run", "--once")).err
