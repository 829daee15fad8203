"""Whatever can be watched is read whole: from recorded answers and from the simulated tracker."""

from __future__ import annotations

import html
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar
from tests.kinds import KINDS
from tests.shapes import Shape, shapes
from tests.watches.happenings import live

from gazelled.clock import Clock
from gazelled.model import Answer, Call, Item, Params
from gazelled.store import StreamState
from gazelled.testing import Simulator
from gazelled.tracker.catalogue import Details, Listing
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.items import extract
from gazelled.watches.streams.look import look
from gazelled.watches.streams.stream import Stream

RECORDED = Path(__file__).parent.parent / "recorded"
SITE = Site(url="https://biotorrents.de", name="BioTorrents.de")
SHAPES = {shape.name: shape for shape in shapes()}
EVERY = pytest.mark.parametrize("name", SHAPES)

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "browse": ("browse", "browse-special", "browse-ungrouped"),
    "torrent id=1": ("torrent", "torrent-special", "torrent-noauthor", "torrent-removed"),
    "torrentgroup id=1": ("torrentgroup", "torrentgroup-special", "torrentgroup-notags"),
    "tcomments id=1": ("tcomments", "tcomments-cookie"),
    "collage id=1": ("collage", "collage-cookie"),
    "request id=1": ("request", "request-cookie"),
    "requests": ("requests", "requests-page2"),
    "requests type=voted": ("requests-voted", "requests-bookmarks-cookie"),
    "top10 details=week": ("top10-cookie", "top10-details-cookie"),
    "top10 type=tags": ("top10-tags-cookie",),
    "top10 type=users": ("top10-users-cookie",),
    "user id=2": ("user", "user-self-cookie", "user-uploader-cookie"),
    "usersearch search=r1": ("usersearch", "usersearch-cookie"),
    "community_stats userid=2": ("community_stats",),
    "userhistory type=posts userid=5": ("userhistory-other-cookie", "userhistory-cookie"),
    "inbox": ("inbox", "inbox-cookie", "inbox-me-unread"),
    "inbox search=hello": ("inbox-me-search",),
    "inbox type=sentbox": ("inbox-me-sentbox",),
    "inbox type=viewconv id=3": ("inbox-me-viewconv", "inbox-me-viewconv-system"),
    "get_user_notifications": ("get_user_notifications", "get_user_notifications-me"),
    "notifications": ("notifications-power-cookie-second", "notifications-donor-cookie-again"),
    "announcements": ("announcements-special", "announcements-two-blogs"),
    "bookmarks": ("bookmarks-cookie",),
    "bookmarks type=artists": ("bookmarks-artists-cookie",),
    "subscriptions": ("subscriptions-cookie",),
    "subscriptions showunread=no": ("subscriptions-all-cookie",),
    "forum": ("forum-cookie",),
    "forum type=viewforum forumid=1": ("forum-viewforum-cookie",),
    "forum type=viewthread threadid=1": (
        "forum-viewthread-cookie",
        "forum-viewthread-page2-cookie",
    ),
    "wiki id=2": ("wiki-cookie",),
    "wiki name=rules": ("wiki-byname-cookie",),
    "stats": ("stats",),
    "ontology": ("ontology",),
}
"""Which recorded answers tell what each shape has; two are made of others, one was always empty."""
COMPOSED = {"account", "my_uploads"}
EMPTY = {"user_recents userid=5"}

UNTOLD: Mapping[str, set[str]] = {
    "community_stats userid=2": {"unique_snatched", "downloads", "unique_downloads"},
    "stats": {"max_users"},
    "request id=1": {"year"},
    "requests": {"year"},
    "requests type=voted": {"year"},
}
"""
Fields of which neither told anything: staff are told more of a user, few sites limit their users,
and no request named a year.
"""


def recorded(name: str) -> Any:  # noqa: ANN401 - whatever the tracker said
    """Read what the real tracker answered."""
    return json.loads(json.loads((RECORDED / f"{name}.json").read_text())["body"])["response"]


