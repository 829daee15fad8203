"""
The simulated tracker against the real one in meaning: a second world, asked the same.

`second/world.json` holds all data of a site, `second/answers.jsonl` what the real application
answered about them: a request a line. The simulated tracker loads the same data and is asked the
same. Status, headers that matter and the whole body must agree: results, their order, pages and
failures. What can't agree is named in `LEFT_OUT`, field by field, with its reason. Run this file
as a program to see the differences and the figures.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession, DummyCookieJar
from yarl import URL

from gazelled.clock import Clock
from gazelled.testing import Simulator, World

SECOND = Path(__file__).parent / "second"
RECORDED_AT = datetime(2026, 11, 30, 4, 7, 30, tzinfo=UTC)
"""When the answers were recorded: some count from then."""

ALL = 188
"""How many requests were recorded."""

WHO = "dora"
"""Who asked, by token and by cookie: a donor."""


@dataclass(frozen=True)
class Question:
    """A request, and what the real application answered."""

    by: str
    query: str
    status: int
    content_type: str
    location: str | None
    cache_control: str | None
    body: Any
    html_title: str | None = None
    cut: bool = False
    ids: Any = None
    pages: int | None = None


QUESTIONS = [
    Question(**json.loads(line))
    for line in (SECOND / "answers.jsonl").read_text("utf-8").splitlines()
]


class LeftOut(NamedTuple):
    """A field that isn't compared: the requests (by pattern), the place in the body, the reason."""

    query: str
    place: str
    reason: str


LEFT_OUT = (
    LeftOut(
        "action=loadavg",
        "body.response.loadAverage.*",
        "the load of the machine in that minute",
    ),
    LeftOut(
        "action=index",
        "body.response.*key",
        "keys are made up anew for each world",
    ),
    LeftOut(
        "action=user&*",
        "body.response.ranks.*",
        "percentiles out of tables that a job fills by the hour",
    ),
    LeftOut(
        "action=user&*",
        "body.response.community.artistsAdded",
        "the data don't say who named an author",
    ),
    LeftOut(
        "action=user&id=3",
        "body.response.stats.lastAccess",
        "the minute of asking",
    ),
    LeftOut(
        "action=top10&type=users*",
        "body.response.*.results.*.*Speed",
        "counts by the second from when an account was opened; the order by it is compared",
    ),
    LeftOut(
        "action=forum&type=main",
        "body.response.categories.2.forums.0.numTopics",
        "130 threads of that forum have no posts in the data, so they aren't loaded",
    ),
    LeftOut(
        "action=forum&type=main",
        "body.response.categories.*.forums.*.last*Author*",
        "the data name other authors in the posts than the site kept for the forum",
    ),
    LeftOut(
        "action=forum&type=viewforum&*",
        "body.response.threads.*.*uthor*",
        "the data name other authors in the posts than the site kept for the thread",
    ),
)
"""
Whatever differs and isn't named here fails the test; what is named and doesn't differ does, too.

Besides, `without_ties` leaves out the order of equal rows in the tops, which is the database's.
"""


class Difference(NamedTuple):
    """Where two answers disagree, and how."""

    place: str
    real: object
    ours: object


_MISSING = "(missing)"


def differences(place: str, real: object, ours: object) -> Iterator[Difference]:
    """Return the places in which two values disagree, down to the single field."""
    if isinstance(real, dict) and isinstance(ours, dict):
        if list(real) != list(ours):
            yield Difference(f"{place} (keys)", list(real), list(ours))
        for key in real.keys() & ours.keys():
            yield from differences(f"{place}.{key}", real[key], ours[key])
    elif isinstance(real, list) and isinstance(ours, list):
        if len(real) != len(ours):
            yield Difference(f"{place} (length)", len(real), len(ours))
        for number, (one, other) in enumerate(zip(real, ours, strict=False)):
            yield from differences(f"{place}.{number}", one, other)
    elif type(real) is not type(ours) or real != ours:
        yield Difference(place, real, ours)


def shortened(body: dict[str, Any]) -> dict[str, Any]:
    """Keep the first two results, as the recording does of long lists."""
    response = body["response"]
    return body | {"response": response | {"results": response["results"][:2]}}


