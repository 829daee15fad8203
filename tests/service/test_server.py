"""The control socket: for its owner only, whatever the folder, the answer and the asker."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    ConfigError,
    GazelledError,
    RequestRefused,
    StateError,
    TrackerUnavailable,
)
from gazelled.service.control import server
from gazelled.service.control.client import NobodyThereError, ask
from gazelled.service.control.protocol import StatusRequest
from gazelled.testing import Fault

if TYPE_CHECKING:
    from .conftest import House


async def collected(path: Path) -> list[object]:
    """Ask and take all lines."""
    return [message async for message in ask(path, StatusRequest())]


async def test_it_is_its_owners_only(house: House) -> None:
    """Nobody else may write to the socket, and it is gone afterwards."""
    socket = house.folder / "control.sock"
    async with house.opened():
        assert socket.stat().st_mode & 0o777 == 0o600
        assert await house.status()
    assert not socket.exists()
    with pytest.raises(NobodyThereError, match="No gazelled daemon listens at"):
        await house.status()


@pytest.mark.parametrize(("folder_mode", "mode"), [(0o700, 0o600), (0o750, 0o660), (0o755, 0o660)])
async def test_a_group_gets_it_where_the_unit_says_so(
    house: House, folder_mode: int, mode: int
) -> None:
    """By the mode of the runtime folder; others never do, and in the state folder not the group."""
    runtime = house.home / "run"
    runtime.mkdir()
    runtime.chmod(folder_mode)
    async with house.opened() as app:
        house.folder.chmod(folder_mode)
        async with server.serve(app, runtime / "control.sock"):
            assert (runtime / "control.sock").stat().st_mode & 0o777 == mode
        async with server.serve(app, house.folder / "other.sock"):
            assert (house.folder / "other.sock").stat().st_mode & 0o777 == 0o600


async def test_a_dead_socket_is_replaced(house: House) -> None:
    """What a killed daemon left in the way is no trouble."""
    async with house.opened():
        pass
    (house.folder / "control.sock").write_text("")
    async with house.opened():
        assert await house.status()


async def test_a_long_path(house: House) -> None:
    """A folder whose name is longer than a socket's address can be works all the same."""
    house.folder = house.home / ("long" * 40) / "state"
    async with house.opened():
        assert (house.folder / "control.sock").stat().st_mode & 0o777 == 0o600
        assert await house.status()
    with pytest.raises(NobodyThereError):
        await house.status()
    with pytest.raises(NobodyThereError):
        await collected(house.home / ("long" * 40) / "other" / "control.sock")


async def test_a_folder_that_is_not_there(house: House) -> None:
    """A runtime directory that doesn't exist is told as what it is."""
    async with house.opened() as app:
        with pytest.raises(StateError, match="can't be made"):
            async with server.serve(app, house.home / "nowhere" / "control.sock"):
                pass
        with pytest.raises(StateError, match="can't be made"):
            async with server.serve(app, house.home / ("x" * 150) / "control.sock"):
                pass


async def test_a_socket_that_cannot_be_made_is_tried_again(house: House) -> None:
    """The daemon watches meanwhile, says what is wrong, and can be asked once there is room."""
    house.folder.mkdir()
    (house.folder / "control.sock").mkdir()
    async with house.running(web=True) as app:
        await house.told("Commands can't reach gazelled", "Watching yeast")
        assert "can't be made" in app.control_problem
        (house.folder / "control.sock").rmdir()
        await house.until(lambda: not app.control_problem)
        assert (await house.status())["running"]


async def test_a_socket_that_somebody_removed_is_made_anew(house: House) -> None:
    """A cleaned runtime folder doesn't leave a daemon that nobody can ask or stop."""
    async with house.running(web=True) as app:
        await house.until(app.ready.is_set)
        (house.folder / "control.sock").unlink()
        await house.until((house.folder / "control.sock").exists)
        await house.until(lambda: not app.control_problem)
        assert (await house.status())["running"]


