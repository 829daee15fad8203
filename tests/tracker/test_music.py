"""Sites for music: what the profile of Orpheus takes, refuses and reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import get_type_hints
from urllib.parse import parse_qsl, urlsplit

import pytest

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, RequestRefused, TrackerUnavailable
from gazelled.testing import Simulator
from gazelled.tracker import PROFILES, Api, Token, connect
from gazelled.tracker.decoding.schema import decode_as
from gazelled.tracker.sites.dialect import Dialect
from gazelled.tracker.sites.music import MusicEndpoints, MusicParams
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.items import extract

from .orpheus_answers import FLAT, GROUPED, RESPONSES

ORPHEUS = replace(PROFILES["orpheus"], per=1.0, requests=1, limits={})
IGNORED_ELSEWHERE = (
    *("vanityhouse", "scene", "haslog", "hascue", "releasetype", "encoding", "recordlabel"),
    *("remastertitle", "remasteryear", "remasterrecordlabel", "remastercataloguenumber", "format"),
)


class Orpheus:
    """A site that answers as Orpheus does."""

    def __init__(self) -> None:
        self.responses = dict(RESPONSES)
        self.asked: list[dict[str, str]] = []
        self.schemes: set[str] = set()
        self.url = ""
        self.status = "200 OK"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Orpheus]:
        """Serve while the context lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                target = head.split(" ", 2)[1]
                headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
                self.schemes.add(headers["Authorization"].split()[0])
                params = dict(parse_qsl(urlsplit(target).query))
                self.asked.append(params)
                writer.write(self._reply(params))
                await writer.drain()
        writer.close()

    def _reply(self, params: Mapping[str, str]) -> bytes:
        response = self.responses.get(params["action"])
        response = response(params) if callable(response) else response
        answer: dict[str, object] = {"info": {"source": "Orpheus", "version": 1}}
        if response is None:
            answer |= {"status": "failure", "response": [], "error": "bad id parameter"}
        else:
            answer |= {"status": "success", "response": response}
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {self.status}\r\nContent-Type: application/json; charset=utf-8\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
async def site() -> AsyncIterator[Orpheus]:
    """A site of the kind of Orpheus."""
    async with Orpheus().serving() as site:
        yield site


@pytest.fixture
async def api(site: Orpheus) -> AsyncIterator[Api]:
    """A client with the profile of Orpheus and a quick clock."""
    async with connect(site.url, Token("a" * 40), profile=ORPHEUS, clock=Clock(speed=500.0)) as api:
        yield api


async def test_the_parameters_of_music_are_sent(api: Api, site: Orpheus) -> None:
    """Names become the numbers of the site, and lists what PHP reads as such."""
    await api.music.browse(
        searchstr="lamps",
        releasetype="album",
        format="FLAC|MP3",
        haslog="perfect",
        scene=False,
        filter_cat=["Music", 3],
        remasteryear=2019,
        freetorrent="any",
    )
    assert site.asked[-1] == {
        "action": "browse",
        "searchstr": "lamps",
        "releasetype": "1",
        "format": "FLAC|MP3",
        "haslog": "100",
        "scene": "0",
        "filter_cat[1]": "1",
        "filter_cat[3]": "1",
        "remasteryear": "2019",
        "freetorrent": "3",
    }
    await api.music.requests(formats=[0, 2], search="flight")
    assert site.asked[-1].items() >= {"formats[0]": "0", "formats[1]": "2"}.items()
    assert site.schemes == {"token"}


async def test_what_is_ignored_elsewhere_is_usable_by_name_too(api: Api, site: Orpheus) -> None:
    """A generic call checks parameters with the same profile."""
    assert set(IGNORED_ELSEWHERE) <= set(get_type_hints(MusicParams))
    given = dict.fromkeys(IGNORED_ELSEWHERE, "1")
    await api.call("browse", given)
    assert site.asked[-1] == {"action": "browse", **given}


@pytest.mark.parametrize("name", IGNORED_ELSEWHERE)
async def test_biotorrents_ignores_music_and_the_library_says_so(name: str) -> None:
    """Nothing is sent, and the sentence says what to do."""
    async with Simulator(clock=Clock(speed=200.0)) as sim:
        profile = PROFILES["biotorrents"]
        async with connect(sim.url, Token(sim.token()), profile=profile, clock=sim.clock) as api:
            with pytest.raises(RequestRefused, match=f"the tracker ignores.*{name}") as problem:
                await api.call("browse", {name: "1"})
            assert "leave it out" in str(problem.value) or "write " in str(problem.value)
            with pytest.raises(RequestRefused, match="isn't known as a site for music"):
                _ = api.music
        assert not sim.arrivals


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"hash": "0" * 40}, 'takes no parameter "hash"'),
        ({"GroupTitle2": "x"}, 'takes no parameter "GroupTitle2"'),
        ({"haslog": "maybe"}, 'haslog takes no "maybe"'),
        ({"releasetype": "albun"}, 'did you mean "album"'),
    ],
)
async def test_what_orpheus_ignores_is_refused(
    api: Api, site: Orpheus, params: dict[str, str], words: str
) -> None:
    """So are the searches that only BioTorrents.de knows."""
    with pytest.raises(RequestRefused, match=words):
        await api.call("browse", params)
    assert not site.asked


async def test_actions_that_are_not_there(api: Api, site: Orpheus) -> None:
    """They are refused unless they are forced; what is broken elsewhere is not broken there."""
    with pytest.raises(
        RequestRefused,
        match="the published source of Orpheus says that ontology is not implemented",
    ):
        await api.call("ontology")
    assert not site.asked
    similar = await api.music.similar_artists(id=71, limit=2)
    assert [(each.name, each.score) for each in similar.artists] == [
        ("Bats", 200),
        ("Crickets", 190),
    ]
    assert (await api.artist(id=71)).name == "Ada & the Moths"
    site.status = "500 Internal Server Error"
    with pytest.raises(TrackerUnavailable):
        await api.artist(id=71)


