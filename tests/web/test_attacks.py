"""What others may try: pages of other origins, names that point here, guesses, odd requests."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gazelled.service.control.client import ask
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.web import feed_server, page_table

if TYPE_CHECKING:
    from tests.service.conftest import House
    from tests.web.conftest import Visit

FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": ""},
)
HOSTS = (
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:8765",
    "10.0.0.1",
    "gazelled",
    "localhost.evil.example",
    "",
)
HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{ 7*7 }}"


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_page_of_another_origin_does_nothing(
    visit: Visit, headers: dict[str, str], method: str
) -> None:
    """Even with the cookie and the right form, which it could not know."""
    await visit.log_in()
    form = {"csrf": await visit.csrf(), "name": "yeast"} if method == "POST" else None
    path = "/actions/watch.run" if method == "POST" else "/probe/x"
    reply = await visit.send(method, path, form, **headers)
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers
    assert await visit.app.store.last_runs() == {}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_port_does_nothing(visit: Visit, site: str) -> None:
    """It is the same site for a browser, and may belong to another user of the machine."""
    await visit.log_in()
    form = {"csrf": await visit.csrf(), "name": "yeast"}
    reply = await visit.send("POST", "/actions/watch.run", form, Sec_Fetch_Site=site)
    assert reply.status == 403
    assert await visit.app.store.last_runs() == {}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/probe/x", "/login", "/healthz", "/api/v1/probe/x", "/x.atom"])
async def test_a_name_that_points_here_reads_nothing(visit: Visit, host: str, path: str) -> None:
    """A stranger's domain would be allowed to read what this machine answers by its name."""
    await visit.log_in()
    cookie = "; ".join(f"{name}={value}" for name, value in visit.cookies.items())
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", f"Cookie: {cookie}", "Connection: close"]
    reply = await visit.raw("\r\n".join([*lines, "", ""]).encode())
    assert re.match(rb"HTTP/1\.[01] (421|400) ", reply)
    assert b"csrf" not in reply


