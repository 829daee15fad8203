"""Fetching torrents from the simulated tracker."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from gazelled.testing import Simulator

KIND = "application/x-bittorrent; charset=utf-8"


async def fetch(
    client: ClientSession, sim: Simulator, number: int = 1, *, agent: str = "x", **more: str
) -> tuple[int, str, bytes]:
    """Fetch by the keys of `me`."""
    me = sim.world.user("me")
    keys = {"authkey": me.authkey, "torrent_pass": me.passkey} | more
    async with client.get(
        f"{sim.url}/torrents.php",
        params={"action": "download", "id": str(number), **keys},
        headers={"User-Agent": agent},
        allow_redirects=False,
    ) as got:
        return got.status, got.headers["Content-Type"], await got.read()


@pytest.mark.parametrize("agent", ["python-requests/2.32", "Python-urllib/3.11", "BTWebClient/1"])
async def test_scripts_get_four(client: ClientSession, sim: Simulator, agent: str) -> None:
    """Some programs get each torrent four times only, others as often as they like."""
    told = [(await fetch(client, sim, agent=agent))[0] for _ in range(5)]
    assert told == [200, 200, 200, 200, 500]
    assert (await fetch(client, sim, 2, agent=agent))[0] == 200
    assert (await fetch(client, sim, agent="gazelled/1"))[0] == 200
    assert sim.world.downloads[2, 1] == 5


async def test_the_passkey_is_checked(client: ClientSession, sim: Simulator) -> None:
    """A wrong authkey is fine, a wrong passkey or id is an error page."""
    status, kind, body = await fetch(client, sim, authkey="x")
    assert (status, kind, body[:11]) == (200, KIND, b"d8:announce")
    assert sim.world.user("me").passkey.encode() in body
    assert (await fetch(client, sim, torrent_pass="wrong"))[:1] == (500,)
    assert (await fetch(client, sim, 9999))[:1] == (500,)


async def test_freeleech_tokens_are_used(client: ClientSession, sim: Simulator) -> None:
    """
    A download with a token uses it up, once a torrent; without one left it fails.

    So it does for a large torrent; one that is free already needs none.
    """
    sim.world.user("me").tokens = 1
    told = [(await fetch(client, sim, number, usetoken="1"))[0] for number in (6, 1, 1, 10, 2)]
    assert (told, sim.world.user("me").tokens) == ([500, 200, 200, 200, 500], 0)


async def test_other_sites_take_tokens(client: ClientSession) -> None:
    """Where the user is loaded for tokens, the API gives the file; here it refuses."""
    async with (
        Simulator(scheme="token") as sim,
        client.get(
            f"{sim.url}/ajax.php?action=download&id=1",
            headers={"Authorization": f"token {sim.token()}"},
        ) as got,
    ):
        assert got.headers["Content-Type"] == KIND
        assert (await got.read()).startswith(b"d8:announce")
