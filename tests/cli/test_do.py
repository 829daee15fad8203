"""`gazelled do` and `gazelled logout`."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Fault, Simulator

from .test_progress import at_a_terminal

if TYPE_CHECKING:
    from .conftest import Person

ALLOW = '[tracker]\nallow = ["bookmark", "subscribe", "catch_up", "message"]'


@pytest.fixture
def member(settled: Person, sim: Simulator) -> Person:
    """Return somebody who logs in with a password and allowed everything."""
    settled.write(sim.world.user("me").password, "secrets/password")
    login = 'login = { username = "me", password = { secret = "password" } }'
    config = settled.config.read_text().replace("[tracker]", ALLOW, 1)
    settled.write(config.replace('token = { secret = "tracker-token" }', login))
    return settled


def sent(sim: Simulator, action: str) -> int:
    """Count how often a form reached the site."""
    return sum(arrival.action == action for arrival in sim.arrivals)


@pytest.mark.parametrize("daemon", [False, True])
async def test_it_is_done_and_then_it_is_so_already(
    member: Person, sim: Simulator, *, daemon: bool
) -> None:
    """Through the daemon as well as without one; the outcome is for programs, too."""
    if daemon:
        await member.daemon()
    said = await member.asks("do", "bookmark", "group", "7", "--yes")
    assert (said.code, said.out, said.err) == (0, "Data set 7 is bookmarked.\n", "")
    assert 7 in sim.world.user("me").bookmarks
    again = await member.asks("do", "bookmark", "group", "7", "--yes", "--json")
    assert again.code == 0
    assert (again.data["outcome"], again.data["in_effect"]) == ("already", True)
    assert sent(sim, "add") == 1


async def test_each_change(member: Person, sim: Simulator) -> None:
    """What is printed is so at the site."""
    world = sim.world
    await member.daemon()
    for arguments, words in (
        (["unbookmark", "group", "1"], "Data set 1 is not bookmarked."),
        (["subscribe", "3"], "You are subscribed to thread 3."),
        (["unsubscribe", "3"], "You are not subscribed to thread 3."),
        (
            ["catch-up-forum", "2"],
            "No sticky thread and none of the last month in forum 2 is unread.",
        ),
        (["catch-up-subscriptions"], "Nothing is unread in your subscriptions"),
        (["catch-up-notifications"], "No match of your notification filters is unread"),
        (["mark-unread", "2", "3"], "Conversations 2 and 3 are unread."),
        (["mark-read", "2", "3"], "Conversations 2 and 3 are read."),
        (["stick", "2"], "Conversation 2 is sticky."),
        (["unstick", "2"], "Conversation 2 is not sticky."),
        (
            ["answer", "2", "The password = swordfish, says me"],
            "Your message is in conversation 2.",
        ),
        (["answer", "2", "Thank you"], "Your message is in conversation 2."),
        (["delete", "2", "3"], "Conversations 2 and 3 are in neither of your boxes."),
    ):
        said = await member.asks("do", *arguments, "--yes")
        assert (said.code, said.err) == (0, ""), arguments
        assert said.out.startswith(words), (arguments, said.out)
    assert world.conversations[2].messages[-1].body == "Thank you"
    assert 2 in world.conversations[3].deleted
    assert 1 not in world.user("me").bookmarks


async def test_without_a_terminal_it_must_be_confirmed(member: Person, sim: Simulator) -> None:
    """The sentence says what it does to others; nothing is sent."""
    said = await member.asks("do", "answer", "2", "Thank you")
    assert (said.code, said.out) == (2, "")
    assert "sends a message to the others of conversation 2" in said.err
    assert "add --yes to confirm" in said.err
    assert sim.arrivals == []


async def test_several_conversations_are_spoken_of_as_several(member: Person) -> None:
    """In the sentence that is confirmed."""
    said = await member.asks("do", "delete", "2", "3")
    assert "this deletes conversations 2 and 3 from your boxes" in said.err


@pytest.mark.parametrize(("typed", "code"), [("\n", 130), ("n\n", 130), ("hm\ny\n", 0)])
async def test_on_a_terminal_it_is_asked(
    member: Person, sim: Simulator, typed: str, code: int
) -> None:
    """Whoever just presses Enter has not confirmed it."""
    said, out, screen = await at_a_terminal(member, "do", "bookmark", "group", "7", says=typed)
    assert "This bookmarks data set 7 for you; nobody else sees it. Go on? [y/N]" in screen
    assert (said, out) == (code, "" if code else "Data set 7 is bookmarked.\n")
    assert sent(sim, "add") == (code == 0)


async def test_what_is_not_allowed_is_refused(member: Person, sim: Simulator) -> None:
    """It says what to add where, and sends no form."""
    member.write(member.config.read_text().replace('"bookmark", ', "", 1))
    said = await member.asks("do", "bookmark", "group", "7", "--yes")
    assert (said.code, said.out) == (4, "")
    assert 'allow = ["bookmark"]' in said.err
    assert "[tracker]" in said.err
    assert not sent(sim, "add")


async def test_a_token_is_refused(settled: Person, sim: Simulator) -> None:
    """It says what is needed, and `check` that the key allows nothing."""
    settled.write(settled.config.read_text().replace("[tracker]", ALLOW, 1))
    said = await settled.asks("do", "subscribe", "3", "--yes")
    assert said.code == 4
    assert "log-in with user name and password" in said.err
    said = await settled.asks("logout")
    assert said.code == 4
    assert "a token has no session" in said.err
    assert sim.arrivals == []
    assert "no effect with a token" in (await settled.asks("check")).out


async def test_exit_codes_say_what_became_of_it(member: Person, sim: Simulator) -> None:
    """Refused, unknown, and nothing sent."""
    sim.fail(Fault.LOCKED_ACCOUNT, times=1, action="add")
    said = await member.asks("do", "bookmark", "group", "7", "--yes")
    assert (said.code, said.out) == (4, "")
    assert said.err.startswith("error: The site refuses it and says: Locked Account")
    sim.fail(Fault.EMPTY_500, times=1, action="add")
    said = await member.asks("do", "bookmark", "group", "7", "--yes", "--json")
    assert (said.code, said.data["outcome"], said.data["in_effect"]) == (1, "unknown", False)
    said = await member.asks("do", "bookmark", "group", "999999", "--yes")
    assert said.code == 4
    assert 7 not in sim.world.user("me").bookmarks
    assert sent(sim, "add") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["bookmark", "collage", "7"],
        ["bookmark", "group", "0"],
        ["delete"],
        ["subscribe", "three"],
        ["vote", "3"],
    ],
)
async def test_mistakes_are_told_before_anything_is_sent(
    member: Person, sim: Simulator, arguments: list[str]
) -> None:
    """With the code for the command line."""
    said = await member.asks("do", *arguments, "--yes")
    assert (said.code, said.out) == (2, "")
    assert sim.arrivals == []


@pytest.mark.parametrize("daemon", [False, True])
async def test_logging_out(member: Person, sim: Simulator, *, daemon: bool) -> None:
    """The session that is kept ends at the site and here; without one nothing is sent."""
    if daemon:
        await member.daemon()
    await member.asks("call", "stats")
    assert sim.gate._sessions
    said = await member.asks("logout")
    assert (said.code, said.err) == (0, ""), said
    assert said.out.startswith("The session at the site has ended")
    assert not sim.gate._sessions
    again = await member.asks("logout")
    assert (again.code, "nothing was sent" in again.out) == (0, True)


async def test_a_typo_in_the_config_has_a_suggestion(member: Person) -> None:
    """As every other value."""
    member.write(member.config.read_text().replace('"catch_up"', '"catchup"', 1))
    said = await member.asks("check")
    assert said.code == 2
    assert 'did you mean "catch_up"?' in said.err + said.out


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_daemon_that_ends_meanwhile_may_have_done_it(
    member: Person, sim: Simulator, how: signal.Signals
) -> None:
    """The code is none that tells a script to try again later, and nothing is sent again."""
    daemon = await member.daemon()
    sim.fail(Fault.HANG, action="takecompose")
    asking = asyncio.create_task(member.runs("do", "answer", "2", "Thank you", "--yes"))
    await member.until(lambda: bool(sent(sim, "takecompose")))
    daemon.send_signal(how)
    said = await asking
    assert (said.code, said.out) == (1, "")
    assert "check before you repeat it" in said.err
    assert sent(sim, "takecompose") == 1


@pytest.mark.parametrize("daemon", [False, True])
async def test_an_interrupt_may_come_too_late(
    member: Person, sim: Simulator, *, daemon: bool
) -> None:
    """Whoever interrupts it is told to look before they repeat it."""
    if daemon:
        await member.daemon()
    sim.fail(Fault.HANG, action="takecompose")
    process = member.starts("do", "answer", "2", "Thank you", "--yes")
    await member.until(lambda: bool(sent(sim, "takecompose")))
    process.send_signal(signal.SIGINT)
    assert await member.ended(process) == 130
    assert "it may have been sent, so check before you repeat it" in member.log


async def test_an_empty_text_is_said_to_be_empty(member: Person, sim: Simulator) -> None:
    """As a mistake of its own."""
    said = await member.asks("do", "answer", "2", "", "--yes")
    assert (said.code, said.err) == (4, "error: a message needs a text\n")
    assert sim.arrivals == []
