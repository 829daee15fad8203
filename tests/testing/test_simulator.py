"""The simulated tracker as a server: arrivals, faults, delays and connections."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiohttp import (
    ClientError,
    ClientPayloadError,
    ClientSession,
    ServerDisconnectedError,
)

from gazelled import testing
from gazelled.clock import Clock
from gazelled.testing import Fault, Simulator, World

JSON = "application/json; charset=utf-8"
PAGE = "text/html; charset=UTF-8"


async def ask(
    client: ClientSession, sim: Simulator, action: str = "index", *, user: str = "me"
) -> tuple[int, str, bytes]:
    """Call an action and tell status, content type and body."""
    async with client.get(
        f"{sim.url}/ajax.php",
        params={"action": action},
        headers={"Authorization": f"Bearer {sim.token(user)}"},
        allow_redirects=False,
    ) as response:
        return response.status, response.headers["Content-Type"], await response.read()


async def verdicts(client: ClientSession, sim: Simulator, *users: str) -> list[str]:
    """Ask for each of these users and tell what became of it."""
    for user in users:
        await ask(client, sim, user=user)
    return [str(arrival.verdict) for arrival in sim.arrivals]


async def send(sim: Simulator) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send a request over a connection of one's own."""
    port = int(sim.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /ajax.php HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sim.token()}\r\n\r\n"
    writer.write(request.encode())
    await writer.drain()
    return reader, writer


def test_names_are_loaded_when_used() -> None:
    """Every public name can be had, and no other."""
    assert {name: getattr(testing, name).__name__ for name in testing.__all__} == {
        name: name for name in testing.__all__
    }
    with pytest.raises(AttributeError, match="Tracker"):
        testing.Tracker  # noqa: B018 - that it isn't there is the test


# The rate limit


async def test_two_pass(client: ClientSession) -> None:
    """The third request in a window is refused, with HTTP 200."""
    async with Simulator(per=600) as sim:
        assert await verdicts(client, sim, "me", "me", "me") == ["ok", "ok", "limited"]
        status, kind, body = await ask(client, sim)
    assert (status, kind) == (200, JSON)
    assert body.startswith(b'{"status":"failure","error":"rate limit exceeded"')


async def test_limit_is_kept_for_each_user(client: ClientSession) -> None:
    """Users have a window each; donors and the Sysop with id 1 have none."""
    async with Simulator(per=600, allowed=1) as sim:
        told = await verdicts(
            client, sim, "me", "mod1", "me", "mod1", "donor1", "donor1", "root", "root"
        )
    assert told == ["ok", "ok", "limited", "limited", "ok", "ok", "ok", "ok"]


async def test_window_follows_the_clock(client: ClientSession) -> None:
    """A faster clock has shorter windows."""
    async with Simulator(clock=Clock(speed=1000), per=6, allowed=1) as sim:
        await ask(client, sim)
        await sim.clock.sleep(6)
        assert await verdicts(client, sim, "me") == ["ok", "ok"]
        assert sim.gaps()[0] >= 6


async def test_what_counts(client: ClientSession) -> None:
    """Unknown actions count; no action and refused tokens don't."""
    async with Simulator(per=600, allowed=1) as sim:
        await ask(client, sim, "")
        async with client.get(
            f"{sim.url}/ajax.php?action=index", headers={"Authorization": "Bearer x"}
        ):
            pass
        await ask(client, sim, "nonsense")
        await ask(client, sim)
    assert [arrival.verdict for arrival in sim.arrivals] == ["ok", "refused", "ok", "limited"]
    assert [arrival.user_id for arrival in sim.arrivals] == [2, None, 2, 2]
    assert [arrival.action for arrival in sim.arrivals] == [None, "index", "nonsense", "index"]


async def test_in_parallel(client: ClientSession) -> None:
    """Of eight at once, six are refused."""
    async with Simulator(per=600) as sim:
        await asyncio.gather(*(ask(client, sim) for _ in range(8)))
    assert Counter(arrival.verdict for arrival in sim.arrivals) == {"ok": 2, "limited": 6}


# Faults


