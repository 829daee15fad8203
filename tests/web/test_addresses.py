"""Where the page is: below a prefix, by the name of a proxy, at a Unix socket, or nowhere."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from tests.web.conftest import Visit

if TYPE_CHECKING:
    from tests.service.conftest import House

LAB = 'prefix = "/gazelled"\nurl = "https://lab.example"\n'


@pytest.fixture
async def behind(house: House, port: int, probe: None) -> AsyncIterator[Visit]:
    """Serve the page as a proxy has it below a path of its own."""
    del probe
    house.more = LAB
    async with house.opened(web=True) as app:
        yield Visit(app, port, host="lab.example")


@pytest.mark.parametrize("prefix", ["", "/gazelled"])
async def test_a_prefix_is_in_every_address(behind: Visit, prefix: str) -> None:
    """Whether the proxy has removed it from the request or not."""
    token = await behind.app.access.renew()
    reply = await behind.get(f"{prefix}/probe/x")
    assert (reply.status, reply.headers["location"]) == (303, "/gazelled/login")
    form = (await behind.get(f"{prefix}/login")).body
    assert 'action="/gazelled/login"' in form
    reply = await behind.get(f"{prefix}/login?token={token}")
    assert (reply.status, reply.headers["location"]) == (303, "/gazelled/")
    (morsel,) = reply.cookies.values()
    assert (morsel["path"], bool(morsel["secure"])) == ("/gazelled/", True)
    behind.cookies = {morsel.key: morsel.value}
    page = (await behind.get(f"{prefix}/probe/x")).body
    assert 'action="/gazelled/actions/logout"' in page
    assert 'href="/"' not in page
    assert 'src="/static' not in page


async def test_the_origin_is_the_proxys(behind: Visit) -> None:
    """Not that of somebody who answers without TLS by its name."""
    await behind.log_in()
    form = {"csrf": await behind.csrf(), "back": "/probe/x"}
    here = await behind.post("/gazelled/actions/resume", form, Origin="https://lab.example")
    assert (here.status, here.headers["location"]) == (303, "/gazelled/probe/x")
    for origin in ("http://lab.example", "https://lab.example:1", "https://x.lab.example"):
        reply = await behind.post("/gazelled/actions/resume", form, Origin=origin)
        assert reply.status == 403


async def test_the_machine_itself_is_still_let_in(behind: Visit) -> None:
    """By its own name, without TLS, and with a cookie for that."""
    behind.host = ""
    token = await behind.app.access.renew()
    (morsel,) = (await behind.get(f"/login?token={token}")).cookies.values()
    assert not morsel["secure"]
    behind.host = "other.example"
    assert (await behind.get("/login")).status == 421


async def test_what_a_proxy_says_counts_only_where_the_config_says_so(
    house: House, port: int, probe: None
) -> None:
    """Anybody could say it: who is counted with whom, and by which name one asks."""
    del probe
    for more, status, secure in (("", 421, False), ("forwarded = true\n", 303, True)):
        house.more = LAB + more
        async with house.opened(web=True) as app:
            token = await app.access.renew()
            said = {
                "X-Forwarded-Host": "lab.example",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "10.9.9.9, 10.0.0.7",
            }
            visit = Visit(app, port, host="inner")
            reply = await visit.get(f"/login?token={token}", **said)
            assert reply.status == status
            assert [bool(one["secure"]) for one in reply.cookies.values()] == [True] * secure
            app.redactor.add(token)
            visit.host = "" if not more else "inner"
            for _ in range(10):
                await visit.post("/login", {"token": "x"}, Origin="https://lab.example", **said)
            other = said | {"X-Forwarded-For": "10.9.9.9, 10.0.0.8"}
            reply = await visit.post(
                "/login", {"token": token}, Origin="https://lab.example", **other
            )
            assert reply.status == (303 if more else 403)


async def test_at_a_unix_socket(house: House, probe: None) -> None:
    """Its user and group may connect, such as a proxy's; the token is needed all the same."""
    del probe
    with tempfile.TemporaryDirectory(prefix="gazelled-web-") as folder:
        path = Path(folder) / "web.sock"
        house.web = f"unix:{path}"
        house.more = LAB
        for _ in range(2):  # the second daemon finds nothing in the way
            async with house.opened(web=True) as app:
                assert path.stat().st_mode & 0o777 == 0o660
                assert app.web is not None
                assert app.web.problem == ""
                connector = aiohttp.UnixConnector(str(path))
                async with aiohttp.ClientSession(connector=connector) as http:
                    url = "http://lab.example/gazelled/api/v1/probe/x"
                    async with http.get(url) as response:
                        assert response.status == 401
                    token = await app.access.renew()
                    bearer = {"Authorization": f"Bearer {token}"}
                    async with http.get(url, headers=bearer) as response:
                        assert (await response.json())["status"] == "x"
            assert not path.exists()


async def test_nothing_of_others_is_replaced_by_a_socket(house: House) -> None:
    """A file that lies there stays, and is told as what keeps the page away."""
    with tempfile.TemporaryDirectory(prefix="gazelled-web-") as folder:
        path = Path(folder) / "web.sock"
        path.write_text("mine")
        house.web = f"unix:{path}"
        async with house.opened(web=True) as app:
            assert app.web is not None
            assert "address already in use" in app.web.problem
        assert path.read_text() == "mine"


async def test_nowhere(house: House) -> None:
    """An empty address listens nowhere; the control socket has the page still."""
    house.web = ""
    async with house.opened(web=True) as app:
        assert app.web is None
        reply = (await house.ask("web.token"))[0]
        assert reply["token"]
        assert reply["link"] == ""
        connector = aiohttp.UnixConnector(str(house.folder / "control.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.get("http://gazelled/healthz") as response,
        ):
            assert response.status == 200


async def test_private_feeds(house: House, port: int) -> None:
    """Only who knows the address, or has the token, reads them; the address stays the same."""
    house.more = "private_feeds = true\n"
    async with house.opened(web=True) as app:
        visit = Visit(app, port)
        address = app.destinations["feed"].context.address
        path = address.removeprefix(visit.origin)
        assert path.startswith("/feeds/")
        assert len(path) > 25
        for open_path in ("/feed.atom", "/feeds/wrong/feed.atom", "/index.html", "/feeds//"):
            assert (await visit.get(open_path)).status == 404
        assert (await visit.get("/")).headers["location"] == "/login"
        assert (await visit.get(f"{path}feed.atom")).status == 200
        assert (await visit.get(path)).status == 200
        assert (await visit.get(f"{path}../feed.atom")).status == 404
        await visit.log_in()
        assert (await visit.get("/feed.atom")).status == 200
    async with house.opened(web=True) as app:
        assert app.destinations["feed"].context.address == address


async def test_a_link_from_a_command(visit: Visit, house: House) -> None:
    """It is shown once, logs in, and ends with the next one."""
    reply = (await house.ask("web.token"))[0]
    assert reply["link"] == f"{visit.origin}/login?token={reply['token']}"
    assert (await visit.get(reply["link"].removeprefix(visit.origin))).status == 303
    assert (await house.ask("web.revoke"))[0]["revoked"] is True
    assert (await visit.get(reply["link"].removeprefix(visit.origin))).status == 403
    assert (await house.ask("web.revoke"))[0]["revoked"] is False
    assert reply["token"] not in visit.app.redactor.scrub(f"token {reply['token']}")