class Visitor:
    """Someone who asks the simulated tracker for whatever they may."""

    def __init__(self, sim: Simulator, session: ClientSession) -> None:
        self.sim = sim
        self._session = session
        self._cookies: dict[str, str] = {}

    async def ask(self, action: str, params: Params) -> Any:  # noqa: ANN401 - whatever it says
        """Ask with a cookie, as who may see it."""
        user = "power1" if action == "notifications" else "me"
        if user not in self._cookies:
            form = {"username": user, "password": _PASSWORDS[user]}
            async with self._session.post(
                f"{self.sim.url}/login.php", data=form, allow_redirects=False
            ) as said:
                cookies = said.headers.getall("Set-Cookie")
            self._cookies[user] = "; ".join(each.partition(";")[0] for each in cookies)
        async with self._session.get(
            f"{self.sim.url}/ajax.php",
            params={"action": action, **dict(params)},
            headers={"Cookie": self._cookies[user]},
        ) as said:
            answer = await said.json(content_type=None)
        return answer["response"]

    async def told(self, shape: Shape) -> Any:  # noqa: ANN401 - whatever it says
        """Ask for what a shape shows; what is composed is made of what is asked for it."""
        if not shape.action.composed:
            return await self.ask(shape.action.name, shape.params)

        async def ask(call: Call) -> Answer:
            payload = await self.ask(call.action, call.params)
            return Answer(call, payload, b"", self.sim.clock.now(), 0.0)

        call = Call(shape.action.name, shape.params)
        return (await Composer(InMemoryStore()).composing(ask)(call)).payload