@pytest.mark.parametrize(
    ("fault", "status", "kind", "start"),
    [
        (Fault.BAD_GATEWAY, 502, "text/html", b"<html>\r\n<head><title>502"),
        (Fault.FORBIDDEN, 403, PAGE, b"<!doctype html>"),
        (Fault.ECHO, 403, PAGE, b"<html><title>Blocked</title><body>Header: Bearer "),
        (Fault.RETRY_AFTER, 503, PAGE, b"<h1>"),
        (Fault.TOO_MANY, 429, PAGE, b"<h1>"),
        (Fault.HTML, 200, PAGE, b"<!doctype html>"),
        (Fault.ORIGIN_DOWN, 521, PAGE, b"<!DOCTYPE html>\n<title>Web server is down"),
        (Fault.CHALLENGE, 403, PAGE, b"<!DOCTYPE html>\n<html><head><title>Just a moment..."),
        (Fault.PHP_WARNINGS, 200, PAGE, b"<br />\n<b>Warning</b>:  Undefined array key"),
        (Fault.DATABASE_DOWN, 500, PAGE, b""),
        (Fault.MALFORMED_TOKEN, 500, PAGE, b""),
        (Fault.SESSION_LOST, 302, PAGE, b"<!doctype html>"),
        (Fault.SERVER_ERROR, 500, JSON, b'{"status":"failure"}\n<!doctype html>'),
        (Fault.EMPTY_500, 500, JSON, b""),
        (Fault.EMPTY_200, 200, JSON, b""),
        (Fault.NOT_JSON, 200, JSON, b'{"status":"success"'),
        (Fault.WRONG_SHAPE, 200, JSON, b'{"items":[]'),
        (Fault.WRONG_RESPONSE, 200, JSON, b'{"status":"success","response":{"unexpected"'),
        (Fault.STATUS_ERROR, 200, JSON, b'{"status":"error","error":"Search'),
        (Fault.RATE_LIMITED, 200, JSON, b'{"status":"failure","error":"rate limit exceeded"'),
        (Fault.NEW_RATE_REFUSAL, 400, JSON, b'{"errors":"rate limit exceeded"}'),
        (Fault.REDIRECT_SAME, 302, JSON, b""),
        (Fault.REDIRECT_ELSEWHERE, 302, "text/html", b""),
        (Fault.BAD_SCHEME, 200, "application/json", b'{"status":"failure","error":"authoriz'),
        (Fault.BAD_TOKEN_FORMAT, 200, "application/json", b'{"status":"failure","error":"inv'),
        (Fault.TOKEN_MISMATCH, 200, "application/json", b'{"status":"failure","error":"token u'),
        (Fault.TOKEN_REVOKED, 200, "application/json", b'{"status":"failure","error":"token r'),
        (Fault.USER_DISABLED, 200, "application/json", b'{"status":"failure","error":"user d'),
        (Fault.ADDRESS_BANNED, 200, "application/json", b'{"status":"failure","error":"your ip'),
    ],
)
async def test_fault(
    fault: Fault, status: int, kind: str, start: bytes, client: ClientSession, sim: Simulator
) -> None:
    """A fault shows as often as told, is recorded as such, and is over."""
    sim.fail(fault, times=1)
    failed = await ask(client, sim)
    assert failed[:2] == (status, kind)
    assert failed[2].startswith(start)
    assert (await ask(client, sim))[2].startswith(b'{"status":"success"')
    assert [arrival.verdict for arrival in sim.arrivals] == [fault, "ok"]


async def test_fault_of_one_action(client: ClientSession, sim: Simulator) -> None:
    """A fault can be that of one action, and lasts until it is fixed."""
    sim.fail(Fault.EMPTY_500, action="browse")
    statuses = [(await ask(client, sim, action))[0] for action in ("browse", "index", "browse")]
    sim.repair()
    assert [*statuses, (await ask(client, sim, "browse"))[0]] == [500, 200, 500, 200]


