"""`gazelled web`: the token of the page, and who gets what without it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gazelled.store import NAME

if TYPE_CHECKING:
    from tests.cli.conftest import Person

NOBODY = 65534
CURL = shutil.which("curl") or ""


async def status(url: str, **headers: str) -> int:
    """Return the status of an address; redirects are not followed."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(url, headers=headers, allow_redirects=False) as response,
    ):
        return response.status


async def test_a_token_is_shown_once(settled: Person) -> None:
    """It opens the page of the daemon that runs, and a new one ends it; so does `--revoke`."""
    await settled.daemon()
    said = await settled.asks("web", "token")
    link = said.out.strip()
    site, _, token = link.partition("/login?token=")
    assert (said.code, len(token)) == (0, 43)
    assert token not in said.err
    bearer = {"Authorization": f"Bearer {token}"}
    assert await status(link) == 303
    assert await status(f"{site}/api/v1/overview", **bearer) == 200
    again = (await settled.asks("web", "token", "--json")).data
    assert again["link"].startswith(f"{site}/login?token=")
    assert await status(f"{site}/api/v1/overview", **bearer) == 401
    revoked = await settled.asks("web", "token", "--revoke")
    assert (revoked.code, revoked.err) == (0, "The token is revoked.\n")
    assert await status(again["link"]) == 403
    files = [file for file in settled.state.iterdir() if file.name.startswith(NAME)]
    stored = b"".join(await asyncio.gather(*(asyncio.to_thread(file.read_bytes) for file in files)))
    assert b"web-feeds" in stored
    for secret in (token, again["token"]):
        assert secret.encode() not in stored
        assert secret not in settled.log


async def test_a_token_before_the_first_start(settled: Person) -> None:
    """It counts once the daemon runs."""
    link = (await settled.asks("web", "token")).out.strip()
    await settled.daemon()
    assert await status(link) == 303
    nothing = await settled.asks("web", "token", "--revoke")
    assert nothing.code == 0
    assert (await settled.asks("web", "token", "--revoke")).err == "There was no token.\n"


@pytest.mark.skipif(not CURL or os.getuid() != 0, reason="needs root, curl and another user")
async def test_another_user_of_the_machine_gets_nothing(settled: Person) -> None:
    """Neither by the address, which every user can reach, nor by the control socket."""
    await settled.daemon()
    link = (await settled.asks("web", "token")).out.strip()
    site = link.partition("/login")[0]

    def asks(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [CURL, "-s", "-o", "-", "-w", "%{http_code}", *map(str, arguments)]
        return subprocess.run(  # noqa: S603 - a test
            command, user=NOBODY, group=NOBODY, cwd="/", capture_output=True, text=True, check=False
        )

    socket = settled.state / "control.sock"
    for path in ("/log", "/config", "/deliveries", "/watches/yeast"):
        assert (await asyncio.to_thread(asks, f"{site}{path}")).stdout[-3:] == "303"
    for path in ("/api/v1/overview", "/api/v1/log", "/metrics", "/events"):
        assert (await asyncio.to_thread(asks, f"{site}{path}")).stdout[-3:] == "401"
    reached = await asyncio.to_thread(asks, "--unix-socket", socket, "http://gazelled/")
    assert reached.returncode == 7  # curl couldn't connect


async def test_a_script_reloads_the_config(settled: Person) -> None:
    """As `gazelled reload` does, with the difference as JSON; a wrong one is refused."""
    await settled.daemon()
    site, _, token = (await settled.asks("web", "token")).out.strip().partition("/login?token=")
    bearer = {"Authorization": f"Bearer {token}"}
    more = '[watch.news]\nask = "browse"\nevery = "1h"\ntell = ["journal"]\n'
    settled.write(more, "conf.d/news.toml")
    async with aiohttp.ClientSession(headers=bearer) as http:
        async with http.post(f"{site}/api/v1/actions/reload") as response:
            reply = await response.json()
        assert (reply["problems"], reply["changes"]["watches"]["added"]) == ([], ["news"])
        async with http.get(f"{site}/api/v1/watches/news") as response:
            assert (await response.json())["name"] == "news"
        settled.write(more.replace("1h", "often"), "conf.d/news.toml")
        async with http.post(f"{site}/api/v1/actions/reload") as response:
            reply = await response.json()
        assert reply["applied"] is False
        assert "news.toml" in reply["problems"][0]
