"""The answers of the simulated tracker, as far as the contract can't tell."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

import pytest

from gazelled.testing import Simulator


class Told(Protocol):
    """What the fixtures tell."""

    status: int
    text: str
    error: object
    json: dict[str, object]
    response: dict[str, object]


SimulatedRequest = Callable[..., Awaitable[Told]]
Cookie = Callable[..., Awaitable[str]]


async def test_reading_announcements_marks_the_news_read(
    call: SimulatedRequest, sim: Simulator
) -> None:
    """News are gone from the notifications once they were read, and come back with the next."""
    assert "News" in (await call("get_user_notifications")).response
    await call("announcements")
    assert "News" not in (await call("get_user_notifications")).response
    news = sim.world.announce("Disks & more")
    told = (await call("get_user_notifications")).response["News"]
    assert told == {
        "id": news.id,
        "message": "Announcement: Disks &amp; more",
        "url": f"index.php#news{news.id}",
        "importance": "information",
    }


async def test_future_news_wait(call: SimulatedRequest, sim: Simulator) -> None:
    """At most five news are told, and none before its time."""
    sim.world.announce("Soon", time=sim.clock.now() + timedelta(days=1))
    told = (await call("announcements")).response["announcements"]
    assert isinstance(told, list)
    assert [news["newsId"] for news in told] == [7, 6, 5, 4, 3]


async def test_reading_a_conversation_marks_it_read(call: SimulatedRequest, sim: Simulator) -> None:
    """The list changes nothing; a conversation is read by looking at it."""
    new = sim.world.send("Hello & <you>", "How are [b]you[/b]?")
    before = sim.world.unread(sim.world.user("me"))
    listed = (await call("inbox")).response["messages"]
    assert isinstance(listed, list)
    assert listed[0]["sticky"]
    assert (listed[1]["subject"], listed[1]["unread"]) == ("Hello &amp; &lt;you&gt;", True)
    assert sim.world.unread(sim.world.user("me")) == before
    await call("inbox", type="viewconv", id=str(new.id))
    assert sim.world.unread(sim.world.user("me")) == before - 1


async def test_inbox_has_pages_of_25(call: SimulatedRequest, sim: Simulator) -> None:
    """A long inbox has pages, and nothing beyond the last."""
    for number in range(50):
        sim.world.send(f"Message {number}")
    told = [(await call("inbox", page=page)).response for page in ("1", "2", "3", "4")]
    counts = [str(each["messages"]).count("convId") for each in told]
    assert counts == [25, 25, 6, 0]
    assert {each["pages"] for each in told} == {3}


async def test_clearing(call: SimulatedRequest) -> None:
    """Notifications are cleared by type, in the body of a POST."""
    assert "Inbox" in (await call("get_user_notifications")).response
    await call("clear_user_notification", type="Inbox")
    assert "Inbox" in (await call("get_user_notifications")).response
    assert (await call("clear_user_notification", form={"type": "Inbox"})).text == ""
    assert "Inbox" not in (await call("get_user_notifications")).response


@pytest.mark.parametrize(
    ("uploaded", "downloaded", "index", "user"),
    [
        (0, 0, 0, 0),
        (5, 0, -1, 0),
        (3, 2, 1.5, 1.5),
        (4, 2, 2, 2),
        (99999, 100, 999.99, 999.99),
        (123450, 100, 1, 1),
    ],
)
async def test_ratio(  # noqa: PLR0917 - numbers in, numbers out
    uploaded: int,
    downloaded: int,
    index: float,
    user: float,
    call: SimulatedRequest,
    cookie: Cookie,
    sim: Simulator,
) -> None:
    """Ratios are as odd as the site's: -1 without a download, cut at the thousands' comma."""
    me = sim.world.user("me")
    me.uploaded, me.downloaded = uploaded, downloaded
    told = (await call(cookie=await cookie())).response["userstats"]
    stats = (await call("user", id="2")).response["stats"]
    assert isinstance(told, dict)
    assert isinstance(stats, dict)
    assert (told["ratio"], stats["ratio"]) == (index, user)


async def test_paranoia_hides(call: SimulatedRequest, sim: Simulator) -> None:
    """Who hides their numbers sees them themselves."""
    for token, expected in ((sim.token("me"), 0), (sim.token("shy1"), 20 * 2**30)):
        stats = (await call("user", id="11", token=token)).response["stats"]
        assert isinstance(stats, dict)
        assert stats["uploaded"] == expected


async def test_upload_shows_everywhere(call: SimulatedRequest, sim: Simulator) -> None:
    """An upload is at once in torrent, torrentgroup, browse and the statistics."""
    before = (await call("stats")).response["torrentCount"]
    new = sim.world.publish('S288C "long" reads', license="CC0", size=12345)
    one = (await call("torrent", id=str(new.id))).response
    group = (await call("torrentgroup", id=str(new.group.id))).response
    listed = (await call("browse", group_results="0")).text
    assert json.loads(listed)["response"]["results"][0]["torrents"][0]["torrentId"] == new.id
    assert "S288C &quot;long&quot; reads" in listed
    assert one["group"] == group["group"]
    assert [one["torrent"]] == group["torrents"]
    assert (await call("stats")).response["torrentCount"] == int(str(before)) + 1


async def test_deleted_is_unknown_at_once(call: SimulatedRequest, sim: Simulator) -> None:
    """A deleted torrent is a bad id, its group too, and browse counts what it no longer shows."""
    sim.world.reindex_delay = 600
    new = sim.world.publish("Quagga", time=sim.clock.now())
    sim.world.delete(new.id)
    assert (await call("torrent", id=str(new.id))).error == "bad id parameter"
    assert (await call("torrent", hash=new.hash)).error == "bad hash parameter"
    assert (await call("torrentgroup", id=str(new.group.id))).error == "bad id parameter"
    assert (await call("browse", searchstr="quagga")).response == {
        "currentPage": 1,
        "pages": 1,
        "results": [],
    }


async def test_info_is_where_the_site_puts_it(call: SimulatedRequest) -> None:
    """Inbox and loadavg don't say where they come from."""
    having = [
        action
        for action in ("index", "browse", "inbox", "loadavg", "stats", "announcements")
        if "info" in (await call(action)).json
    ]
    assert having == ["index", "browse", "stats", "announcements"]


async def test_freeleech_bug(call: SimulatedRequest) -> None:
    """A search for free torrents shows nothing when it is grouped."""
    grouped = (await call("browse", freetorrent="1")).response
    single = (await call("browse", freetorrent="1", group_results="0")).response
    assert grouped["results"] == []
    assert single["results"] != []
    assert grouped["pages"] == single["pages"] == 1
