"""The proxies of docs/web.md, as they stand there: the page works behind each of them."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from tests.web.conftest import Visit

from gazelled.testing.ports import free_port

if TYPE_CHECKING:
    from tests.service.conftest import House

TEXT = (Path(__file__).parents[2] / "docs" / "web.md").read_text("utf-8")
SNIPPETS = dict(re.findall(r"(?ms)^(nginx|Caddy|Apache):\n\n```\w+\n(.*?)```", TEXT))

NGINX = """
daemon off; pid {folder}/pid; error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{listen}; server_name lab.example; {snippet} }}
}}
"""
APACHE = """
ServerRoot {folder}
ServerName lab.example
PidFile {folder}/pid
ErrorLog /dev/stderr
Listen 127.0.0.1:{listen}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
{snippet}
"""
CADDY = "{{\n admin off\n auto_https off\n storage file_system {folder}\n}}\n{snippet}"

PROXIES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "nginx": ("nginx", NGINX, ("-p", "{folder}", "-c", "{file}")),
    "Apache": ("apache2", APACHE, ("-D", "FOREGROUND", "-f", "{file}")),
    "Caddy": ("caddy", CADDY, ("run", "--adapter", "caddyfile", "--config", "{file}")),
}


@asynccontextmanager
async def proxy(name: str, path: str, folder: Path, port: int, listen: int) -> AsyncIterator[None]:
    """Run a proxy with what the document says, at another port and without certificates."""
    _, config, arguments = PROXIES[name]
    snippet = SNIPPETS[name].replace("127.0.0.1:8765", f"127.0.0.1:{port}")
    snippet = snippet.replace("lab.example {", f"http://lab.example:{listen} {{")
    file = folder / "proxy.conf"
    file.write_text(config.format(folder=folder, listen=listen, snippet=snippet))
    command = [argument.format(folder=folder, file=file) for argument in arguments]
    process = await asyncio.create_subprocess_exec(
        path, *command, stderr=asyncio.subprocess.DEVNULL, env={"HOME": str(folder)}
    )
    try:
        while process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", listen)
                writer.close()
                break
            await asyncio.sleep(0.02)
        assert process.returncode is None
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@pytest.mark.parametrize("name", PROXIES)
async def test_the_page_works_behind_it(
    house: House, port: int, probe: None, tmp_path: Path, name: str
) -> None:
    """Log-in, forms, data, feeds and what changes, all below the prefix."""
    del probe
    path = shutil.which(PROXIES[name][0])
    if path is None:
        pytest.skip(f"{PROXIES[name][0]} is not installed")
    listen = free_port()
    host = f"lab.example:{listen}" if name == "Caddy" else "lab.example"
    house.more = f'prefix = "/gazelled"\nurl = "http://{host}"\n'
    folder = tmp_path / "proxy"
    folder.mkdir()
    async with (
        asyncio.timeout(120),
        house.opened(web=True) as app,
        proxy(name, path, folder, port, listen),
    ):
        visit = Visit(app, listen, host=host)
        token = await app.access.renew()
        reply = await visit.get(f"/gazelled/login?token={token}")
        assert reply.status == 303
        assert reply.headers["location"].endswith("/gazelled/")
        visit.cookies = {key: one.value for key, one in reply.cookies.items()}
        page = (await visit.get("/gazelled/probe/x")).body
        csrf = page.partition('name="csrf" value="')[2][:64]
        form = {"csrf": csrf, "back": "/probe/x"}
        done = await visit.post("/gazelled/actions/resume", form, Origin=f"http://{host}")
        assert done.status == 303
        assert done.headers["location"].endswith("/gazelled/probe/x")
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await visit.get("/gazelled/api/v1/probe/x", **bearer)).status == 200
        assert (await visit.get("/gazelled/feed.atom")).status == 200
        assert (await visit.get("/gazelled/static/page.css")).status == 200
        await first_change(visit)


async def first_change(visit: Visit) -> None:
    """Wait until a change comes through: what the proxy buffers never would."""
    async with (
        aiohttp.ClientSession(cookies=visit.cookies, headers={"Host": visit.host}) as http,
        http.get(f"{visit.origin}/gazelled/events") as response,
    ):
        assert (await response.content.readline()).startswith(b"retry:")
        visit.app.happenings.changes.announce("config")
        async for line in response.content:
            if b"config" in line:
                return
    raise AssertionError