async def test_grouped_and_flat_entries(api: Api) -> None:
    """A flat entry has its one torrent, which tells what the site tells."""
    release, manual = (await api.music.browse()).results
    assert (release.group_name, release.release_type) == ("Lamps & wings", "Album")
    (torrent,) = release.torrents
    assert (torrent.encoding, torrent.log_score) == ("Lossless", 97)
    assert torrent.remaster_title == "Anniversary & demos"
    (only,) = manual.torrents
    assert (manual.category, only.torrent_id, only.format) == ("E-Books", 4077, None)
    assert only.time == manual.group_time


async def test_details(api: Api) -> None:
    """A torrent has a release with the people of it."""
    result = await api.music.torrent.result(id=4001)
    info = result.value.group.music_info
    assert info is not None
    assert [each.name for each in info.with_ or ()] == ["Owl"]
    assert [file.name for file in result.value.torrent.files or ()] == [
        "01 dusk.flac",
        "02 dawn.flac",
    ]
    assert result.drift == ()
    group = await api.music.torrentgroup(id=900)
    assert [each.id for each in group.torrents] == [4001, 4002]
    by_name = await api.call("torrent", {"id": 4001})
    assert by_name.value == result.value
    (request,) = (await api.music.requests()).results
    assert [each.name for each in request.artists or ()] == ["Ada & the Moths"]


async def test_pages_although_the_site_counts_them_wrong(api: Api, site: Orpheus) -> None:
    """A full page is followed by another, whatever `pages` says."""
    entries = [{**FLAT, "torrentId": 9000 - number} for number in range(120)]
    pages = [entries[start : start + 50] for start in (0, 50, 100)]

    def respond(params: Mapping[str, str]) -> object:
        page = int(params.get("page", "1"))
        return {"currentPage": page, "pages": 1, "results": pages[page - 1]}

    site.responses["browse"] = respond
    seen = [each.torrents[0].torrent_id async for each in api.music.browse.items(format="FLAC")]
    assert seen == [9000 - number for number in range(120)]
    assert site.asked[0]["group_results"] == "0"
    later = api.music.browse.items(order_by="size", page=2)
    assert [each.torrents[0].torrent_id async for each in later] == seen[50:]
    asked = {"action": "browse", "group_results": "0", "order_by": "size"}
    assert site.asked[-2:] == [{**asked, "page": "2"}, {**asked, "page": "3"}]


async def test_typed_calls_of_the_catalogue_work_too(api: Api) -> None:
    """What the answers have in common is there; a field that the site has not is no empty one."""
    release = (await api.browse(searchstr="lamps")).results[0]
    assert release.torrents
    assert (release.group_name, release.torrents[0].format) == ("Lamps & wings", "FLAC")
    with pytest.raises(BadAnswer, match="platform"):
        _ = release.torrents[0].platform
    assert (await api.index()).userstats.class_ == "Member"
    assert (await api.user(id=12)).username == "lepidopterist"
    assert (await api.announcements(mark_read=True)).announcements[0].title == "Moved"
    assert (await api.account()).uploaded == 900
    assert (await api.requests(search="flight")).results[0].title == "Night flight"


def test_documented_answers_have_no_unknown_keys() -> None:
    """What Orpheus documents of answers that differ has a field."""
    dialect = PROFILES["orpheus"].dialect
    for action in ("browse", "torrent", "torrentgroup", "requests", "similar_artists"):
        assert decode_as(dialect.model(action), RESPONSES[action]).drift == ()
    grouped = decode_as(dialect.model("browse"), {"results": [GROUPED]})
    assert grouped.drift == ()


@pytest.mark.parametrize("action", ["index", "user", "announcements", "artist"])
def test_documented_answers_that_are_the_same_are_read(action: str) -> None:
    """What they have in common with the catalogue's is there."""
    value = decode_as(PROFILES["orpheus"].dialect.model(action), RESPONSES[action]).value
    assert type(value).__name__ == action.title()


def test_what_rules_cannot_ask_of_flat_entries() -> None:
    """It is what they don't have, and nothing else: `check` warns of it."""
    profile = PROFILES["orpheus"]
    browse = profile.dialect.action("browse")
    assert browse
    (listing,) = browse.listings
    site = Site("https://orpheus.network", "Orpheus", dialect=profile.dialect)
    (item,) = extract(listing, {"currentPage": 1, "pages": 1, "results": [FLAT]}, site).items
    has = {"title": item.title, "tags": item.tags, "size": item.size, "age": item.time}
    values = {name: {**item.fields, **has}.get(name) for name in listing.fields}
    assert {name for name, value in values.items() if value is None} == {*listing.unsent}


def test_what_is_known_to_work() -> None:
    """Of every action a profile says how it is known; nothing was verified at Orpheus."""
    orpheus, biotorrents = PROFILES["orpheus"].dialect, PROFILES["biotorrents"].dialect
    assert {*map(orpheus.evidence, orpheus.names)} == {"documented", "unknown"}
    assert {*map(biotorrents.evidence, biotorrents.names)} == {"verified", "documented"}
    assert {*map(PROFILES["gazelle"].dialect.evidence, orpheus.names)} == {"unknown"}
    assert {*orpheus.documented, *biotorrents.documented, *biotorrents.verified} <= {*orpheus.names}
    assert orpheus.endpoints is MusicEndpoints
    assert isinstance(orpheus, Dialect)
