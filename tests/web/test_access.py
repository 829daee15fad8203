"""Who may see the page: strangers nothing, and who has the token everything, while it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.service.web.access import login_limit
from gazelled.service.web.access.web_access import KEY, SESSION

if TYPE_CHECKING:
    from tests.service.conftest import House, HouseClock
    from tests.web.conftest import Visit


@pytest.mark.parametrize("path", ["/probe/x", "/actions/resume", "/actions/logout"])
async def test_strangers_are_sent_to_the_form(visit: Visit, path: str) -> None:
    """Another user of the machine learns nothing from a page."""
    await visit.app.access.renew()
    reply = await visit.get(path)
    assert (reply.status, reply.headers["location"], reply.body) == (303, "/login", "")


@pytest.mark.parametrize("path", ["/api/v1/probe/x", "/api/v1/overview", "/api/v1/x", "/events"])
@pytest.mark.parametrize("header", ["", "Bearer wrong", "Bearer ", "Basic eDp4", "Bearer é"])
async def test_strangers_get_no_data(visit: Visit, path: str, header: str) -> None:
    """Neither without a token nor with a wrong one."""
    await visit.app.access.renew()
    reply = await visit.get(path, **({"Authorization": header} if header else {}))
    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert "status" not in reply.body


async def test_strangers_do_nothing(visit: Visit) -> None:
    """A form of somebody who isn't logged in is not looked at."""
    await visit.app.access.renew()
    assert (await visit.post("/actions/watch.run", {"name": "yeast"})).status == 303
    assert (await visit.post("/api/v1/actions/watch.run", {})).status == 401
    assert len(visit.app.watcher.sources) == 1
    assert await visit.app.store.last_runs() == {}


async def test_without_a_token_nobody_gets_in(visit: Visit) -> None:
    """No guess fits a token that doesn't exist, the empty one neither; the form says how."""
    assert "gazelled web token" in (await visit.get("/login")).body
    for token in ("", "None", "0"):
        reply = await visit.post("/login", {"token": token})
        assert not reply.cookies
        assert (await visit.get("/api/v1/probe/x", Authorization=f"Bearer {token}")).status == 401


async def test_the_link_logs_in(visit: Visit) -> None:
    """Its cookie is for this daemon's requests alone; the token leaves the address at once."""
    token = await visit.app.access.renew()
    reply = await visit.get(f"/login?token={token}")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert reply.headers["cache-control"] == "no-store"
    ((name, morsel),) = reply.cookies.items()
    assert name.startswith("gazelled-")
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
    assert not morsel["secure"]
    assert not morsel["domain"]
    assert int(morsel["max-age"]) == SESSION.total_seconds()
    assert token not in str(reply.headers)
    visit.cookies = {name: morsel.value}
    assert (await visit.get("/probe/x")).status == 200
    assert (await visit.get("/login")).headers["location"] == "/"


async def test_the_form_logs_in(visit: Visit) -> None:
    """A token that was pasted with blanks counts, too; a wrong one gets no cookie."""
    token = await visit.app.access.renew()
    wrong = await visit.post("/login", {"token": token[:-1]})
    assert (wrong.status, len(wrong.cookies)) == (403, 0)
    assert "This is not the token" in wrong.body
    right = await visit.post("/login", {"token": f" {token}\n"})
    assert (right.status, len(right.cookies)) == (303, 1)


async def test_a_script_sends_the_token(visit: Visit) -> None:
    """In a header, with each request."""
    token = await visit.app.access.renew()
    reply = await visit.get("/api/v1/probe/x?title=y", Authorization=f"bearer {token}")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert reply.body == '{"status": "x", "text": "y"}\n'


async def test_logging_out_ends_the_session(visit: Visit) -> None:
    """Not only in this browser: the cookie opens nothing any more, and others are still in."""
    token = await visit.log_in()
    other = (await visit.get(f"/login?token={token}")).cookies
    csrf = await visit.csrf()
    reply = await visit.post("/actions/logout", {"csrf": csrf})
    assert (reply.status, next(iter(reply.cookies.values()))["max-age"]) == (200, "0")
    assert (await visit.get("/probe/x")).status == 303
    visit.cookies = {name: morsel.value for name, morsel in other.items()}
    assert (await visit.get("/probe/x")).status == 200


