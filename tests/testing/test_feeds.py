"""The feeds of the simulated tracker."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import ClientSession

from gazelled.testing import Simulator

Cookie = Callable[..., Awaitable[str]]


async def read(client: ClientSession, sim: Simulator, feed: str) -> tuple[int, str]:
    """Read a feed of `me`."""
    me = sim.world.user("me")
    keys = {"auth": me.rss_key, "passkey": me.passkey, "authkey": me.authkey}
    async with client.get(
        f"{sim.url}/feeds.php", params={"feed": feed, "user": str(me.id), **keys}
    ) as got:
        return got.status, await got.text()


async def test_newest_fifty(client: ClientSession, sim: Simulator) -> None:
    """An upload is the first item at once; there are fifty, with links that fetch."""
    new = sim.world.publish("Moss & more")
    status, text = await read(client, sim, "torrents_all")
    assert (status, text.count("<item>")) == (200, 50)
    links = re.findall(r"<link>(.*?)</link>", text)
    assert links[1].endswith(f"&amp;torrent_pass={sim.world.user('me').passkey}&amp;id={new.id}")


async def test_a_flush_empties_them(client: ClientSession, sim: Simulator) -> None:
    """What was uploaded before the cache was flushed is lost, news aren't."""
    sim.flush_cache()
    assert (await read(client, sim, "torrents_all"))[1].count("<item>") == 0
    assert (await read(client, sim, "feed_news"))[1].count("<item>") == 7


async def test_personal_ones(client: ClientSession, sim: Simulator) -> None:
    """Filters and bookmarks have feeds that name the passkey."""
    passkey = sim.world.user("me").passkey
    marked = (await read(client, sim, f"torrents_bookmarks_t_{passkey}"))[1]
    assert marked.count("<item>") == 2
    for feed in (f"torrents_notify_{passkey}", f"torrents_notify_1_{passkey}"):
        found = (await read(client, sim, feed))[1]
        assert found.count("yeast") >= found.count("<item>") > 10


async def test_the_key_is_on_every_page(
    client: ClientSession, sim: Simulator, cookie: Cookie
) -> None:
    """Only a page that one is logged in to tells the key of the feeds."""
    headers = {"Cookie": await cookie("me")}
    async with client.get(f"{sim.url}/index.php", headers=headers) as got:
        assert f"auth={sim.world.user('me').rss_key}" in await got.text()
