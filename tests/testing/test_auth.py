"""Tokens, cookies and the log-in of the simulated tracker."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from aiohttp import ClientSession

from gazelled.testing import Fault, Simulator


class Told(Protocol):
    """What the fixtures tell."""

    status: int
    text: str
    error: object
    response: dict[str, object]
    headers: dict[str, str]


SimulatedRequest = Callable[..., Awaitable[Told]]
Cookie = Callable[..., Awaitable[str]]


def test_tokens_look_real(sim: Simulator) -> None:
    """A token has 118 characters of base64url, stays the same, and differs from user to user."""
    assert re.fullmatch(r"[\w-]{118}", sim.token("me"))
    assert sim.token("me") == sim.token("me")
    assert sim.token("me") != sim.token("donor1")


async def test_only_the_oldest_token_works(sim: Simulator, call: SimulatedRequest) -> None:
    """A second token is called revoked until the first is."""
    first, second = sim.token(), sim.new_token()
    assert (await call(token=first)).error is None
    assert (await call(token=second)).error == "token revoked"
    sim.revoke()
    third = sim.token()
    assert (await call(token=first)).error == "token revoked"
    assert (await call(token=third)).error is None


async def test_disabled_is_told_once(sim: Simulator, call: SimulatedRequest) -> None:
    """The first request of a disabled user's token fails and the next one doesn't."""
    sim.disable()
    assert (await call()).error == "user disabled"
    assert (await call()).error is None


async def test_ban(
    sim: Simulator, call: SimulatedRequest, log_in: SimulatedRequest, cookie: Cookie
) -> None:
    """A banned address is refused by token and at the log-in, and goes on by cookie."""
    session = await cookie()
    sim.ban_address()
    assert (await call()).error == "your ip address has been banned"
    assert (await call(cookie=session)).error is None
    assert (await log_in()).status == 500
    sim.unban_address()
    assert (await call()).error is None


async def test_session_ends(sim: Simulator, call: SimulatedRequest, cookie: Cookie) -> None:
    """An expired session is sent to the log-in, and its cookies are deleted."""
    session = await cookie()
    assert (await call(cookie=session)).response["username"] == "me"
    sim.expire_sessions("me")
    told = await call(cookie=session)
    assert (told.status, told.headers["Location"]) == (302, "login.php")
    assert "session=deleted" in told.headers["Set-Cookie"]


async def test_session_of_someone_else(call: SimulatedRequest, cookie: Cookie) -> None:
    """Both cookies must belong together."""
    session = await cookie()
    assert (await call(cookie=session.replace("userid=2", "userid=1"))).status == 302


async def test_disabling_ends_the_session(
    sim: Simulator, call: SimulatedRequest, cookie: Cookie
) -> None:
    """A disabled user's cookie is worth nothing until they are enabled again."""
    session = await cookie()
    sim.disable()
    assert (await call(cookie=session)).status == 302
    sim.enable()
    assert (await call(cookie=session)).status == 200


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("me", {"password": "wrong-password-12345"}, "Your username or password was incorrect"),
        ("twofa1", {}, "Two-factor authentication failed"),
        ("twofa1", {"twofa": "000000x"}, "Two-factor authentication failed"),
        ("unconfirmed1", {}, "Your account has not been confirmed"),
    ],
)
async def test_failed_log_in(
    name: str, more: dict[str, str], words: str, log_in: SimulatedRequest
) -> None:
    """A log-in that fails is a page with words, and HTTP 200."""
    told = await log_in(name, **more)
    assert told.status == 200
    assert words in told.text
    assert "session=" not in str(told.headers)


async def test_second_factor(sim: Simulator, call: SimulatedRequest, cookie: Cookie) -> None:
    """With the present code one comes in."""
    session = await cookie("twofa1", twofa=sim.code())
    assert (await call(cookie=session)).response["username"] == "twofa1"


async def test_second_factor_is_the_standard_one(sim: Simulator) -> None:
    """The code is that of RFC 6238 for SHA-1, six digits and thirty seconds."""
    user = sim.world.user("twofa1")
    user.totp = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    step = int(sim.clock.now().timestamp()) // 30
    assert sim.gate.code(user, ahead=1 - step) == "287082"


async def test_lock_out(
    sim: Simulator, call: SimulatedRequest, log_in: SimulatedRequest, cookie: Cookie
) -> None:
    """After six failures even the right password is sent away, while sessions go on."""
    session = await cookie()
    for left in (5, 4, 3, 2, 1):
        told = await log_in(password="wrong-password-12345")
        assert f"You have <span class=info>{left}</span> attempts remaining" in told.text
    told = await log_in("donor1", password="wrong-password-12345")
    assert "banned from logging in for a few hours" in told.text
    told = await log_in()
    assert (told.status, told.headers["Location"]) == (302, "login.php")
    assert "Set-Cookie" not in told.headers
    assert (await call(cookie=session)).status == 200
    assert [arrival.path for arrival in sim.arrivals].count("/login.php") == 8


async def test_a_success_does_not_reset_the_count(log_in: SimulatedRequest, cookie: Cookie) -> None:
    """Failures before and after a success add up."""
    await log_in(password="wrong-password-12345")
    await cookie()
    told = await log_in(password="wrong-password-12345")
    assert "<span class=info>4</span>" in told.text


async def test_database_key(sim: Simulator, call: SimulatedRequest, cookie: Cookie) -> None:
    """After a restart of the site no token is understood, and messages are sealed."""
    session = await cookie()
    sim.fail(Fault.DATABASE_KEY)
    assert (await call()).error == "invalid token format"
    told = await call("inbox", type="viewconv", id="1", cookie=session)
    assert "[Encrypted]" in told.text
    sim.repair()
    assert (await call()).error is None


async def test_the_way_back(sim: Simulator, client: ClientSession) -> None:
    """The log-in leads to where a `redirect` cookie says."""
    async with client.post(
        f"{sim.url}/login.php",
        data={"username": "me", "password": sim.world.user("me").password},
        headers={"Cookie": "redirect=%2Fajax.php%3Faction%3Dindex"},
        allow_redirects=False,
    ) as response:
        assert response.headers["Location"] == "/ajax.php?action=index"


async def test_logging_out(sim: Simulator, client: ClientSession, cookie: Cookie) -> None:
    """The page to log out wants the authkey, and then the session is over."""
    session = await cookie()
    codes = []
    for query in ("", f"?auth={sim.world.user('me').authkey}", ""):
        async with client.get(
            f"{sim.url}/logout.php{query}", headers={"Cookie": session}, allow_redirects=False
        ) as response:
            codes.append(response.status)
    assert codes == [500, 302, 302]  # without a session it leads to the log-in, too