_PASSWORDS = {"me": "me-password-123456", "power1": "power-password-123456"}


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """A tracker without a limit, where something has happened since the records were made."""
    async with (
        Simulator(clock=Clock(), per=0.001, allowed=1000) as sim,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        live(sim)
        yield Visitor(sim, session)


def items(shape: Shape, payload: object) -> tuple[Item, ...]:
    """Read an answer."""
    page = extract(shape.listing, payload, SITE)
    assert page.odd == ()
    return page.items


def check(shape: Shape, found: tuple[Item, ...]) -> None:
    """Each item is known by an id, has a title and a page, and no text is encoded or marked up."""
    listing = shape.listing
    assert found
    assert len({item.id for item in found}) == len(found)
    for item in found:
        assert item.id
        assert item.title == html.unescape(item.title).strip()
        assert item.title
        assert item.url.startswith(f"{SITE.url}/")
        assert "key" not in item.url
        assert "None" not in item.url
        assert "{" not in item.url
        assert listing.thing(item)
        assert item.fields.keys() <= listing.fields.keys()
        for value in texts(item):
            assert value == html.unescape(value)
            assert "[b]" not in value
        assert listing.order != "id" or item.id.isdecimal()
        assert listing.order != "time" or item.time


def texts(item: Item) -> list[str]:
    """Return all that it says."""
    found = [item.title, item.summary, *(item.tags or ())]
    for value in item.fields.values():
        found += [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
    return found


def told(found: tuple[Item, ...]) -> set[str]:
    """Return the fields of which something was told."""
    names = {name for item in found for name, value in item.fields.items() if value is not None}
    names |= {"title"} if any(item.title for item in found) else set()
    names |= {"tags"} if any(item.tags is not None for item in found) else set()
    names |= {"size"} if any(item.size is not None for item in found) else set()
    return names | ({"age"} if any(item.time for item in found) else set())


def test_all_shapes_were_recorded() -> None:
    """Nothing can be watched of which no answer was recorded, but for what is explained."""
    assert SHAPES.keys() - COMPOSED - EMPTY <= ANSWERS.keys()


@pytest.mark.parametrize("name", sorted(SHAPES.keys() & ANSWERS.keys()))
def test_recorded(name: str) -> None:
    """What the real tracker answered is read."""
    for answer in ANSWERS[name]:
        check(SHAPES[name], items(SHAPES[name], recorded(answer)))


@EVERY
async def test_simulated(name: str, visitor: Visitor) -> None:
    """What the simulated tracker answers is read; asked again, things have the same ids."""
    shape = SHAPES[name]
    found = items(shape, await visitor.told(shape))
    check(shape, found)
    again = items(shape, await visitor.told(shape))
    assert [item.id for item in again] == [item.id for item in found]
    known = chain.from_iterable(items(shape, recorded(each)) for each in ANSWERS.get(name, ()))
    assert set(shape.listing.fields) - told((*found, *known)) == UNTOLD.get(name, set())


@pytest.mark.parametrize("name", sorted(SHAPES.keys() - COMPOSED))
async def test_all_pages(name: str, visitor: Visitor) -> None:
    """All that there is can be seen, so that what is gone from it can be told."""
    shape = SHAPES[name]

    async def ask(call: Call) -> Answer:
        payload = await visitor.ask(call.action, call.params)
        return Answer(call, payload, b"", visitor.sim.clock.now(), 0.0)

    stream = Stream(Call(shape.action.name, shape.params), shape.listing)
    found = await look(stream, StreamState(stream.name), SITE, ask, whole=True)
    page = items(shape, await visitor.told(shape))
    assert found.complete
    assert {item.id for item in page} <= {item.id for item in found.items}
    assert len(found.items) == ALL.get(name, len(page))


ALL = {
    "browse": 63,
    "notifications": 63,
    "requests": 31,
    "tcomments id=1": 17,
    "forum type=viewthread threadid=1": 32,
}
"""How many there are of what has several pages."""


@EVERY
def test_kinds(name: str) -> None:
    """Each kind of watch either fits or there is a reason why it can't."""
    listing = SHAPES[name].listing
    kinds = {kind.name for kind in KINDS.of(listing)}
    assert kinds | KINDS.unfit(listing).keys() == {*KINDS}
    assert not kinds & KINDS.unfit(listing).keys()
    assert {"alert", "report", "call"} <= kinds


def test_what_cannot_be() -> None:
    """One thing is never new or gone; what leaves a window isn't gone; a name alone stays."""
    unfit = {name: {*KINDS.unfit(shape.listing)} for name, shape in SHAPES.items()}
    assert unfit["account"] == unfit["request id=1"] == {"new", "gone"}
    assert {name for name, kinds in unfit.items() if kinds == {"gone"}} == {
        "announcements",
        "get_user_notifications",
        "subscriptions",
        "top10 details=week",
        "top10 type=tags",
        "top10 type=users",
    }
    assert {name for name, kinds in unfit.items() if "change" in kinds} == {
        "bookmarks type=artists",
        "user_recents userid=5",
    }
    assert unfit["user_recents userid=5"] == {"change", "gone"}


def test_a_revision_is_not_another_thing() -> None:
    """A thread with a new post is news, and still the same thread."""
    shape = SHAPES["forum type=viewforum forumid=1"]
    payload = recorded("forum-viewforum-cookie")
    before = items(shape, payload)
    payload["threads"][0]["lastID"] = 99
    after = items(shape, payload)
    assert (before[0].id, after[0].id) == ("3:39", "3:99")
    assert shape.listing.thing(before[0]) == shape.listing.thing(after[0]) == "3"


EXCEPT = {"seeders", "leechers", "snatches", "freeleech"}
"""
What the details may tell otherwise: lists may be stale, and details count a neutral leech as free.

The order of tags is another in each answer, and a list may tell another time: when it found it.
"""


def same(listed: Item, detailed: Item, *, time: bool = True) -> None:
    """Both tell of the same, where both tell something."""
    for name in ("id", "kind", "title", "url", "group", "size"):
        assert getattr(listed, name) == getattr(detailed, name), name
    assert {*(listed.tags or ())} == {*(detailed.tags or ())}
    assert not time or listed.time is None or listed.time == detailed.time
    for name in (listed.fields.keys() & detailed.fields.keys()) - EXCEPT:
        assert listed.fields[name] == detailed.fields[name], name


def details(listing: Listing) -> Details:
    """Find how one of its items is asked for alone."""
    assert listing.details
    return listing.details


DETAILED = [name for name, shape in SHAPES.items() if shape.listing.details]


@pytest.mark.parametrize(
    ("name", "answer", "detailed"),
    [
        ("browse", "browse-special", "torrent-special"),
        ("browse", "browse-page2", "torrent-noauthor"),
        ("collage id=1", "collage", "torrent"),
        ("bookmarks", "bookmarks-cookie", "torrent"),
        ("notifications", "notifications-power-cookie-second", "torrent"),
    ],
)
def test_details_are_of_the_same_item(name: str, answer: str, detailed: str) -> None:
    """The real tracker told the same of a torrent in a list and alone."""
    listing = SHAPES[name].listing
    alone = extract(details(listing).listing, recorded(detailed), SITE).items[0]
    listed = {item.id: item for item in items(SHAPES[name], recorded(answer))}
    same(listed[alone.id], alone, time=name != "notifications")


@pytest.mark.parametrize("name", DETAILED)
async def test_details_in_the_simulator(name: str, visitor: Visitor) -> None:
    """Each item of a list can be asked for by its id, which tells more of the same item."""
    shape = SHAPES[name]
    found = items(shape, await visitor.told(shape))
    wanted = details(shape.listing)
    for item in found[:10]:
        call = wanted.call(item.id, Call("").lane)
        alone = extract(wanted.listing, await visitor.ask(call.action, call.params), SITE).items
        same(item, alone[0], time=name != "notifications")
        assert alone[0].fields["category"]
        assert alone[0].fields["files"]
    more = {"category", "uploader", "description", "files", "infohash", "organism", "strain"}
    assert more <= shape.listing.more.keys()


def test_only_uploads_are_dense() -> None:
    """Elsewhere ids between two aren't of the same list."""
    assert [name for name, shape in SHAPES.items() if shape.listing.contiguous_ids] == ["browse"]


@pytest.mark.parametrize(
    ("params", "announced_by"),
    [
        ((), ("Inbox",)),
        ((("type", "inbox"),), ("Inbox",)),
        ((("type", "sentbox"),), ()),
        ((("search", "x"),), ()),
        ((("sort", "unread"),), ()),
    ],
)
def test_what_is_unread_announces_the_inbox(params: Params, announced_by: tuple[str, ...]) -> None:
    """And not what was sent, or looked for."""
    listing = SHAPES["inbox"].action.listing(params)
    assert listing
    assert listing.announced_by == announced_by


def test_what_a_user_hides_is_unknown() -> None:
    """A 0 may be hidden; what isn't 0 was told."""
    shape = SHAPES["user id=2"]
    shy = recorded("user-paranoid")
    shy["community"]["posts"] = 3
    (item,) = items(shape, shy)
    assert (item.fields["seeding"], item.fields["ratio"], item.fields["posts"]) == (None, None, 3)
    (known,) = items(shape, recorded("user"))
    assert (known.fields["uploads"], known.fields["ratio"]) == (0, 2.0)


def test_the_ratio_is_computed() -> None:
    """The tracker's own is cut at its comma."""
    payload = recorded("user")
    payload["stats"] |= {"uploaded": 2469, "downloaded": 2, "ratio": 1}
    assert items(SHAPES["user id=2"], payload)[0].fields["ratio"] == 1234.5
    payload["stats"]["downloaded"] = 0
    assert items(SHAPES["user id=2"], payload)[0].fields["ratio"] is None


def test_terms() -> None:
    """Categories, their platforms and their formats are things that come and go."""
    shape = SHAPES["ontology"]
    payload = recorded("ontology")
    before = {item.id for item in items(shape, payload)}
    payload["SEQ"]["Platforms"]["99"] = "Quantum"
    del payload["SEQ"]["Formats"]["NucleoSeq"]["BAM"]
    payload["GRF"]["Platforms"] = list(payload["GRF"]["Platforms"].values())
    found = items(shape, payload)
    after = {item.id for item in found}
    assert (after - before, before - after) == ({"platform:1:Quantum"}, {"format:1:BAM"})
    (new,) = [item for item in found if item.id == "platform:1:Quantum"]
    assert (new.kind, new.title, new.fields) == ("platform", "Quantum", {"category": "Sequences"})


def test_a_page_of_the_wiki_is_known_by_what_was_asked() -> None:
    """The answer doesn't say which page it is."""
    payload = recorded("wiki-cookie")
    assert items(SHAPES["wiki id=2"], payload)[0].id == "2"
    assert items(SHAPES["wiki name=rules"], payload)[0].id == "rules"
    other = replace(SHAPES["wiki id=2"], listing=SHAPES["wiki id=2"].listing.of((("id", "9"),)))
    assert items(other, payload)[0].url.endswith("&id=9")