TOPS: Mapping[str, Callable[[dict[str, Any]], float]] = {
    **dict.fromkeys(("day", "week", "overall"), lambda row: row["seeders"] + row["leechers"]),
    "snatched": lambda row: row["snatched"],
    "data": lambda row: row["data"],
    "seeded": lambda row: row["seeders"],
    **dict.fromkeys(("ut", "ur"), lambda row: row["uses"]),
    "ul": lambda row: row["uploaded"],
    "dl": lambda row: row["downloaded"],
    "numul": lambda row: row["numUploads"],
    "uls": lambda row: row["upSpeed"],
    "dls": lambda row: row["downSpeed"],
}
"""What each of the tops orders by."""


def without_ties(tops: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Order equal rows of the tops by what they are, since the database gives them in any order.

    Where a limit cuts between equal rows, only their number is kept: which ones stand before the
    cut is by chance. A row that isn't in order stays where it is, and so makes a difference.
    """
    ordered = []
    for top in tops:
        key, rows = TOPS[top["tag"]], top["results"]
        kept: list[object] = []
        for value, group in groupby(rows, key):
            equal = sorted(
                group, key=lambda row: str(row.get("torrentId") or row.get("name") or row["id"])
            )
            cut = len(rows) == top["limit"] and value == key(rows[-1])
            kept += [value] * len(equal) if cut else equal
        ordered.append(top | {"results": kept})
    return ordered


def result_ids(results: list[dict[str, Any]]) -> list[object]:
    """Return what identifies each result: a data set with its formats, or a request."""
    return [
        [each["groupId"], [torrent["torrentId"] for torrent in each["torrents"]]]
        if "groupId" in each
        else each["requestId"]
        for each in results
    ]


def decoded(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Decode a body without the HTML page behind it."""
    text = text.partition("<!doctype")[0].strip()
    return json.loads(text) if text.startswith("{") else text


def compared(
    asked: Question, status: int, headers: Mapping[str, str], text: str
) -> list[Difference]:
    """Compare an answer of the simulated tracker with the recorded one."""
    found = [
        Difference(place, real, ours)
        for place, real, ours in (
            ("status", asked.status, status),
            ("content type", asked.content_type, headers.get("Content-Type")),
            ("location", asked.location, headers.get("Location")),
            ("cache control", asked.cache_control, headers.get("Cache-Control")),
        )
        if real != ours
    ]
    title = re.search(r"<title>\s*(.*?)\s*</title>", text, re.DOTALL)
    found += differences("title", asked.html_title, title[1] if title else None)
    body = decoded(text)
    real = decoded(asked.body) if isinstance(asked.body, str) else asked.body
    if asked.query.startswith("action=top10") and "response" in real and "response" in body:
        real, body = (each | {"response": without_ties(each["response"])} for each in (real, body))
    if asked.ids is not None:
        response = body["response"]
        found += differences("ids", asked.ids, result_ids(response["results"]))
        found += differences("pages", asked.pages, response.get("pages"))
        body = shortened(body)
    return [*found, *differences("body", real, body)]


def left_out(asked: Question, difference: Difference) -> str | None:
    """Return why a difference is left out; None if it isn't."""
    for each in LEFT_OUT:
        if fnmatchcase(asked.query, each.query) and fnmatchcase(difference.place, each.place):
            return each.reason
    return None


AVATARS = (3, 6, 9, 12, 15)
"""Who has a picture; the data don't tell, the answers do."""

CACHED_AT = datetime(2026, 11, 30, 3, 45, tzinfo=UTC)
"""When the site computed the tops, which it keeps for hours: two uploads are later."""


EARLIER = (
    ("torrents", 14, "seeders", 0),
    ("users", 2, "uploaded", 30064771072),
    ("users", 6, "uploaded", 562640715776),
)
"""What was otherwise when the site computed the tops: kind, id, field, value."""


def world_of(asked: Question) -> World:
    """Load the world as it was when a request was answered, with what the data leave out."""
    data = json.loads((SECOND / "world.json").read_text("utf-8"))
    for user in data["users"]:
        if user["id"] in AVATARS:
            user["avatar"] = f"https://pics.example.org/{user['name']}.png"
    for forum in data["forums"]:
        forum["staff"] = forum["name"] == "Staff"
    data["conversations"] = [
        {
            "id": 34 + number,
            "subject": f'Message {number} about your "upload" & co',
            "members": [3, sender],
            "unread": [],
            "sticky": [3] if number == 3 else [],
            "messages": [
                {
                    "id": 34 + number,
                    "sender": sender,
                    "body": "",
                    "time": f"2026-10-{21 + number} 01:03:38",
                }
            ],
        }
        for number, sender in enumerate((8, 4, 7, 7, 4))
    ]
    at = RECORDED_AT
    if asked.query.startswith("action=top10"):
        at = CACHED_AT
        for kind, number, field, value in EARLIER:
            next(each for each in data[kind] if each["id"] == number)[field] = value
    for kind in ("groups", "torrents"):
        data[kind] = [each for each in data[kind] if each["time"] <= f"{at:%Y-%m-%d %H:%M:%S}"]
    world = World.load(data, Clock(start=at))
    world.forums.mark_read(3, 4, 120)
    return world


async def ask(
    asked: Question, change: Callable[[World], object] = lambda _: None
) -> list[Difference]:
    """Ask the simulated tracker after a change of its data, and compare."""
    world = world_of(asked)
    change(world)
    async with (
        Simulator(world=world, per=600, allowed=1000) as sim,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        headers = {"Authorization": f"Bearer {sim.token(WHO)}"}
        if asked.by == "cookie":
            form = {"username": WHO, "password": world.user(WHO).password}
            async with session.post(
                f"{sim.url}/login.php", data=form, allow_redirects=False
            ) as got:
                pairs = [each.partition(";")[0] for each in got.headers.getall("Set-Cookie")]
            headers = {"Cookie": "; ".join(pairs)}
        url = URL(f"{sim.url}/ajax.php?{asked.query}", encoded=True)
        async with session.get(url, headers=headers, allow_redirects=False) as got:
            return compared(asked, got.status, got.headers, await got.text())


@pytest.mark.parametrize(
    "asked", QUESTIONS, ids=[f"{asked.by}-{asked.query}" for asked in QUESTIONS]
)
async def test_answers_alike(asked: Question) -> None:
    """The simulated tracker answers as the real one did, but for what is left out by name."""
    assert [each for each in await ask(asked) if left_out(asked, each) is None] == []


def test_everything_is_asked() -> None:
    """All recorded requests are here."""
    assert len(QUESTIONS) == ALL


@pytest.mark.parametrize("each", LEFT_OUT, ids=[f"{each.query}-{each.place}" for each in LEFT_OUT])
async def test_what_is_left_out_differs(each: LeftOut) -> None:
    """Nothing is left out that agrees: then it has to be compared."""
    found = [
        difference
        for asked in QUESTIONS
        if fnmatchcase(asked.query, each.query)
        for difference in await ask(asked)
        if fnmatchcase(difference.place, each.place)
    ]
    assert found != []


@pytest.mark.parametrize(
    ("query", "change"),
    [
        ("action=browse", lambda world: world.delete(40)),
        (
            "action=browse&order_by=seeders&order_way=asc",
            lambda world: world.set_peers(3, seeders=9),
        ),
        ("action=torrent&id=5", lambda world: world.edit(5, title="Another")),
        ("action=tcomments&id=60", lambda world: world.comments.delete(30)),
        ("action=top10", lambda world: world.set_peers(44, snatched=41)),
        (
            "action=forum&type=viewforum&forumid=4",
            lambda world: world.forums.reply(7, "x", author="gita"),
        ),
    ],
)
async def test_the_comparison_notices(query: str, change: Callable[[World], object]) -> None:
    """Data that are only a little otherwise make a difference that isn't left out."""
    asked = next(each for each in QUESTIONS if each.query == query)
    found = await ask(asked, change)
    assert any(left_out(asked, each) is None for each in found)


async def figures() -> None:
    """Print how many requests are answered alike, what is left out of others, and what differs."""
    alike, by_reason = 0, Counter[str]()
    for asked in QUESTIONS:
        reasons = {difference: left_out(asked, difference) for difference in await ask(asked)}
        alike += not reasons
        by_reason.update({reason for reason in reasons.values() if reason})
        for difference in (each for each, reason in reasons.items() if reason is None):
            print(f"{asked.by} {asked.query}: {difference}")  # noqa: T201 - a program's output
    print(f"{len(QUESTIONS)} requests, {alike} answered alike in every field")  # noqa: T201 - as asked
    for reason, count in by_reason.most_common():
        print(f"{count} but for {reason}")  # noqa: T201 - a program's output


if __name__ == "__main__":
    asyncio.run(figures())