@pytest.mark.parametrize("command", ["renew", "revoke"])
async def test_another_token_ends_the_one_before(visit: Visit, command: str) -> None:
    """With all sessions that began with it."""
    token = await visit.log_in()
    await getattr(visit.app.access, command)()
    assert (await visit.get("/probe/x")).status == 303
    assert (await visit.get("/api/v1/probe/x", Authorization=f"Bearer {token}")).status == 401
    assert not (await visit.get(f"/login?token={token}")).cookies


async def test_sessions_end_by_themselves(visit: Visit, clock: HouseClock) -> None:
    """After a month the token is needed again."""
    await visit.log_in()
    clock.skip((SESSION - timedelta(hours=12)).total_seconds())
    assert (await visit.get("/probe/x")).status == 200
    clock.skip(timedelta(hours=13).total_seconds())
    assert (await visit.get("/probe/x")).status == 303


async def test_sessions_survive_a_restart_and_are_stored_as_hashes(house: House) -> None:
    """The state opens nothing to who reads it."""
    async with house.opened() as app:
        token = await app.access.renew()
        session = await app.access.begin()
        stored = await app.store.get_kv(KEY)
    assert stored is not None
    assert token not in stored
    assert session not in stored
    async with house.opened() as app:
        assert app.access.is_token(token)
        assert app.access.is_session(session)
        assert not app.access.is_session(session[:-1])
        assert await app.access.revoke()
        assert not await app.access.revoke()
        assert await app.store.get_kv(KEY) is None


async def test_sessions_are_few(house: House) -> None:
    """The oldest goes for one more."""
    async with house.opened() as app:
        await app.access.renew()
        first, *others = [await app.access.begin() for _ in range(51)]
        assert not app.access.is_session(first)
        assert all(map(app.access.is_session, others))


async def test_guesses_are_limited(
    visit: Visit, clock: HouseClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some wrong tokens the right one doesn't count either, until a while has passed."""
    monkeypatch.setattr(
        login_limit, "PERIOD", 1e6
    )  # the clock is fast, and the machine may be slow
    token = await visit.app.access.renew()
    statuses = [
        (await visit.post("/login", {"token": f"guess {number}"})).status
        for number in range(login_limit.MOST)
    ]
    assert statuses == [403] * (login_limit.MOST - 1) + [429]
    late = await visit.post("/login", {"token": token})
    assert (late.status, len(late.cookies)) == (429, 0)
    assert int(late.headers["retry-after"]) > 0
    for path in ("/api/v1/probe/x", "/events", "/metrics"):
        script = await visit.get(path, Authorization=f"Bearer {token}")
        assert (script.status, "Too many wrong tokens" in script.body) == (429, True)
        assert int(script.headers["retry-after"]) > 0
        assert (await visit.get(path)).status == 401
    clock.skip(login_limit.PERIOD)
    assert (await visit.post("/login", {"token": token})).status == 303


async def test_a_script_learns_what_is_wrong_with_its_token(visit: Visit) -> None:
    """A wrong one is called wrong; none, as of a variable that isn't set, is no guess."""
    token = await visit.app.access.renew()
    assert "This is not the token" in (await visit.get("/metrics", Authorization="Bearer x")).body
    for _ in range(login_limit.MOST):
        reply = await visit.get("/api/v1/probe/x", Authorization="Bearer ")
        assert "The token is needed" in reply.body
    assert (await visit.get("/api/v1/probe/x", Authorization=f"Bearer {token}")).status == 200


async def test_guesses_keep_nobody_out_who_is_in(visit: Visit) -> None:
    """Another user of the machine can't lock a browser out that is logged in."""
    await visit.log_in()
    for number in range(login_limit.MOST + 1):
        await visit.get("/api/v1/probe/x", Authorization=f"Bearer {number}")
    assert (await visit.get("/probe/x")).status == 200


async def test_open_to_all(visit: Visit) -> None:
    """Health checks need no token, and say no more than a word."""
    assert [(await visit.get(path)).body for path in ("/healthz", "/readyz")] == ["ok\n", "ok\n"]
