"""`gazelled why`, `try` and `replay`, beyond the transcripts of docs/explain.md."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.cli.render.explanations import print_explanation
from gazelled.explain.results import (
    DeliveryOutcome,
    EventOutcome,
    Explanation,
    SightedItem,
    WatchVerdict,
)

from .test_actions import completed

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

DRAFT = """
[watch.mice]
disabled = true
ask = "browse"
with = { searchstr = "mouse" }
tell = ["nobody-yet"]
match.license = ["CC0"]
"""


async def test_a_daemon_tells_why(settled: Person, sim: Simulator) -> None:
    """It explains, tries and sends again while it runs, and asks the tracker for none of it."""
    daemon = await settled.daemon()
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    made = sim.world.publish("Saccharomyces yeast reads")
    assert (await settled.asks("watch", "run", "yeast")).err == "yeast: 1 event\n"
    await settled.until(lambda: settled.titles()[1:] == ["Saccharomyces yeast reads"])
    requests = len(sim.arrivals)
    said = await settled.asks("why", str(made.id), "yeast", "--json")
    (sight,) = said.data["seen"]
    assert [each["verdict"] for each in sight["watches"]] == [True]
    tried = (await settled.asks("try", "yeast", "--json")).data
    assert (tried["fit"], tried["asked"], tried["differs"]) == (1, 0, None)
    asked = await settled.asks("replay", "yeast", "--to", "journal")
    assert asked.err == "1 message to journal: not sent; add --yes to confirm.\n"
    sent = await settled.asks("replay", "yeast", "--to", "journal", "--yes", "--json")
    assert sent.data["sent"] == 1
    await settled.until(lambda: settled.titles()[1:] == ["Saccharomyces yeast reads"] * 2)
    assert len(sim.arrivals) == requests
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0


async def test_what_was_never_seen(settled: Person) -> None:
    """The reasons are told, and the exit code says it, too."""
    said = await settled.asks("why", "63")
    assert said.code == 1
    assert said.out.splitlines()[:2] == [
        "63 was never seen.",
        "  browse group_results=0 searchstr=yeast (yeast): there has been no look yet.",
    ]
    assert (await settled.asks("why", "63", "yast")).code == 2
    assert (await settled.asks("why", "63", "--json")).data["seen"] == []


async def test_a_newcomer_tries_a_draft(settled: Person, sim: Simulator) -> None:
    """Without history the tracker is asked, after saying so; offline it isn't."""
    draft = settled.write(DRAFT, "draft.toml")
    said = await settled.asks("try", "--file", draft, "--offline")
    assert said.code == 1
    assert "nothing is stored for browse group_results=0 searchstr=mouse yet" in said.err
    assert sim.arrivals == []
    deep = settled.write(f"a = {'[' * 5000}", "deep.toml")
    assert "nested too deeply" in (await settled.asks("try", "--file", deep, "--offline")).err
    sim.world.publish("A mouse", license="CC0")
    sim.world.publish("Another mouse", license="CC BY")
    said = await settled.asks("try", "--file", draft)
    assert said.code == 0
    assert "Nothing is stored for browse group_results=0 searchstr=mouse yet." in said.err
    assert "A mouse" in said.out
    assert "Another mouse" not in said.out
    assert 1 <= len(sim.arrivals) <= 2


async def test_a_whole_config_is_tried(settled: Person) -> None:
    """A watch of it is named, if it has several; mistakes in it are told with the file."""
    text = settled.config.read_text()
    draft = settled.write(text + DRAFT, "other.toml")
    assert "choose from yeast and mice" in (await settled.asks("try", "--file", draft)).err
    assert (await settled.asks("try", "rats", "--file", draft)).code == 2
    wrong = settled.write(DRAFT.replace("license", "licence"), "wrong.toml")
    said = await settled.asks("try", "--file", wrong)
    assert said.code == 2
    assert f'{wrong}: watch.mice.match.licence: unknown key; did you mean "license"?' in said.err
    assert (await settled.asks("try")).code == 2


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"[watch.a", "draft.toml:1: this is not TOML"),
        (b"# caf\xe9", "draft.toml is not UTF-8 text"),
    ],
)
def test_a_draft_that_cannot_be_read(
    settled: Person, tmp_path: Path, content: bytes, shown: str
) -> None:
    """It is named with what is wrong with it."""
    draft = tmp_path / "draft.toml"
    draft.write_bytes(content)
    said = settled.types("try", "--file", draft)
    assert said.code == 2
    assert shown in said.err