async def test_two_hosts_are_none(visit: Visit) -> None:
    """A proxy and gazelled must not understand a request in two ways."""
    reply = await visit.raw(
        b"GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    assert re.match(rb"HTTP/1\.[01] (421|400) ", reply)


@pytest.mark.parametrize("csrf", [None, "", "wrong", "é", "0" * 64])
async def test_a_form_needs_what_only_the_page_knows(visit: Visit, csrf: str | None) -> None:
    """A request without it does nothing, whoever sends it."""
    await visit.log_in()
    form = {"name": "yeast"} | ({} if csrf is None else {"csrf": csrf})
    for path in ("/actions/watch.run", "/actions/logout"):
        reply = await visit.post(path, form)
        assert reply.status == 403
    reply = await visit.send("POST", "/api/v1/actions/watch.run", None, Origin=visit.origin)
    assert reply.status == 403
    assert (await visit.get("/probe/x")).status == 200
    assert await visit.app.store.last_runs() == {}


async def test_each_session_has_its_own(visit: Visit) -> None:
    """What one browser knows is of no use in another."""
    token = await visit.log_in()
    one = await visit.csrf()
    cookies = (await visit.get(f"/login?token={token}")).cookies
    visit.cookies = {name: morsel.value for name, morsel in cookies.items()}
    assert await visit.csrf() != one
    assert (await visit.post("/actions/resume", {"csrf": one})).status == 403


@pytest.mark.parametrize("path", ["/probe/x", "/login", "/api/v1/probe/x", "/probe/nothing"])
async def test_headers_keep_other_pages_out(visit: Visit, path: str) -> None:
    """No script but its own, no frame, nothing stored, no guess of types."""
    await visit.app.access.renew()
    if path != "/login":
        await visit.log_in()
    headers = (await visit.get(path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["server"] == "gazelled"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../web_site.py",
        "/static/%2e%2e/web_site.py",
        "/static/..%2fweb_site.py",
        "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2fetc%2fpasswd",
        "/static/",
        "/static/.",
        "/static/..",
        "/static/page.css%00",
        "/static/page.css/",
        "/static",
        "//etc/passwd",
        "/probe/../../../etc/passwd",
    ],
)
async def test_no_way_out_of_the_folder(visit: Visit, path: str) -> None:
    """Only the files of the page itself are served, by their names."""
    await visit.log_in()
    reply = await visit.raw(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert reply.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ", b"HTTP/1.1 303 "))
    assert b"root:" not in reply
    assert b"import" not in reply


async def test_a_title_is_a_text(visit: Visit) -> None:
    """Whatever is in it: markup, quotes, templates."""
    await visit.log_in()
    url = f"/probe/x?title={HOSTILE.replace('<', '%3C').replace('#', '%23').replace(' ', '%20')}"
    body = (await visit.get(url)).body
    assert "<script>alert" not in body
    assert "<img" not in body
    assert "{{ 7*7 }}" in body
    api = await visit.get(url.replace("/probe", "/api/v1/probe"))
    assert json.loads(api.body)["text"] == HOSTILE
    assert api.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
async def test_after_an_action_one_is_still_here(visit: Visit, back: str) -> None:
    """A form can't lead to another site."""
    await visit.log_in()
    reply = await visit.post("/actions/resume", {"csrf": await visit.csrf(), "back": back})
    assert (reply.status, reply.headers["location"]) == (303, "/")


async def test_a_header_stays_one(visit: Visit) -> None:
    """Line breaks in what is sent back begin no header of their own."""
    await visit.log_in()
    back = "/probe/x\r\nX-Evil: 1"
    reply = await visit.post("/actions/resume", {"csrf": await visit.csrf(), "back": back})
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert "x-evil" not in reply.headers


async def test_a_bug_is_a_sentence(visit: Visit) -> None:
    """A page that can't be made shows nothing of the inside."""
    await visit.log_in()
    reply = await visit.get("/probe/bug")
    assert reply.status == 500
    assert "Traceback" not in reply.body
    assert (await visit.get("/api/v1/probe/bug")).status == 500


async def test_large_requests_are_refused(visit: Visit) -> None:
    """Headers and bodies beyond what a form can have; the daemon answers others meanwhile."""
    await visit.log_in()
    csrf = await visit.csrf()
    assert (await visit.post("/login", {"token": "x" * 2**17})).status == 413
    reply = await visit.post("/actions/resume", {"csrf": csrf, "back": "/" + "x" * 2**17})
    assert reply.status == 413
    fields = {"csrf": csrf} | {f"f{number}": "" for number in range(2000)}
    assert (await visit.post("/actions/resume", fields)).status == 400
    head = b"GET /login HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 2**17 + b"\r\n\r\n"
    with suppress(ConnectionError):
        await visit.raw(head)
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
    with suppress(ConnectionError):
        await visit.raw(b"GET /login HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n")
    assert (await visit.get("/probe/x")).status == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", ""])
async def test_only_forms_are_forms(visit: Visit, kind: str) -> None:
    """A body of another type, which pages of others may send without being asked, is refused."""
    await visit.log_in()
    head = f"POST /actions/resume HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    cookie = "; ".join(f"{name}={value}" for name, value in visit.cookies.items())
    head += f"Cookie: {cookie}\r\nContent-Length: 4\r\nConnection: close\r\n\r\n{{}}\r\n"
    assert (await visit.raw(head.encode())).startswith(b"HTTP/1.1 415 ")


async def test_slow_bodies_end(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that never ends takes a connection for a while only."""
    monkeypatch.setattr(feed_server, "CONNECTION_LIFETIME", 0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", visit.port)
    head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken="
    writer.write(head.encode())
    async with asyncio.timeout(60):
        with suppress(ConnectionError):
            await reader.read()
    writer.close()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_do_nothing(visit: Visit, method: str) -> None:
    """Pages are read, and actions are posted."""
    await visit.log_in()
    assert (await visit.send(method, "/probe/x")).status == 405
    assert (await visit.send(method, "/actions/resume")).status == 405
    assert (await visit.get("/actions/resume")).status in {404, 405}


@pytest.mark.parametrize(
    "name", ["stop", "call", "do", "state.backup", "web.token", "x", "%2e", ""]
)
async def test_only_what_the_page_offers_can_be_done(visit: Visit, name: str) -> None:
    """The token is not for everything that the control socket can."""
    await visit.log_in()
    reply = await visit.post(f"/actions/{name}", {"csrf": await visit.csrf()})
    assert reply.status in {400, 404}
    assert not visit.app.stopping.is_set()


async def test_secrets_are_in_no_page(visit: Visit, house: House) -> None:
    """Neither the tracker's token nor this one, on any page or in its data."""
    token = await visit.log_in()
    secrets = (house.sim.token(), token, *visit.cookies.values())
    for page in page_table.PAGES:
        for path in (page.path, f"/api/v1{page.path}"):
            body = (await visit.get(path)).body
            assert not [secret for secret in secrets if secret in body]


async def test_the_control_socket_opens_everything(visit: Visit, house: House) -> None:
    """Who can open it may do everything anyway; nobody else can."""
    path = house.folder / "control.sock"
    assert path.stat().st_mode & 0o777 == 0o600
    connector = aiohttp.UnixConnector(str(path))
    async with aiohttp.ClientSession(connector=connector) as http:
        async with http.get("http://gazelled/probe/x") as response:
            assert response.status == 200
        async with http.get("http://gazelled/api/v1/probe/x") as response:
            assert (await response.json())["status"] == "x"
        async with http.post("http://gazelled/api/v1/actions/resume") as response:
            assert (await response.json())["rested"] == 0
        evil = {"Origin": "https://evil.example"}
        for request in ("actions/resume", "api/v1/actions/resume", "status", "stop"):
            async with http.post(f"http://gazelled/{request}", headers=evil) as response:
                assert response.status == 403
        named = {"Host": "evil.example"}
        async with http.get("http://gazelled/probe/x", headers=named) as response:
            assert response.status == 421
        browser = {"Sec-Fetch-Site": "same-origin"}
        async with http.post(
            "http://gazelled/actions/resume", data={}, headers=browser
        ) as response:
            assert response.status == 403
    assert [reply async for reply in ask(path, StatusRequest())]
    assert not visit.app.stopping.is_set()