async def test_the_search_engine_is_down(client: ClientSession, sim: Simulator) -> None:
    """Only what asks it fails: searches and requests, and neither details nor messages."""
    sim.fail(Fault.SEARCH_DOWN)
    actions = ("browse", "requests", "index", "inbox", "stats")
    statuses = {action: (await ask(client, sim, action))[0] for action in actions}
    sim.repair()
    assert statuses == {"browse": 500, "requests": 500, "index": 200, "inbox": 200, "stats": 200}
    assert (await ask(client, sim, "browse"))[0] == 200


async def test_retry_after(client: ClientSession, sim: Simulator) -> None:
    """What `Retry-After` says can be set."""
    sim.settings.retry_after = "77"
    sim.fail(Fault.TOO_MANY)
    async with client.get(f"{sim.url}/ajax.php") as response:
        assert response.headers["Retry-After"] == "77"


async def test_redirects(client: ClientSession, sim: Simulator) -> None:
    """One leads back here and answers, the other to an origin that isn't ours."""
    sim.fail(Fault.REDIRECT_SAME)
    header = {"Authorization": f"Bearer {sim.token()}"}
    async with client.get(f"{sim.url}/ajax.php?action=index", headers=header) as response:
        assert len(response.history) == 1
        assert (await response.json())["status"] == "success"
    sim.repair()
    sim.fail(Fault.REDIRECT_ELSEWHERE)
    async with client.get(f"{sim.url}/ajax.php?action=index", allow_redirects=False) as response:
        location = response.headers["Location"]
    assert location == f"{sim.url.replace('127.0.0.1', 'localhost')}/ajax.php?action=index"


async def test_cut_off(client: ClientSession, sim: Simulator) -> None:
    """The body ends before its length says so."""
    sim.fail(Fault.CUT_OFF, action="browse")
    with pytest.raises(ClientPayloadError):
        await ask(client, sim, "browse")


async def test_too_large(client: ClientSession, sim: Simulator) -> None:
    """The answer is as large as told, and may be left in the middle."""
    sim.settings.huge = 2**20
    sim.fail(Fault.TOO_LARGE)
    assert len((await ask(client, sim))[2]) > 2**20
    sim.settings.huge = 2**30
    async with client.get(
        f"{sim.url}/ajax.php?action=index", headers={"Authorization": f"Bearer {sim.token()}"}
    ) as response:
        await response.content.readexactly(1000)
    sim.repair()
    assert (await ask(client, sim))[0] == 200


async def test_slow(client: ClientSession, sim: Simulator) -> None:
    """The answer is whole, and takes its time."""
    sim.settings.pause, sim.settings.pieces = 0.02, 5
    sim.fail(Fault.SLOW, times=1)
    start = sim.clock.monotonic()
    slow = await ask(client, sim)
    assert sim.clock.monotonic() - start >= 5 * 0.02
    assert slow == await ask(client, sim)


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.SLOW])
async def test_stopping_ends_what_hangs(fault: Fault, client: ClientSession) -> None:
    """Stop waits for nobody."""
    async with Simulator() as sim:
        sim.settings.pause = 60
        sim.fail(fault)
        hanging = asyncio.create_task(ask(client, sim), name="hanging")
        while not sim.arrivals:  # noqa: ASYNC110 - an arrival has no event
            await asyncio.sleep(0.01)
        start = sim.clock.monotonic()
    assert sim.clock.monotonic() - start < 30
    with pytest.raises(ClientError):
        await hanging


# Connections


async def test_drop_makes_clients_send_again(client: ClientSession, sim: Simulator) -> None:
    """A dropped connection is an arrival, and a client silently sends again."""
    await ask(client, sim)
    sim.fail(Fault.DROP, times=1)
    assert (await ask(client, sim))[0] == 200
    assert [arrival.verdict for arrival in sim.arrivals] == ["ok", Fault.DROP, "ok"]
    sim.fail(Fault.DROP)
    with pytest.raises(ServerDisconnectedError):
        await ask(client, sim)


async def test_idle_connections_are_closed() -> None:
    """The server closes a connection that was idle for so long."""
    async with Simulator(close_after=0.1) as sim, asyncio.timeout(30):
        begun = sim.clock.monotonic()
        reader, writer = await send(sim)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        assert sim.clock.monotonic() - begun > 0.09
        writer.close()


