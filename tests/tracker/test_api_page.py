"""Where the API is: at the page of the config, or at the other one."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from yarl import URL

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Api, Profile, Token, TrackerUnavailable, connect
from gazelled.tracker.answers.classification import Consequence, HttpReply, classify
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.api_page import ApiPage
from gazelled.tracker.login.auth import LoginAuth
from gazelled.tracker.sites.site import Site

from .conftest import PER, Connect

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SITE = Site("https://x.example", "x")
ASKED = URL("https://x.example/ajax.php?action=index")
MISSING = b"<html><title>404 Not Found</title></html>"


def paths(sim: Simulator) -> list[str]:
    """Return the pages of the API that were requested."""
    return [each.path for each in sim.arrivals if each.path.endswith(("ajax.php", "api.php"))]


async def test_the_other_page_is_found_and_remembered(
    connect: Connect, sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """One request finds it, in its own turn; later ones, and later starts, know it."""
    caplog.set_level("INFO")
    sim.endpoints.clear()
    sim.endpoints.add("api.php")
    memory = InMemoryStore()
    client = connect(memory=memory)
    assert (await client.ask("index")).consequence is Consequence.OK
    assert (await client.ask("stats")).consequence is Consequence.OK
    assert paths(sim) == ["/ajax.php", "/api.php", "/api.php"]
    assert min(sim.gaps()) >= PER
    assert caplog.text.count("endpoint.found endpoint=api.php configured=ajax.php") == 1
    sim.flush_cache()  # the next clients don't know of these requests
    assert (await connect(memory=memory).ask("stats")).consequence is Consequence.OK
    assert paths(sim)[3:] == ["/api.php"]
    # Another config is another question.
    sim.flush_cache()
    assert (await connect(memory=memory, endpoint="api.php").ask("stats")).payload
    assert paths(sim)[4:] == ["/api.php"]


async def test_a_site_that_serves_both_is_asked_as_configured(
    connect: Connect, sim: Simulator
) -> None:
    """Nothing is searched for where nothing is missing."""
    sim.endpoints.add("api.php")
    for endpoint in ("ajax.php", "api.php"):
        sim.flush_cache()
        assert (await connect(endpoint=endpoint).ask("index")).consequence is Consequence.OK
    assert paths(sim) == ["/ajax.php", "/api.php"]


async def test_where_there_is_none_one_request_is_wasted(connect: Connect, sim: Simulator) -> None:
    """Once in the life of a process, also if it moves later."""
    sim.endpoints.clear()
    client = connect()
    for _ in range(2):
        verdict = await client.ask("index")
        assert (verdict.consequence, verdict.text) == (Consequence.UNAVAILABLE, "404 Not Found")
    assert paths(sim) == ["/ajax.php", "/api.php", "/ajax.php"]
    sim.endpoints.add("api.php")
    assert (await client.ask("index")).consequence is Consequence.UNAVAILABLE
    sim.flush_cache()
    assert (await connect().ask("index")).consequence is Consequence.OK


async def test_an_api_that_moves_and_moves_back(connect: Connect, sim: Simulator) -> None:
    """What was found once may be missing at the next start."""
    memory = InMemoryStore()
    for here, asked in [
        ("ajax.php", ["/ajax.php"]),
        ("api.php", ["/ajax.php", "/api.php"]),
        ("ajax.php", ["/api.php", "/ajax.php"]),
        ("ajax.php", ["/ajax.php"]),
    ]:
        sim.endpoints.clear()
        sim.endpoints.add(here)
        before = len(paths(sim))
        sim.flush_cache()
        assert (await connect(memory=memory).ask("index")).consequence is Consequence.OK
        assert paths(sim)[before:] == asked


async def test_what_changes_something_searches_nothing(connect: Connect, sim: Simulator) -> None:
    """Nor does a file that isn't there."""
    client = connect(LoginAuth("me", sim.world.user("me").password))
    await client.ask("index")
    sim.endpoints.clear()
    sim.endpoints.add("api.php")
    call = Call("clear_user_notification", (("type", "News"),), writes=True)
    assert (await client.ask(call)).consequence is Consequence.UNAVAILABLE
    assert (await client.ask(Call("download", (("id", "9999"),)))).consequence is not Consequence.OK
    assert paths(sim) == ["/ajax.php", "/ajax.php"]
    assert (await client.ask("index")).consequence is Consequence.OK


async def test_an_outage_is_no_missing_page(connect: Connect, sim: Simulator) -> None:
    """Pages in place of data, gateways and refusals say nothing of where the API is."""
    client = connect()
    for fault in (Fault.HTML, Fault.BAD_GATEWAY, Fault.FORBIDDEN, Fault.TOO_MANY, Fault.DROP):
        sim.fail(fault)
        await client.ask("index")
        sim.repair()
    assert set(paths(sim)) == {"/ajax.php"}


