"""The session: logging in, redirects, deadlines, and what comes from the network."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from gazelled.errors import ConfigError
from gazelled.model import Call
from gazelled.testing import Fault, Simulator
from gazelled.tracker.answers.classification import Consequence
from gazelled.tracker.login.auth import CookieAuth, LoginAuth, TokenAuth
from gazelled.tracker.login.log_in import COOKIES

if TYPE_CHECKING:
    from .conftest import Client, Connect

TLS = Path(__file__).parent / "tls"
PER = 6.0
CLEAR = Call("clear_user_notification", (("type", "News"),), writes=True)


async def test_token(connect: Connect) -> None:
    """A bearer token needs no log-in."""
    client = connect()
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.OK
    assert client.asked == ["index"]


async def test_log_in(connect: Connect, me: LoginAuth) -> None:
    """With name and password the log-in comes first, in a slot of its own."""
    client = connect(me)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.OK
    assert client.asked == ["/login.php", "index"]
    assert min(client.sim.gaps()) >= PER


async def test_second_factor(connect: Connect, twofa: LoginAuth) -> None:
    """The code of the second factor is that of the moment at which it is sent."""
    client = connect(twofa)
    client.limiter.pause(150)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.OK


async def test_cookie_survives_a_restart(connect: Connect, me: LoginAuth) -> None:
    """A new session goes on with the cookie of the last one."""
    first = connect(me)
    await first.ask("index")
    second = connect(me, memory=first.memory)
    verdict = await second.ask("index")
    assert verdict.consequence is Consequence.OK
    assert second.asked == ["/login.php", "index", "index"]


async def test_cookie_of_another_account(connect: Connect, me: LoginAuth, twofa: LoginAuth) -> None:
    """Another user name doesn't go on with the cookie of the first."""
    first = connect(me)
    await first.ask("index")
    verdict = await connect(twofa, memory=first.memory).ask("index")
    assert isinstance(verdict.payload, dict)
    assert verdict.payload["username"] == "twofa1"


async def test_lost_session_is_renewed(connect: Connect, me: LoginAuth) -> None:
    """When the tracker has ended the session, one log-in follows, and the call again."""
    client = connect(me)
    await client.ask("index")
    client.sim.expire_sessions()
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.OK
    assert client.asked == ["/login.php", "index", "index", "/login.php", "index"]


async def test_one_log_in_for_all(connect: Connect, me: LoginAuth) -> None:
    """However many calls find the session lost, one of them logs in."""
    client = connect(me, requests=4)
    client.sim.limiter.allowed = 100
    await client.ask("index")
    client.sim.expire_sessions()
    verdicts = await asyncio.gather(*(client.ask("index") for _ in range(4)))
    assert {verdict.consequence for verdict in verdicts} == {Consequence.OK}
    assert client.asked.count("/login.php") == 2


async def test_one_first_log_in_for_all(connect: Connect, me: LoginAuth) -> None:
    """Calls that come before the first log-in wait for it, also when they hold slots."""
    client = connect(me, requests=3)
    client.sim.limiter.allowed = 100
    verdicts = await asyncio.gather(*(client.ask("index") for _ in range(5)))
    assert {verdict.consequence for verdict in verdicts} == {Consequence.OK}
    assert client.asked.count("/login.php") == 1


async def test_session_that_ends_at_once(connect: Connect, me: LoginAuth) -> None:
    """A session that the tracker doesn't take right after the log-in isn't asked for for ever."""
    client = connect(me)
    client.sim.fail(Fault.SESSION_LOST)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert client.asked == ["/login.php", "index", "/login.php", "index"]


async def test_refused_log_in_is_not_repeated(connect: Connect) -> None:
    """A wrong password is sent once, until a person says so."""
    client = connect(LoginAuth("me", "wrong-password-12345"))
    for _ in range(3):
        verdict = await client.ask("index")
        assert verdict.consequence is Consequence.STOPPED
        assert "It leaves 5 more attempts; gazelled makes none." in verdict.text
    assert client.asked == ["/login.php"]
    await client.session.resume()
    await client.ask("index")
    assert client.asked == ["/login.php"] * 2


async def test_lock_out(connect: Connect, me: LoginAuth) -> None:
    """After too many failures the tracker takes no log-in, and that is said as what it is."""
    for _ in range(6):  # six programs at one address
        await connect(LoginAuth("me", "wrong-password-12345")).ask("index")
    verdict = await connect(me).ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "no log-ins from this address for a few hours" in verdict.text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("disabled1", "your account is disabled"),
        ("twofa1", "refuses the second factor"),
        ("unconfirmed1", "has not been confirmed"),
        ("nobody", "refuses user name or password"),
    ],
)
async def test_refusals(connect: Connect, sim: Simulator, name: str, words: str) -> None:
    """Each refusal of a log-in stops everything and says what to do."""
    passwords = {user.name: user.password for user in sim.world.users.values()}
    client = connect(LoginAuth(name, passwords.get(name, "some-password-12345")))
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert words in verdict.text


