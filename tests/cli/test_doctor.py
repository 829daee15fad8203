"""`gazelled doctor`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person


async def test_findings_are_told_and_a_config_is_printed(settled: Person, sim: Simulator) -> None:
    """Sentences for people, and a [tracker] that could be written to a file, without a secret."""
    said = await settled.asks("doctor")
    assert said.code == 0
    assert said.err.splitlines()[0] == "✓ The API answers at ajax.php."
    assert said.err.splitlines()[-1] == "2 requests."
    assert tomllib.loads(said.out)["tracker"] == {
        "url": sim.url,
        "profile": "biotorrents",
        "token": {"secret": "tracker-token"},
        "limit": {"requests": 1, "per": 0.1},
    }
    assert [each.action for each in sim.arrivals] == ["index", "user"]
    assert min(sim.gaps()) >= 0.1


async def test_what_is_printed_is_a_config(settled: Person) -> None:
    """Written to where the config is, it passes a check."""
    said = await settled.asks("doctor")
    settled.write(said.out)
    assert (await settled.asks("check")).code == 0


async def test_what_is_printed_keeps_the_way_there(settled: Person) -> None:
    """Who writes it to the config still has a proxy, or none, and a ca."""
    text = settled.config.read_text()
    settled.config.write_text(text.replace("[tracker]", '[tracker]\nproxy = "none"'))
    printed = tomllib.loads((await settled.asks("doctor")).out)["tracker"]
    assert printed["proxy"] == "none"
    assert "token" in printed


async def test_as_json(settled: Person, sim: Simulator) -> None:
    """A program reads the same findings."""
    sim.fail(Fault.TOKEN_REVOKED)
    said = await settled.asks("--json", "doctor")
    assert said.code == 1
    assert (said.data["well"], said.data["requests"], said.data["config"]) == (False, 1, "")
    finding = said.data["findings"][0]
    assert (finding["about"], finding["mark"]) == ("log-in", "bad")
    assert sim.token() not in said.out + said.err


async def test_a_daemon_does_it(settled: Person, sim: Simulator) -> None:
    """While a daemon runs it asks, in its own pace; a stop of its is told and not passed by."""
    process = await settled.daemon()
    said = await settled.asks("doctor")
    assert said.code == 0, said.err
    assert min(sim.gaps()) >= 0.1
    sim.fail(Fault.FORBIDDEN)
    await settled.asks("call", "index")
    before = len(sim.arrivals)
    said = await settled.asks("doctor")
    assert said.code == 1
    assert said.err.startswith("✗ gazelled has stopped. The tracker forbids access (403)")
    assert len(sim.arrivals) == before
    assert process.poll() is None


async def test_another_way_to_log_in(settled: Person, sim: Simulator) -> None:
    """A log-in can be tried before it is written into the config, which names no secret."""
    password = settled.write(sim.world.user("me").password, "pw")
    said = await settled.asks(
        "doctor", "--url", sim.url, "--username", "me", "--password-file", password
    )
    assert said.code == 0, said.err
    assert tomllib.loads(said.out)["tracker"]["login"] == {
        "username": "me",
        "password": {"secret": "password"},
    }
    assert sim.world.user("me").password not in said.out + said.err


async def test_the_log_in_of_the_config_at_another_address(settled: Person, sim: Simulator) -> None:
    """With another address alone, the config's log-in is tried there."""
    said = await settled.asks("doctor", "--url", f"{sim.url}/forum")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"✗ There is no API of Gazelle at {sim.url}/forum, or not now")


async def test_ten_doctors_lock_nobody_out(settled: Person, sim: Simulator) -> None:
    """However often a wrong password is tried, the tracker refuses three log-ins."""
    password = settled.write("wrong-password-12345", "pw")
    said = [
        await settled.asks(
            "doctor", "--url", sim.url, "--username", "me", "--password-file", password
        )
        for _ in range(6)
    ]
    assert {each.code for each in said} == {1}
    assert [each.path for each in sim.arrivals] == ["/login.php"] * 3
    assert "tries none before " in said[-1].err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--token-env", "X"], "options for a log-in need --url: which tracker is it for?"),
        (["--url", "https://x.example", "--token", "abc"], "others could read a token here"),
        (["--url", "https://x.example"], "choose how to log in: --token-file"),
        (
            ["--url", "https://x.example", "--token-env", "NOPE"],
            "the environment variable NOPE is not set",
        ),
    ],
)
def test_says_what_it_needs(person: Person, arguments: list[str], words: str) -> None:
    """What is missing on the command line is said, and nothing is asked."""
    said = person.types("doctor", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


async def test_status_shows_that_others_use_the_account(settled: Person, sim: Simulator) -> None:
    """The status says so while it goes on, and how slowly we go."""
    await settled.daemon()
    await settled.asks("call", "index")
    sim.fail(Fault.RATE_LIMITED, times=3)
    assert (await settled.asks("call", "stats")).code == 0
    said = await settled.asks("status")
    assert "Another client has been using this account's rate limit since " in said.out
    assert "gazelled waits 2 times as long between its requests." in said.out
    assert (await settled.asks("--json", "status")).data["tracker"]["slowness"] == 2
