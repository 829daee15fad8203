"""Ending a session: without logging in for it, and verified."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gazelled.errors import ActionRequired, RequestRefused
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Api, Cookies, Login, Token, WriteOutcome, connect
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.log_in import COOKIES

from .conftest import QUICK


def asked(sim: Simulator) -> list[str]:
    """Return what reached the site: actions, and pages by their names."""
    return [arrival.action or arrival.path for arrival in sim.arrivals]


async def test_a_session_is_ended_and_forgotten(sim: Simulator, tmp_path: Path) -> None:
    """At the site and in the folder; the next call logs in again."""
    auth = Login("me", sim.world.user("me").password)
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock, folder=tmp_path) as api:
        await api.stats()
        cookies = json.loads((tmp_path / "memory.json").read_text())[COOKIES]
        session = json.loads(cookies)["cookies"]["session"]
        written = await api.logout()
        assert (written.outcome, written.in_effect) == (WriteOutcome.DONE, True), written
        assert asked(sim)[-3:] == ["index", "/logout.php", "index"]
        assert session not in sim.gate._sessions
        assert session not in (tmp_path / "memory.json").read_text()
        await api.stats()
        assert asked(sim)[-2:] == ["/login.php", "stats"]


async def test_others_may_log_in_again_meanwhile(sim: Simulator, api: Api) -> None:
    """The session has ended nevertheless: the next one is another."""
    await api.stats()
    session = next(iter(sim.gate._sessions))

    async def go_on() -> None:
        for _ in range(8):
            await api.stats()

    written, *_ = await asyncio.gather(api.logout(), go_on(), go_on())
    assert (written.outcome, written.in_effect) == (WriteOutcome.DONE, True), written
    assert session not in sim.gate._sessions


async def test_without_a_session_nothing_is_sent(sim: Simulator, api: Api) -> None:
    """It doesn't log in to log out."""
    written = await api.logout()
    assert written.outcome is WriteOutcome.ALREADY
    assert sim.arrivals == []


async def test_a_session_that_has_ended_is_forgotten(sim: Simulator, api: Api) -> None:
    """One request shows it; it doesn't log in either."""
    await api.stats()
    sim.expire_sessions()
    before = len(sim.arrivals)
    assert (await api.logout()).outcome is WriteOutcome.ALREADY
    assert asked(sim)[before:] == ["index"]


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.STORED_500])
async def test_a_lost_answer_is_looked_up(sim: Simulator, api: Api, fault: Fault) -> None:
    """The session has ended, and that is said."""
    await api.stats()
    sim.fail(fault, times=1)
    written = await api.logout()
    assert written.outcome is WriteOutcome.DONE
    assert any(arrival.verdict == fault for arrival in sim.arrivals)
    assert not sim.gate._sessions


async def test_a_key_that_was_reset_is_fetched_once_more(sim: Simulator, api: Api) -> None:
    """The first log-out is refused without a word."""
    key = sim.world.user("me").authkey.encode()
    sim.settings.rewrite = lambda body: body.replace(key, b"0123456789abcdef" * 2)
    await api.stats()
    sim.fail(Fault.REWRITTEN, times=1, action="index")
    assert (await api.logout()).outcome is WriteOutcome.DONE
    assert asked(sim).count("/logout.php") == 2


async def test_cookies_of_a_browser_end_too(sim: Simulator, tmp_path: Path) -> None:
    """Its file is of no use afterwards, which the next call says."""
    memory = InMemoryStore()
    auth = Login("me", sim.world.user("me").password)
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock, memory=memory) as api:
        await api.stats()
    cookies = json.loads(await memory.get_kv(COOKIES) or "")["cookies"]
    file = tmp_path / "cookies.txt"
    file.write_text("; ".join(f"{name}={value}" for name, value in cookies.items()))
    async with connect(sim.url, Cookies(file), profile=QUICK, clock=sim.clock) as api:
        assert (await api.logout()).outcome is WriteOutcome.DONE
        assert not sim.gate._sessions
        with pytest.raises(ActionRequired, match="no longer log in"):
            await api.stats()


async def test_a_token_has_no_session(sim: Simulator) -> None:
    """The error says what ends a token; nothing is sent."""
    async with connect(sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock) as api:
        with pytest.raises(RequestRefused, match="delete the token"):
            await api.logout()
    assert sim.arrivals == []