async def test_banned_address_at_the_log_in(connect: Connect, me: LoginAuth) -> None:
    """A ban of the address stops everything, though the tracker sends it as 500."""
    client = connect(me)
    client.sim.ban_address()
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "banned this address" in verdict.text


@pytest.mark.parametrize(
    ("fault", "words", "after"),
    [
        (Fault.BAD_GATEWAY, "log-in: 502 Bad Gateway", None),
        (Fault.RETRY_AFTER, "log-in: 503 Service Unavailable", 30.0),
        (Fault.REDIRECT_ELSEWHERE, "if it has moved, change url in [tracker]", None),
        (Fault.HTML, "Maintenance", None),
    ],
)
async def test_log_in_while_the_tracker_is_down(
    connect: Connect, me: LoginAuth, fault: Fault, words: str, after: float | None
) -> None:
    """A log-in that an outage prevents is no refusal: it is tried again."""
    client = connect(me)
    client.sim.fail(fault, times=1)
    verdict = await client.ask("index")
    assert (verdict.consequence, verdict.after) == (Consequence.UNAVAILABLE, after)
    assert words in verdict.text
    await client.session.resume()
    assert (await client.ask("index")).consequence is Consequence.OK


async def test_totp_secret_that_is_none(connect: Connect, sim: Simulator) -> None:
    """A second factor that can't be computed stops before anything is sent."""
    client = connect(LoginAuth("twofa1", sim.world.user("twofa1").password, "0189"))
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "base 32" in verdict.text
    assert client.asked == []


async def test_cookie_file(connect: Connect, me: LoginAuth, tmp_path: Path) -> None:
    """A browser's cookies do; once they are gone a person exports them again and resumes."""
    file = tmp_path / "cookies.txt"
    await export(connect(me), file)
    client = connect(CookieAuth(file))
    assert (await client.ask("index")).consequence is Consequence.OK
    client.sim.expire_sessions()
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "export the cookies again" in verdict.text
    await export(connect(me), file)
    await client.session.resume()
    assert (await client.ask("index")).consequence is Consequence.OK


async def export(client: Client, file: Path) -> None:
    """Log in as with a browser and write its cookies."""
    await client.ask("index")
    write_cookies(file, client.session._log_in.headers()["Cookie"])


def write_cookies(file: Path, header: str) -> None:
    """Write the cookies of a header in Netscape's format."""
    cookies = dict(pair.split("=", 1) for pair in header.split("; "))
    rows = (
        f"#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t0\t{name}\t{value}\n"
        for name, value in cookies.items()
    )
    file.write_text("# Netscape HTTP Cookie File\n" + "".join(rows))


async def test_cookie_file_that_is_missing(connect: Connect, tmp_path: Path) -> None:
    """A cookie file that can't be read stops before anything is sent."""
    client = connect(CookieAuth(tmp_path / "cookies.txt"))
    assert (await client.ask("index")).consequence is Consequence.STOPPED
    assert client.asked == []


async def test_action_that_wants_a_cookie(connect: Connect) -> None:
    """A token that is sent to the log-in is refused for this call, not for all."""
    client = connect()
    client.sim.fail(Fault.SESSION_LOST, times=1)
    verdict = await client.ask("better")
    assert verdict.consequence is Consequence.REFUSED
    assert "a token isn't enough" in verdict.text


async def test_write_is_not_repeated_after_a_log_in(connect: Connect, me: LoginAuth) -> None:
    """What changes something is sent once; the asker is told that nothing was changed."""
    client = connect(me)
    await client.ask("index")
    client.sim.expire_sessions()
    verdict = await client.ask(CLEAR)
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert "nothing was changed" in verdict.text
    assert client.asked.count("clear_user_notification") == 1


async def test_write(connect: Connect) -> None:
    """What changes something is a form, and its empty answer is the tracker's yes."""
    client = connect()
    client.sim.world.announce("Disks", "We move them.")
    await client.ask("get_user_notifications")
    assert (await client.ask(CLEAR)).consequence is Consequence.OK
    assert "News" not in str((await client.ask("get_user_notifications")).payload)


async def test_keys_are_secrets_from_then_on(connect: Connect, me: LoginAuth) -> None:
    """Keys in an answer and the session cookie aren't shown any more; the user's id is."""
    client = connect(me)
    user = client.sim.world.user("me")
    payload = str((await client.ask("index")).payload)
    assert user.authkey not in payload
    assert user.passkey not in payload
    cookies = json.loads(str(await client.memory.get_kv(COOKIES)))
    for secret in (user.authkey, user.passkey, user.password, cookies["cookies"]["session"]):
        assert client.redactor.scrub_foreign(f"x {secret} y") == "x [redacted] y"
    assert client.redactor.scrub(f"user {user.id}") == f"user {user.id}"


