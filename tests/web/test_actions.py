"""What is done from the page is what the control socket does, and is told to whoever did it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gazelled.errors import ConfigError
from gazelled.service.health_report import health_report
from gazelled.service.web.web_texts import UNDER_WAY
from gazelled.testing import Fault

if TYPE_CHECKING:
    from tests.service.conftest import House
    from tests.web.conftest import Visit

    from gazelled.service.app import App


async def did(visit: Visit, action: str, **fields: str) -> str:
    """Press a button of the page; return the page after it."""
    reply = await visit.post(
        f"/actions/{action}", {"csrf": await visit.csrf(), "back": "/probe/back", **fields}
    )
    assert (reply.status, reply.headers["location"]) == (303, "/probe/back")
    page = (await visit.get("/probe/back")).body
    assert 'class="message' in page
    return page


async def asked(visit: Visit, action: str, token: str, **body: object) -> tuple[int, Any]:
    """Do something as a script does."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{visit.origin}/api/v1/actions/{action}", json=body) as response,
    ):
        return response.status, await response.json()


async def test_a_watch_runs_now(visit: Visit) -> None:
    """And the page that comes next says what came of it, once."""
    token = await visit.log_in()
    said = await did(visit, "watch.run", name="yeast")
    assert "yeast has run: " in said or UNDER_WAY in said
    again = (await visit.get("/probe/back")).body
    assert "yeast has run" not in again
    assert UNDER_WAY not in again
    status, reply = await asked(visit, "watch.run", token, name="yeast")
    assert (status, reply["watch"]) == (200, "yeast")


async def test_what_failed_is_no_success(visit: Visit, house: House) -> None:
    """It looks like a failure, and what is done does not."""
    await visit.log_in()
    assert 'class="message" role="status"' in await did(visit, "watch.pause", name="yeast")
    house.sim.fail(Fault.STATUS_ERROR, action="browse")
    assert 'class="message bad" role="alert"' in await did(visit, "watch.run", name="yeast")


async def test_a_paused_watch_asks_nothing(visit: Visit, house: House) -> None:
    """It is shown everywhere as what it is, and finds afterwards what came meanwhile."""
    token = await visit.log_in()
    app = visit.app
    await app.run_watch("yeast")
    assert "yeast is paused." in await did(visit, "watch.pause", name="yeast")
    source = next(iter(app.watcher.sources))
    while app.runs._is_running(source) or not app.dispatcher.idle:  # noqa: ASYNC110 - begun before
        await asyncio.sleep(0.01)
    before = len(house.sim.arrivals)
    house.sim.world.publish("S288C reads")
    app.runs.start(source)
    status, refused = await asked(visit, "watch.run", token, name="yeast")
    assert (status, "gazelled watch resume yeast" in refused["text"]) == (409, True)
    (shown,) = (await house.status())["watches"]
    assert (shown["paused"] is not None, shown["late"], shown["next"]) == (True, False, None)
    assert ("watch yeast", "paused") in await problems(app)
    assert len(house.sim.arrivals) == before
    assert "yeast is resumed." in await did(visit, "watch.resume", name="yeast")
    await house.told("S288C reads")
    assert ("watch yeast", "paused") not in await problems(app)


async def problems(app: App) -> set[tuple[str, str]]:
    """Return what is wrong, by its subject."""
    return {(problem.subject, problem.text) for problem in (await health_report(app)).problems}


async def test_a_pause_outlives_a_restart(house: House) -> None:
    """A person has said so, and nobody else."""
    async with house.opened():
        assert (await house.ask("watch.pause", name="yeast"))[0]["changed"] is True
        assert (await house.ask("watch.pause", name="yeast"))[0]["changed"] is False
    async with house.opened() as app:
        assert app.wiring.paused.is_paused("yeast")
        await app.once()
        assert await app.store.last_runs() == {}
        assert (await house.ask("watch.resume", name="yeast"))[0]["changed"] is True
        assert (await house.ask("watch.resume", name="yeast"))[0]["changed"] is False
        with pytest.raises(ConfigError, match="yeast"):
            await house.ask("watch.pause", name="yeats")


async def test_a_paused_watch_leaves_others_alone(house: House) -> None:
    """Those that ask for the same go on, and it reports nothing with them."""
    house.watches += '[watch.other]\nask = "browse"\nevery = "15m"\ntell = ["journal"]\n'
    async with house.running() as app:
        await app.run_watch("other")
        await house.ask("watch.pause", name="yeast")
        house.sim.world.publish("W303 reads")
        await app.run_watch("other")
        await house.told("W303 reads")
        stored = await app.store.archive.events_of("yeast", app.started)
        assert "W303 reads" not in {event.title for event in stored}


async def test_deliveries_are_retried_and_dropped(visit: Visit, house: House) -> None:
    """By their keys, as the table of deliveries names them."""
    await visit.log_in()
    house.mood("never")
    house.sim.world.publish("S288C reads")
    await visit.app.run_watch("yeast")

    async def dead() -> int:
        return (await visit.app.store.deliveries.counts()).get(("moody", "dead"), 0)

    while not await dead():  # noqa: ASYNC110 - the deliverer is waited for
        await asyncio.sleep(0.01)
    text = await did(visit, "deliveries.drop", target="moody", yes="yes")
    assert "dropped" in text
    assert await dead() == 0


async def test_a_reload_says_what_came_of_it(visit: Visit) -> None:
    """Also where nothing reloads, as in a daemon of a test."""
    token = await visit.log_in()
    status, reply = await asked(visit, "reload", token)
    said = await did(visit, "reload")
    assert (status, reply["text"] in said) == (409, True)
    assert 'class="message bad" role="alert"' in said


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'"x"', b"[" * 10_000, b'{"name": 7}', b'{"name": "yeast", "x": 1}', b""]
)
async def test_wrong_requests_are_sentences(visit: Visit, body: bytes) -> None:
    """Whatever a script sends."""
    token = await visit.log_in()
    head = (
        f"POST /api/v1/actions/watch.pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reply = await visit.raw(head.encode() + body)
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert "error" in json.loads(reply.partition(b"\r\n\r\n")[2])