@pytest.mark.parametrize("command", [("why",), ("call", "browse"), ("watch", "run")])
def test_words_that_are_no_text(settled: Person, command: tuple[str, ...]) -> None:
    """Bytes of another encoding are named before anybody is asked."""
    said = settled.types(*command, "searchstr=caf\udce9")
    assert said.code == 2
    assert '"searchstr=caf?" is not UTF-8 text' in said.err


async def test_nothing_to_send_again(settled: Person) -> None:
    """That is said; so is a time that is none."""
    said = await settled.asks("replay", "yeast", "--yes")
    assert (said.code, said.err) == (0, "There are no messages to send again.\n")
    said = await settled.asks("replay", "yeast", "--since", "soon")
    assert said.code == 2
    assert "expected a duration" in said.err


def test_names_of_watches_are_completed(tmp_path: Path) -> None:
    """Those of the config that is named, without loading anything heavy."""
    file = tmp_path / "config.toml"
    file.write_text('[watch.yeast]\nabout = "Yeast"\n[watch.mice]\n[watch.yew]\n')
    words = ["--config", str(file), "try", "ye"]
    assert completed("bash", *words) == ["plain,yeast", "plain,yew"]
    assert completed("bash", "--config", str(file), "why", "63", "m") == ["plain,mice"]
    assert completed("bash", "--config", str(tmp_path / "no.toml"), "replay", "y") == [""]


LATER = datetime(2036, 3, 1, 12, tzinfo=UTC)
DIGEST = "digest:phone:0123456789abcdef"


@pytest.mark.parametrize(
    ("state", "held", "into", "line"),
    [
        ("held", "quiet", "", "held for phone until {later} (quiet hours)"),
        ("held", "max", "", "held for phone until {later} or later (max is used up)"),
        ("held", "digest", "", "held for phone until {later}, for the next digest"),
        ("held", "digest", DIGEST, f"held for phone in {DIGEST}"),
        ("done", "digest", DIGEST, f"delivered to phone {{later}} in {DIGEST}"),
        ("done", "merged", "fungi:new:63", "delivered to phone {later} with fungi:new:63"),
        ("done", "repeated", "all:new:63", "not sent to phone again: all:new:63 had reported it"),
        ("dead", "digest", DIGEST, f"gave up on phone {{later}} in {DIGEST}: too big"),
        ("dead", "dropped", "", "dropped for phone {later}; its last error: too big"),
        ("failed", "", "", "waiting for phone, tried 2 times; next {later}: too big"),
        ("sending", "", "", "being sent to phone, try 2: too big"),
    ],
)
def test_the_route_of_an_event(
    capsys: pytest.CaptureFixture[str], state: str, held: str, into: str, line: str
) -> None:
    """Held until when, in which digest, with which other event, which try."""
    settled = LATER if state in {"done", "dead"} else None
    due = LATER if state in {"held", "failed"} and not into else None
    error = "too big" if state in {"failed", "sending", "dead", "done"} else ""
    delivery = DeliveryOutcome("phone", state, 2, due, settled, error, held=held, into=into)
    event = EventOutcome("yeast:new:63", "new", "Reads", LATER, (), (delivery,))
    verdict = WatchVerdict("yeast", "new", verdict=True, told=(event,))
    item = SightedItem("63", "torrent", "Reads", "", "browse", LATER, (verdict,))
    print_explanation(Explanation("63", (item,)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].strip() == line.format(later=f"{LATER.astimezone():%Y-%m-%d %H:%M}")