async def test_keys_are_secrets_after_a_restart(connect: Connect, me: LoginAuth) -> None:
    """Whoever needn't ask `index` again knows them before the first answer comes."""
    first = connect(me)
    user = first.sim.world.user("me")
    await first.ask("index")
    user.authkey, earlier = "9" * 32, user.authkey
    await first.ask("index")
    second = connect(me, memory=first.memory)
    newest = max(first.sim.world.groups)
    first.sim.world.groups[newest].title = f"{user.passkey} {earlier} {user.authkey}"
    payload = str((await second.ask("browse")).payload)
    for secret in (user.passkey, earlier, user.authkey):
        assert secret not in payload
        assert second.redactor.scrub_foreign(f"x {secret} y") == "x [redacted] y"


async def test_redirect_to_another_origin(connect: Connect) -> None:
    """Nothing is sent to another origin."""
    client = connect()
    client.sim.fail(Fault.REDIRECT_ELSEWHERE)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert "change url in [tracker]" in verdict.text
    assert client.asked == ["index"]


async def test_legitimate_redirect(connect: Connect) -> None:
    """A redirect within the API is followed in a slot of its own."""
    client = connect()
    client.sim.fail(Fault.REDIRECT_SAME, times=1)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.OK
    assert client.asked == ["index", "index"]
    assert min(client.sim.gaps()) >= PER


async def test_silent_repetition(connect: Connect) -> None:
    """A request that aiohttp sends again after a dead connection waits twice as long."""
    client = connect()
    client.sim.fail(Fault.DROP, times=1)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.OK
    assert min(client.sim.gaps()) >= 2 * PER


async def test_dead_connections(connect: Connect) -> None:
    """When the connection dies again the call fails, and says how."""
    client = connect()
    client.sim.fail(Fault.DROP)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert verdict.text == "it closed the connection without an answer"
    assert client.asked == ["index", "index"]


async def test_write_is_never_sent_again(connect: Connect) -> None:
    """Not even a dead connection makes a write go out twice."""
    client = connect()
    client.sim.fail(Fault.DROP)
    assert (await client.ask(CLEAR)).consequence is Consequence.UNAVAILABLE
    assert client.asked == ["clear_user_notification"]


async def test_no_connection(connect: Connect) -> None:
    """A tracker that isn't there is unavailable, in words without its address."""
    client = connect()
    await client.sim.stop()
    verdict = await client.ask(Call("browse", (("searchstr", "geheim"),)))
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert verdict.text.startswith("no connection (")
    assert "geheim" not in verdict.text


async def test_deadline(connect: Connect) -> None:
    """A tracker that says nothing is left at the deadline."""
    client = connect()
    client.sim.fail(Fault.HANG, times=1)
    verdict = await client.ask(Call("index", deadline=0.2))
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert verdict.text == "no answer within 0.2 seconds"
    await client.ask("index")
    assert min(client.sim.gaps()) >= 2 * PER


async def test_deadline_starts_with_the_slot(connect: Connect) -> None:
    """Waiting for the turn isn't the tracker's fault."""
    client = connect()
    client.limiter.pause(150)
    verdict = await client.ask(Call("index", deadline=1.0))
    assert verdict.consequence is Consequence.OK


async def test_slow_body(connect: Connect) -> None:
    """An answer may come in small pieces until the deadline."""
    client = connect()
    client.sim.fail(Fault.SLOW, times=1)
    assert (await client.ask("index")).consequence is Consequence.OK
    client.sim.settings.pause = 100.0
    client.sim.fail(Fault.SLOW, times=1)
    verdict = await client.ask(Call("index", deadline=0.3))
    assert verdict.consequence is Consequence.UNAVAILABLE


async def test_cut_off_body(connect: Connect) -> None:
    """An answer that breaks off is broken; what came is kept."""
    client = connect()
    client.sim.fail(Fault.CUT_OFF)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.BROKEN
    assert verdict.reply
    assert verdict.reply.body.startswith(b'{"status":')


async def test_size_limit(connect: Connect) -> None:
    """An answer that goes on and on is left."""
    client = connect(largest=2**20)
    client.sim.fail(Fault.TOO_LARGE)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.BROKEN
    assert verdict.text == "The answer is larger than 1 MiB."
    assert (await client.ask("inbox")).consequence is Consequence.BROKEN


async def test_cancelled_call_gives_its_slot_back(connect: Connect) -> None:
    """A call that is cancelled while the tracker thinks leaves no slot behind."""
    client = connect()
    client.sim.fail(Fault.HANG, times=1)
    asking = asyncio.ensure_future(client.ask("index"))
    await arrived(client)
    asking.cancel()
    await asyncio.wait([asking])
    assert (await client.ask("index")).consequence is Consequence.OK
    assert min(client.sim.gaps()) >= 2 * PER