async def test_two_calls_at_once_search_once(sim: Simulator, connect: Connect) -> None:
    """The one that did not search uses what the other one found."""
    sim.endpoints.clear()
    sim.endpoints.add("api.php")
    client = connect(requests=2)
    both = await asyncio.gather(client.ask("index"), client.ask("stats"))
    assert [verdict.consequence for verdict in both].count(Consequence.OK) >= 1
    assert paths(sim).count("/ajax.php") <= 2
    assert (await client.ask("stats")).consequence is Consequence.OK


@pytest.mark.parametrize(
    ("status", "body", "more"),
    [
        (404, b'{"status":"failure","error":"no such torrent"}', {}),
        (404, MISSING, {"retry_after": "30"}),
        (404, MISSING, {"complete": False}),
        (404, b"", {"location": "https://x.example/"}),
        (410, MISSING, {}),
        (500, MISSING, {}),
        (200, MISSING, {}),
    ],
)
def test_what_is_no_missing_page(status: int, body: bytes, more: dict[str, object]) -> None:
    """A 404 of the API's own, a pause, a broken reply: nothing is requested elsewhere."""
    reply = HttpReply(status, body, NOW, **more)  # type: ignore[arg-type] # texts and flags
    page = ApiPage(SITE, InMemoryStore())
    assert page.instead(classify(reply, ASKED), "ajax.php") is None
    assert page.instead(classify(HttpReply(404, MISSING, NOW), ASKED), "ajax.php")


@pytest.mark.parametrize(
    ("status", "body", "location", "is_api"),
    [
        (200, b'{"status":"success","response":{"id":1}}', "", True),
        (200, b'{"status":"failure","error":"bad parameters"}', "", True),
        (400, b'{"status":"failure","error":"rate limit exceeded"}', "", True),
        (200, b'{"status":"failure","error":"invalid token format"}', "", True),
        (302, b"", "https://x.example/login.php", True),
        (302, b"", "https://x.example/index.php", False),
        (302, b"", "https://other.example/", False),
        (404, MISSING, "", False),
        (403, MISSING, "", False),
        (502, MISSING, "", False),
        (200, MISSING, "", False),
        (200, b'{"errors":["no route"]}', "", False),
        (500, b"", "", False),
    ],
)
async def test_what_speaks_as_the_api(
    status: int, body: bytes, location: str, *, is_api: bool
) -> None:
    """Only then is a page used from then on."""
    memory = InMemoryStore()
    page = ApiPage(SITE, memory)
    other = page.instead(classify(HttpReply(404, MISSING, NOW), ASKED), "ajax.php")
    assert other
    assert other.endpoint == "api.php"
    verdict = classify(HttpReply(status, body, NOW, location=location), ASKED)
    assert await page.learn(other, verdict) is is_api
    assert (page.site.endpoint == "api.php") is is_api
    assert (page.refusal is None) is is_api
    assert (await memory.get_kv("endpoint") is not None) is is_api


async def test_a_page_of_ones_own_is_not_replaced() -> None:
    """Who names another page than the two knows the site."""
    page = ApiPage(Site("https://x.example", "x", endpoint="json/api.php"), InMemoryStore())
    missing = classify(HttpReply(404, MISSING, NOW), ASKED)
    assert page.instead(missing, "json/api.php") is None


async def test_what_was_kept_may_be_nonsense() -> None:
    """It is ignored then."""
    memory = InMemoryStore()
    for text in ('"api.php"', '{"at":"https://x.example ajax.php","is":"login.php"}', "[]"):
        await memory.set_kv("endpoint", text)
        page = ApiPage(SITE, memory)
        await page.load()
        assert page.site.endpoint == "ajax.php"
    await memory.set_kv("endpoint", '{"at":"https://x.example ajax.php","is":"api.php"}')
    page = ApiPage(SITE, memory)
    await page.load()
    assert page.site.endpoint == "api.php"


async def test_a_script_keeps_it_in_its_folder(tmp_path: Path) -> None:
    """A token downloads from where the API is, too."""
    profile = Profile("other", "Another", scheme="token", per=1.0, token_downloads=True)
    async with Simulator(
        clock=Clock(speed=200.0), per=1.0, scheme="token", endpoint="api.php"
    ) as sim:
        for _ in range(2):
            async with connect_to(sim, tmp_path, profile) as api:
                await api.stats()
                assert (await api.download(3)).torrent.name
        assert paths(sim).count("/ajax.php") == 1
        sim.endpoints.clear()
        async with connect_to(sim, tmp_path / "new", profile) as api:
            with pytest.raises(TrackerUnavailable, match="404"):
                await api.stats()


def connect_to(sim: Simulator, folder: Path, profile: Profile) -> AbstractAsyncContextManager[Api]:
    """Connect with a token."""
    return connect(sim.url, Token(sim.token()), profile=profile, clock=sim.clock, folder=folder)
