"""A pause that the tracker wants is told at once, by every command, with a daemon and without."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

UNAVAILABLE, NOT_RUNNING = 5, 8
TRY_AT_ONCE = "; to try at once: gazelled resume"
UNTIL = re.compile(r"until ([\w-]+ )?\d\d:\d\d")


def says_until(text: str) -> bool:
    """Return whether a text says until when, and what can be done."""
    return bool(UNTIL.search(text)) and TRY_AT_ONCE in text


@pytest.fixture
def member(settled: Person, sim: Simulator) -> Person:
    """Return somebody who can download."""
    settled.write(sim.world.user("me").password, "secrets/password")
    text = settled.config.read_text()
    login = 'login = { username = "me", password = { secret = "password" } }'
    settled.write(text.replace('token = { secret = "tracker-token" }', login))
    return settled


@pytest.mark.parametrize("fault", [Fault.RETRY_AFTER, Fault.TOO_MANY])
async def test_commands_that_would_wait_an_hour(
    member: Person, sim: Simulator, fault: Fault
) -> None:
    """Whoever meets it and whoever comes later is told until when, with exit code 5."""
    sim.settings.retry_after = "3600"
    assert (await member.asks("call", "index")).code == 0
    sim.fail(fault, times=1)
    met = await member.asks("call", "index")
    assert (met.code, says_until(met.err)) == (UNAVAILABLE, True)
    asked = len(sim.arrivals)

    for command in (("call", "index"), ("download", "1"), ("watch", "run", "yeast")):
        said = await member.asks(*command)
        assert (said.code, said.out.strip()) == (UNAVAILABLE, "")
        assert says_until(said.err), said.err
    once = await member.runs("run", "--once")
    assert once.code == UNAVAILABLE
    assert says_until(once.err)
    status = await member.asks("status")
    assert (status.code, says_until(status.err)) == (NOT_RUNNING, True)
    until = datetime.fromisoformat((await member.asks("--json", "status")).data["held_until"])
    assert timedelta(minutes=55) < until - Clock().now() <= timedelta(minutes=60)
    doctor = await member.asks("doctor")
    assert "asks for a pause" in doctor.err
    assert len(sim.arrivals) == asked

    resumed = await member.asks("resume")
    assert (resumed.code, resumed.err.startswith("Requests are sent again.")) == (0, True)
    assert (await member.asks("call", "index")).code == 0
    assert not says_until((await member.asks("status")).err)


async def test_with_a_daemon(settled: Person, sim: Simulator) -> None:
    """The daemon tells it to commands, in its status too, over its own restart."""
    sim.settings.retry_after = "86400"
    sim.fail(Fault.TOO_MANY, times=1)
    met = await settled.asks("call", "index")
    assert (met.code, says_until(met.err)) == (UNAVAILABLE, True)
    await settled.daemon()
    said = await settled.asks("call", "index")
    assert (said.code, says_until(said.err)) == (UNAVAILABLE, True)
    status = await settled.asks("status")
    assert "Nothing is sent until" in status.out
    assert says_until(status.out)
    assert len(sim.arrivals) == 1
    await settled.asks("resume")
    assert (await settled.asks("call", "index")).code == 0
    assert "Nothing is sent until" not in (await settled.asks("status")).out


async def test_a_short_pause_is_waited_for(settled: Person, sim: Simulator) -> None:
    """The window after a refusal is no reason to send a person away."""
    sim.fail(Fault.RATE_LIMITED, times=1)
    assert (await settled.asks("call", "index")).code == 0