async def arrived(client: Client) -> None:
    """Wait until the tracker has seen a request."""
    for _ in range(6000):
        if client.sim.arrivals:
            return
        await asyncio.sleep(0.005)


# Proxies and certificates


@asynccontextmanager
async def listening(
    sim: Simulator, heads: list[bytes], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Pass connections on to the tracker, and keep the first bytes that came over each."""
    port = URL(sim.url).port

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(2**16):
                heads.append(chunk)
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, there[1]))
            group.create_task(pump(there[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_proxy(connect: Connect, stack: AsyncExitStack) -> None:
    """An HTTP proxy is asked for the tracker's address; what is sent says honestly who we are."""
    client = connect()
    heads: list[bytes] = []
    port = await stack.enter_async_context(listening(client.sim, heads))
    through = connect(proxy=f"http://127.0.0.1:{port}")
    assert (await through.ask("index")).consequence is Consequence.OK
    head = heads[0].decode()
    assert head.startswith(f"GET {client.sim.url}/ajax.php?action=index HTTP/1.1")
    assert "\r\nUser-Agent: gazelled/" in head
    assert "\r\nAccept: application/json\r\n" in head


async def test_proxy_that_is_gone(connect: Connect) -> None:
    """A proxy that can't be reached is named as what it is, without its password."""
    client = connect(proxy="http://user:geheim@127.0.0.1:9")
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert verdict.text.startswith("the proxy 127.0.0.1:9 (proxy in [tracker]) can't be reached")
    assert "geheim" not in verdict.text


async def test_own_ca(connect: Connect, sim: Simulator, stack: AsyncExitStack) -> None:
    """A certificate of one's own CA is trusted when the CA is named, and not before."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(TLS / "server.pem")
    port = await stack.enter_async_context(listening(sim, [], tls))
    url = f"https://localhost:{port}"
    strict = await connect(url=url).ask("index")
    assert strict.consequence is Consequence.UNAVAILABLE
    assert "isn't trusted" in strict.text
    assert sim.arrivals == []
    assert (await connect(url=url, ca=TLS / "ca.pem").ask("index")).consequence is Consequence.OK


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_ca_that_is_none(connect: Connect, tmp_path: Path, content: str | None) -> None:
    """A CA file that is missing or holds none is a mistake in the config."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=r"There is no certificate|can't be read"):
        connect(TokenAuth("x"), ca=file)


# Answers that the simulated tracker doesn't give


@asynccontextmanager
async def saying(head: str, body: str = "") -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve always the same; keep what was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                lines = ["HTTP/1.1 " + head.replace("\n", "\r\n"), "", body]
                writer.write("\r\n".join(lines).encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


OK_BODY = '{"status":"success","response":1}'


async def test_retry_after_on_the_way(connect: Connect) -> None:
    """A tracker that ends the session and asks to be left alone gets no log-in."""
    head = "302 Found\nLocation: login.php\nRetry-After: 90\nContent-Length: 0"
    async with saying(head) as (url, asked):
        client = connect(CookieAuth(Path("unused")), url=url)
        log_in = client.session._log_in
        log_in.cookies, log_in.number = {"session": "x"}, 1
        verdict = await client.ask("index")
    assert (verdict.consequence, verdict.after) == (Consequence.UNAVAILABLE, 90.0)
    assert len(asked) == 1


async def test_retry_after_with_an_answer(connect: Connect) -> None:
    """Retry-After is honoured on an answer too."""
    head = f"200 OK\nRetry-After: 900\nContent-Length: {len(OK_BODY)}"
    async with saying(head, body=OK_BODY) as (url, _):
        client = connect(url=url)
        async with client.dispatcher.running():
            assert (await client.dispatcher.call(Call("index"))).payload == 1
            assert client.limiter.wait() > 10 * PER


async def test_circle(connect: Connect) -> None:
    """Redirects that never end do."""
    head = "302 Found\nLocation: ajax.php?action=index\nContent-Length: 0"
    async with saying(head) as (url, asked):
        verdict = await connect(url=url).ask("index")
    assert verdict.text == "it redirects in circles"
    assert len(asked) == 4


async def test_redirect_without_a_place(connect: Connect) -> None:
    """A 304, or a redirect that names no place, isn't followed."""
    async with saying("304 Not Modified\nContent-Length: 0") as (url, asked):
        verdict = await connect(url=url).ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert len(asked) == 1


async def test_not_http(connect: Connect) -> None:
    """What isn't HTTP at all is unavailable, and what it said isn't repeated."""
    async with saying("geheim") as (url, _):
        verdict = await connect(url=url).ask("index")
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert "geheim" not in verdict.text
