"""`gazelled call`."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person


async def test_the_answer_is_printed(settled: Person, sim: Simulator) -> None:
    """Parameters that are given twice are a list; nothing else stands on standard output."""
    said = await settled.asks("call", "browse", "filter_cat=Sequences", "filter_cat=Images")
    assert (said.code, said.err) == (0, "With a token canUseToken is always false.\n")
    assert said.data["results"]
    assert [each.action for each in sim.arrivals] == ["index", "browse"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["brwse"], 'unknown action "brwse"; did you mean "browse"?'),
        (
            ["browse", "serchstr=x"],
            'did you mean "searchstr"?',
        ),
        (["browse", "yeast"], 'wanted KEY=VALUE, not "yeast"'),
        (["torrent", "id=many"], "whole number"),
        (["announcements"], "announcements marks the news as read; add --yes to confirm"),
        (["clear_user_notification", "type=News"], "add --yes to confirm"),
    ],
)
async def test_what_is_wrong_with_a_call_is_told_before_anything_is_sent(
    settled: Person, sim: Simulator, arguments: list[str], words: str
) -> None:
    """It costs no request, and the exit code says that the command line must be fixed."""
    said = await settled.asks("call", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert sim.arrivals == []


async def test_parameters_are_those_of_the_site_in_the_config(
    settled: Person, sim: Simulator
) -> None:
    """What belongs to music is sent where the profile is that of a site for music."""
    refused = await settled.asks("call", "browse", "releasetype=album")
    assert refused.code == 2
    assert "ignores what belongs to sites for music" in refused.err
    text = settled.config.read_text().replace("[tracker]", '[tracker]\nprofile = "orpheus"')
    settled.write(text.replace("[tracker]", '[tracker]\nscheme = "Bearer"'))
    said = await settled.asks("call", "browse", "releasetype=album")
    assert said.code == 0, said.err
    assert [each.action for each in sim.arrivals] == ["index", "browse"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.BAD_GATEWAY, 5),
        (Fault.TOKEN_REVOKED, 6),
        (Fault.FORBIDDEN, 6),
        (Fault.NOT_JSON, 1),
    ],
)
async def test_the_exit_code_says_what_to_do(
    settled: Person, sim: Simulator, fault: Fault, code: int
) -> None:
    """One sentence, and a number for scripts."""
    sim.fail(fault)
    said = await settled.asks("call", "index")
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("error: ")
    assert sim.token() not in said.err


async def test_what_the_tracker_refuses_keeps_its_words(settled: Person) -> None:
    """Its reason is the only one there is."""
    said = await settled.asks("call", "torrent", "id=999999")
    assert (said.code, said.out) == (4, "")
    assert said.err.startswith("error: ")


async def test_several_at_once_share_one_owner(settled: Person, sim: Simulator) -> None:
    """Those that come second ask the first, so the pace holds between processes."""
    first = settled.runs("call", "index")
    second = settled.runs("call", "stats")
    ended = await asyncio.gather(first, second)
    assert [each.code for each in ended] == [0, 0], ended
    assert min(sim.gaps()) >= 0.1


async def test_an_interrupted_call_has_its_own_code(settled: Person, sim: Simulator) -> None:
    """Ctrl-C is neither success nor failure."""
    sim.fail(Fault.HANG)
    process = settled.starts("call", "index")
    await settled.until(lambda: bool(sim.arrivals))
    process.send_signal(signal.SIGINT)
    assert await settled.ended(process) == 130


async def test_uploads_are_a_table_and_say_what_is_left(settled: Person, sim: Simulator) -> None:
    """The next call goes on."""
    for number in (20, 58):
        sim.world.torrents[number].uploader = sim.world.user("me").id
    said = await settled.asks("call", "my_uploads", "learn=10", "--table")
    assert said.code == 0, said.err
    head, row = said.out.splitlines()
    assert head.split()[:2] == ["TORRENT", "TITLE"]
    assert row.split()[0] == "58"
    assert sim.world.torrents[58].group.title in row
    assert "61 uploads are known; the same call goes on with the others." in said.err
    said = await settled.asks("call", "my_uploads", "learn=all")
    assert [each["torrent"]["id"] for each in said.data["uploads"]] == [58, 20]
    assert said.err == ""