async def test_jitter_delays_both_ways(client: ClientSession) -> None:
    """An arrival is stamped after the way there, and the answer has a way back."""
    async with Simulator(jitter=(0.05, 0.06)) as sim:
        start = sim.clock.monotonic()
        await ask(client, sim)
        end = sim.clock.monotonic()
    assert sim.arrivals[0].at - start >= 0.05
    assert end - sim.arrivals[0].at >= 0.05


async def test_gone_clients_arrive_too() -> None:
    """A request whose sender gave up on the way is an arrival all the same."""
    async with Simulator(jitter=(0.1, 0.1)) as sim, asyncio.timeout(30):
        _, writer = await send(sim)
        writer.close()
        await writer.wait_closed()
        while not sim.arrivals:  # noqa: ASYNC110 - an arrival has no event
            await asyncio.sleep(0.01)
    assert [arrival.verdict for arrival in sim.arrivals] == ["ok"]


async def test_start_again(client: ClientSession) -> None:
    """A tracker that was down comes back at its address and remembers what it saw."""
    sim = Simulator(world=World())
    async with sim:
        url = sim.url
        await ask(client, sim)
    with pytest.raises(ClientError):
        await ask(client, sim)
    async with sim:
        assert (await ask(client, sim))[0] == 200
    assert sim.url == url
    assert len(sim.arrivals) == 2


async def test_head(client: ClientSession, sim: Simulator) -> None:
    """HEAD is answered with headers only."""
    header = {"Authorization": f"Bearer {sim.token()}"}
    async with client.head(f"{sim.url}/ajax.php?action=index", headers=header) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert response.headers["Content-Type"] == JSON


# Other sites


async def told(
    client: ClientSession, sim: Simulator, authorization: str, *, page: str, action: str = "index"
) -> tuple[int, str]:
    """Call an action at a page, with a header as it is written."""
    async with client.get(
        f"{sim.url}/{page}",
        params={"action": action},
        headers={"Authorization": authorization},
        allow_redirects=False,
    ) as response:
        return response.status, await response.text()


async def test_the_newer_endpoint(client: ClientSession) -> None:
    """With the newer name of the API the older page is gone, and redirects name the newer."""
    async with Simulator(endpoint="api.php", allowed=9) as sim:
        bearer = f"Bearer {sim.token()}"
        assert (await told(client, sim, bearer, page="api.php"))[0] == 200
        assert (await told(client, sim, bearer, page="ajax.php"))[0] == 404


@pytest.mark.parametrize(("scheme", "before"), [("token", "token "), ("", "")])
async def test_other_schemes(client: ClientSession, scheme: str, before: str) -> None:
    """Other sites want other words before a token, and load the user for it."""
    async with Simulator(scheme=scheme, allowed=9) as sim:
        right = await told(client, sim, f"{before}{sim.token()}", page="ajax.php")
        wrong = await told(client, sim, f"Bearer {sim.token()}", page="ajax.php")
        top = await told(client, sim, f"{before}{sim.token()}", page="ajax.php", action="top10")
    assert '"username":"me"' in right[1]
    assert "authorization type must be" in wrong[1]
    assert top[1].startswith('{"status":"success"')


async def test_other_limits(client: ClientSession) -> None:
    """An action with a limit of its own is refused by it, over the same count."""
    async with Simulator(per=600, allowed=3, limits={"stats": (1, 600)}) as sim:
        for action in ("index", "stats", "index", "index", "index"):
            await ask(client, sim, action)
        verdicts = [arrival.verdict for arrival in sim.arrivals]
    assert verdicts == ["ok", "limited", "ok", "ok", "limited"]


async def test_a_flushed_cache_forgets_the_windows(client: ClientSession) -> None:
    """Whoever was refused is free again."""
    async with Simulator(per=600, allowed=1) as sim:
        assert await verdicts(client, sim, "me", "me") == ["ok", "limited"]
        sim.flush_cache()
        assert (await verdicts(client, sim, "me"))[-1] == "ok"