async def test_an_unforeseen_failure_of_the_socket_ends_the_daemon(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that nobody can ask or stop isn't left running; systemd starts another one."""

    async def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(server, "_listen", fail)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        async with house.opened(web=True):
            await asyncio.Event().wait()


async def test_too_many_connections_end_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who holds them all keeps others out, with a sentence; the daemon has descriptors left."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 4)
    socket = house.folder / "control.sock"
    async with house.opened():
        held = [await asyncio.open_unix_connection(str(socket)) for _ in range(4)]
        with pytest.raises(TrackerUnavailable, match="gazelled has 4 connections at its control"):
            await house.status()
        held.append(await asyncio.open_unix_connection(str(socket)))
        async with asyncio.timeout(30):
            assert await held[-1][0].read() == b""  # it asks nothing and is closed
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(30):
            while True:
                with suppress(TrackerUnavailable):  # until it has noticed that they are gone
                    assert await house.status()
                    return


async def test_large_answers(house: House) -> None:
    """An answer of any length comes whole, in one line."""
    for number in range(100):
        house.sim.world.publish(f"Set {number}", tags=["x" * 5000])
    async with house.opened():
        _, last = await house.ask("call", action="browse", params={"group_results": 0})
    assert len(json.dumps(last)) > 200_000
    assert len(last["answer"]["results"]) == 50


@pytest.mark.parametrize(
    ("name", "given", "error", "words"),
    [
        ("call", {"action": "brows"}, RequestRefused, 'no action "brows"; did you mean "browse"?'),
        (
            "call",
            {"action": "torrent", "params": {"id": "9999"}},
            RequestRefused,
            "bad id parameter",
        ),
        (
            "call",
            {"action": "browse", "params": {"yeer": 3}},
            RequestRefused,
            'no parameter "yeer"',
        ),
        (
            "call",
            {"action": "announcements"},
            RequestRefused,
            "marks the news as read; add --yes to confirm",
        ),
        ("watch.run", {"name": "yest"}, ConfigError, 'no watch "yest"'),
        ("target.test", {"name": "moodi"}, ConfigError, 'no target "moodi"'),
    ],
)
async def test_what_goes_wrong_keeps_its_type(
    house: House, name: str, given: dict[str, object], error: type[GazelledError], words: str
) -> None:
    """The asker gets the exception that the owner had, with its sentence."""
    async with house.opened():
        with pytest.raises(error, match=words.replace("?", r"\?")):
            await house.ask(name, **given)


async def test_stopped_and_broken_cross_the_socket(house: House) -> None:
    """What the tracker did comes over as what it was; a broken answer is kept."""
    async with house.opened():
        await house.ask("call", action="index")
        house.sim.fail(Fault.NOT_JSON, times=1)
        with pytest.raises(BadAnswer, match="It is kept in"):
            await house.ask("call", action="stats")
        assert (house.folder / "broken" / "stats.txt").read_text().startswith('{"status":"succ')
        house.sim.fail(Fault.TOKEN_REVOKED, times=1)
        with pytest.raises(ActionRequired, match="token revoked"):
            await house.ask("call", action="stats")


async def raw(path: Path, body: bytes, head: bytes = b"", *, leave: float | None = None) -> bytes:
    """Send bytes to the socket; read the reply, or go away after some seconds."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    length = b"" if b"Transfer" in head else b"Content-Length: %d\r\n" % (len(body) or 9)
    writer.write(b"POST /call HTTP/1.1\r\nHost: x\r\n%b%b\r\n%b" % (length, head, body))
    try:
        if leave is None:
            async with asyncio.timeout(30):
                return await reader.readuntil(b"}")
        await asyncio.sleep(leave)
        return b""
    finally:
        writer.transport.abort()


def no_traceback(caplog: pytest.LogCaptureFixture) -> bool:
    """Return whether nothing was logged with a traceback, or as an error of the server."""
    return not any(each.exc_info or each.levelname == "ERROR" for each in caplog.records)


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (b"[" * 100_000, b""),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b""),
        (b'{"a":' * 30 + b"1" + b"}" * 30, b""),
        (b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", b""),
        (b'"' + b"x" * 2_000_000 + b'"', b""),
        (b'\xff\xfe{"a": 1}', b""),
        (b"{", b"Content-Type: application/json; charset=nonsense\r\n"),
    ],
)
async def test_what_no_handler_could_read_is_answered(
    house: House, caplog: pytest.LogCaptureFixture, body: bytes, head: bytes
) -> None:
    """Nesting without end, too much, or no text: a sentence for the sender, none in the log."""
    async with house.opened():
        found = await raw(house.folder / "control.sock", body, head)
        assert b'{"error": "ConfigError", "text": "expected a' in found
        assert await house.status()
    assert no_traceback(caplog)


async def test_who_leaves_early_leaves_no_traceback(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Whenever that is: within the request, before the reply, or while the tracker is asked."""
    socket = house.folder / "control.sock"
    call = b'{"action": "index"}'
    async with house.opened():
        await raw(socket, b"", leave=0.01)
        await raw(socket, b'zz\r\n{"a"', b"Transfer-Encoding: chunked\r\n", leave=0.05)
        for milliseconds in (0, 0, 0, 1, 1, 2, 3, 5, 10, 50):
            await raw(socket, call, leave=milliseconds / 1000)
        assert await house.status()
    assert no_traceback(caplog)


@pytest.mark.parametrize("body", ["", "{", "[]", "3", '"text"', "null"])
async def test_whatever_is_sent_gets_an_answer(house: House, body: str) -> None:
    """A body that is nothing, broken or no object ends nothing and is answered in a line."""
    async with house.opened():
        connector = aiohttp.UnixConnector(str(house.folder / "control.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.post("http://gazelled/status", data=body) as response,
        ):
            line = await response.json(content_type=None)
        assert ("error" in line) == bool(body)
        assert await house.status()


async def test_who_goes_away_takes_the_call_along(house: House) -> None:
    """A call that nobody waits for any more isn't sent to the tracker."""
    async with house.opened() as app:
        await house.ask("call", action="index")
        house.sim.fail(Fault.HANG, times=1)
        first = asyncio.create_task(house.ask("call", action="stats"), name="first")
        await house.until(lambda: len(house.sim.arrivals) == 2)
        second = asyncio.create_task(house.ask("call", action="index"), name="second")
        await house.until(lambda: app.dispatcher.waiting == 1)
        second.cancel()
        await house.until(lambda: app.dispatcher.waiting == 0)
        first.cancel()
        await asyncio.wait([first, second])
    assert [each.action for each in house.sim.arrivals] == ["index", "stats"]


async def test_a_mistake_of_ours_is_told_as_one(house: House) -> None:
    """A handler that crashes tells the asker so, and the daemon goes on."""
    async with house.opened() as app:
        app.timetables = {}
        await app.store.close()
        with pytest.raises(
            GazelledError, match=r"status failed for an internal error; see the log"
        ):
            await house.ask("status")
        with pytest.raises(ConfigError):
            await house.ask("watch.run", name="nothing")
