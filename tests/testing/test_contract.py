"""
The simulated tracker against the real one, request by request.

Every recorded request is sent to the simulator, after the state was prepared in which it was
recorded. Status, headers that matter and the body must agree: failures and pages as they were
written, successes in keys and types.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientSession, FormData

from gazelled.testing import Fault, Simulator
from gazelled.testing.content.records import UserRecord

RECORDED = Path(__file__).parent.parent / "recorded"

ALL = 343
"""How many requests were recorded."""

BASIC = ("Authorization", "Basic bWU6eA==")


@dataclass(frozen=True)
class Got:
    """An answer, recorded or simulated; a torrent's bytes are a character each."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    cut: bool = False

    def header(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True)
class Question:
    """A recorded request."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    json: str
    jar: str
    method: str


def recorded(name: str) -> tuple[Question, Got]:
    """Read what was asked and answered."""
    data = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    headers = tuple((key, value) for key, value in data["headers"])
    asked = question(data["request"])
    body = data.get("body")
    if body is None:
        body = base64.b64decode(data["body_base64"]).decode("latin-1")
    # What curl prints of a HEAD are the headers; there is no body.
    body = "" if asked.method == "HEAD" else body
    return asked, Got(data["status"], headers, body, cut="body_cut" in data)


def question(line: str) -> Question:
    """Understand a line of curl, whose values aren't quoted."""
    options, _, target = line.removeprefix("curl").rpartition(" ")
    path, _, query = target.partition("?")
    head = options.endswith(" -I")
    found = re.split(r" (-H|-b|-d|-u|--data) ", f"{options.removesuffix(' -I')} ")
    pairs = [(flag, value.strip()) for flag, value in zip(found[1::2], found[2::2], strict=True)]
    return Question(
        path=path,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=tuple(
            (value.partition(": ")[0], value.partition(": ")[2]) if flag == "-H" else BASIC
            for flag, value in pairs
            if flag in {"-H", "-u"}
        ),
        form=tuple(
            (value.partition("=")[0], value.partition("=")[2])
            for flag, value in pairs
            if flag == "-d"
        ),
        json=next((value for flag, value in pairs if flag == "--data"), ""),
        jar=next((value for flag, value in pairs if flag == "-b"), ""),
        method="HEAD" if head else "POST" if {"-d", "--data"} & {*found[1::2]} else "GET",
    )


# The comparison


def shape(values: Iterable[object]) -> object:
    """Describe all values that stand in one place: their types, keys and items."""
    seen = list(values)
    dicts = [value for value in seen if isinstance(value, dict)]
    lists = [value for value in seen if isinstance(value, list)]
    keys = {key for value in dicts for key in value}
    return {
        "types": sorted({type(value).__name__ for value in seen}),
        "keys": {key: shape(value[key] for value in dicts if key in value) for key in sorted(keys)},
        "sometimes": sorted(key for key in keys if any(key not in value for value in dicts)),
        "items": shape(item for value in lists for item in value) if any(lists) else None,
    }


def outline(body: str) -> object:
    """Reduce a body to what must agree."""
    if body.startswith("<?xml"):
        return feed(body)
    if body.startswith("d8:announce"):
        return shape([bdecode(body.encode("latin-1"))])
    if not body.startswith('{"status":"success"'):
        return body
    told = json.loads(body)
    if isinstance(told["response"], str):
        told["response"] = {"JSON in text": json.loads(told["response"])}
    return shape([told])


def feed(text: str) -> object:
    """Reduce a feed to what it says of itself, and what an item is made of."""
    channel = ET.fromstring(text)[0]  # noqa: S314 - our own recordings and answers
    about = [(each.tag, each.text) for each in channel if each.tag not in {"item", "lastBuildDate"}]
    items = {tuple(part.tag for part in item) for item in channel.iter("item")}
    links = {
        re.sub(r"[\da-f]{32}|\d+", "#", item.findtext("link", "")) for item in channel.iter("item")
    }
    return [len(channel.findall("lastBuildDate")), about, sorted(items), sorted(links)]


def bdecode(data: bytes) -> object:
    """Read what BitTorrent wrote."""
    value, rest = _bdecode(data)
    assert rest == b""
    return value


def _bdecode(data: bytes) -> tuple[object, bytes]:
    if data[:1] == b"i":
        number, _, rest = data[1:].partition(b"e")
        return int(number), rest
    if data[:1] in {b"l", b"d"}:
        parts, rest = [], data[1:]
        while rest[:1] != b"e":
            part, rest = _bdecode(rest)
            parts.append(part)
        if data[:1] == b"l":
            return parts, rest[1:]
        keys = [part.decode() for part in parts[::2] if isinstance(part, bytes)]
        assert keys == sorted(keys)
        return dict(zip(keys, parts[1::2], strict=True)), rest[1:]
    length, _, rest = data.partition(b":")
    return rest[: int(length)], rest[int(length) :]


def cookies(got: Got) -> list[tuple[object, ...]]:
    """Reduce the cookies to names, whether they are deleted, and attributes."""
    found: list[tuple[object, ...]] = []
    for header in got.header("set-cookie"):
        for name, morsel in SimpleCookie(header).items():
            attributes = sorted(key for key, value in morsel.items() if value)
            deleted = morsel.value == "deleted"
            found.append((name, deleted, morsel["max-age"], morsel["path"], tuple(attributes)))
    return found


def differences(real: Got, ours: Got) -> list[str]:
    """Return the ways in which two answers disagree."""
    body = ours.body[: len(real.body)] if real.cut else ours.body
    compared = {
        "status": (real.status, ours.status),
        "content type": (real.header("content-type"), ours.header("content-type")),
        "location": (real.header("location"), ours.header("location")),
        "file": (real.header("content-disposition"), ours.header("content-disposition")),
        "cookies": (cookies(real), cookies(ours)),
        "body": (outline(real.body), outline(body)),
    }
    return [
        f"{name}: real {expected!r}, ours {actual!r}"
        for name, (expected, actual) in compared.items()
        if expected != actual
    ]


# The states in which requests were recorded

Prepare = Callable[[Simulator], object]

JARS = {
    "gz_me.jar": "me",
    "gz_mod.jar": "mod1",
    "gz_don.jar": "donor1",
    "gz_pow.jar": "power1",
    "gz_root.jar": "root",
    "gz_nb.jar": "newbie1",
    "gz_shy.jar": "shy1",
}
NOT_LOGGED_IN = re.compile(r"login-(success.*|again)")

BEARERS = {
    "auth-disabled-first": "disabled1",
    "auth-disabled-second": "disabled1",
    "auth-first-token": "power1",
    "auth-second-token": "power1",
    "auth-revoked": "power1",
    "auth-bearer-and-cookie": "donor1",
    "index-root-bearer": "root",
    "user-self-bearer": "me",
    "user-paranoid-self-bearer": "shy1",
}


def bearer(name: str) -> str:
    """Return whose token it was."""
    if "-me" in name or name.startswith(("ratelimit", "outage-memcached")):
        return "me"
    return BEARERS.get(name, "donor1")


def prepare(name: str, sim: Simulator) -> None:
    """Bring the site into the state of a recording."""
    for pattern, step in STATES.items():
        if re.fullmatch(pattern, name):
            step(sim)


def nothing(sim: Simulator) -> None:
    """Leave everything as it is."""


def two_posts(sim: Simulator) -> None:
    """Leave two posts in the blog."""
    del sim.world.blog[2:]


def no_news(sim: Simulator) -> None:
    """Take the news away as well."""
    two_posts(sim)
    sim.world.news.clear()


def special_texts(sim: Simulator) -> None:
    """Publish news and blog full of what must be escaped."""
    sim.world.announce('News & <angle> "quoted" é', "b & <c>")
    sim.world.write_blog('Blog & <angle> "quoted" é', "b & <c>")


def threads(sim: Simulator) -> None:
    """Let a thread that `me` follows have a new post."""
    for thread_id in (1, 5):
        sim.world.forums.reply(thread_id, "New!")


def no_pictures(sim: Simulator) -> None:
    """Take all pictures away, without which nothing is recent."""
    for group in sim.world.groups:
        sim.world.edit(group, picture="")


def unindexed(sim: Simulator) -> None:
    """Upload what the search engine hasn't seen yet."""
    sim.world.reindex_delay = 600
    sim.world.publish("Unindexed zebra")


def unsigned(sim: Simulator) -> None:
    """Upload a data set without tags and authors."""
    long_ago = sim.clock.now() - timedelta(days=1)
    sim.world.publish("No tags & no authors", tags=[""], authors=(), time=long_ago)


def deleted(sim: Simulator) -> None:
    """Delete it again, before the search engine notices."""
    sim.world.reindex_delay = 600
    unsigned(sim)
    sim.world.delete(max(sim.world.torrents))


def deleted_long_ago(sim: Simulator) -> None:
    """Delete it again, and let the search engine notice."""
    unsigned(sim)
    sim.world.delete(max(sim.world.torrents))


STATES: Mapping[str, Prepare] = {
    "announcements-two-blogs": two_posts,
    "announcements-no-news": no_news,
    "announcements-special": special_texts,
    "get_user_notifications-(me|cookie)|subscriptions-(all-)?cookie": threads,
    "user_recents.*": no_pictures,
    "browse-new-before-reindex|torrent-new-before-reindex": unindexed,
    "browse-new-after-reindex": lambda sim: sim.world.publish("Unindexed zebra"),
    "browse-notags|torrent-removed|torrentgroup-notags": unsigned,
    "browse-deleted-before-reindex": deleted,
    "browse-deleted-after-reindex|torrentgroup-deleted": deleted_long_ago,
    "ipban-.*": lambda sim: sim.ban_address(),
    "outage-db-.*": lambda sim: sim.fail(Fault.DATABASE_DOWN),
    "outage-dbkey-.*": lambda sim: sim.fail(Fault.DATABASE_KEY),
    "outage-sphinx-.*": lambda sim: sim.fail(Fault.SEARCH_DOWN),
    "outage-memcached-.*": lambda sim: sim.fail(Fault.CACHE_DOWN),
    "session-expired-.*|login-again": lambda sim: sim.expire_sessions(),
    "session-disabled-cookie": lambda sim: sim.disable("power1"),
}
"""What to do before a request, by the name of its recording."""

AFTER_TOKEN: Mapping[str, Prepare] = {
    "auth-revoked": lambda sim: sim.revoke("power1"),
    "auth-token-row-gone": lambda sim: sim.forget_tokens("donor1"),
}
"""What to do between making the token and using it."""

WRONG = (("username", "me"), ("password", "wrong-password-12345"))
EARLIER = {
    "auth-disabled-second": 1,
    "ratelimit-request2": 1,
    "ratelimit-request3": 2,
    "ratelimit-request4": 3,
    "outage-memcached-ratelimited-user2": 1,
    "outage-memcached-ratelimited-user3": 2,
    **{f"download-python-requests-{number}": number - 1 for number in (2, 4, 5, 6)},
    "download-other-ua-after": 6,
    "login-badpassword-2": 1,
    "login-badpassword-4": 3,
    "login-badpassword-5": 4,
    "login-badpassword-6": 5,
    "login-badpassword-7": 6,
    "login-badpassword-8": 7,
}
"""How often the same request was sent before."""

LOCKED = {"login-good-while-banned", "ajax-cookie-while-banned"}
"""Recorded after six failed log-ins."""


KEYS: Mapping[str, Callable[[UserRecord], str]] = {
    "1fe89318d3db0c1479e9273d36aa3a92": lambda me: me.authkey,
    "9c3c4e90e8118c8d34ae52f91b1f19e7": lambda me: me.passkey,
    "84988d7b14feab437e15fd6352e77b6b": lambda me: me.rss_key,
}
"""The keys of `me` in the recordings, and what they are here."""


def keys(value: str, sim: Simulator) -> str:
    """Put the keys of here into a value of a recorded address."""
    for key, ours in KEYS.items():
        value = value.replace(key, ours(sim.world.user("me")))
    return value


def title(sim: Simulator, start: str) -> int:
    """Find a group by the start of its title."""
    return next(group.id for group in sim.world.groups.values() if group.title.startswith(start))


def ids(name: str, sim: Simulator) -> dict[str, str]:
    """Return the parameters that name other things here than where it was recorded."""
    world = sim.world
    special, number, nobody = (
        title(sim, "Quotes"),
        title(sim, "12345"),
        title(sim, "A data set nob"),
    )
    first = {torrent.group.id: torrent.id for torrent in reversed(world.torrents.values())}
    pm = {conversation.subject: conversation.id for conversation in world.conversations.values()}
    found: dict[str, dict[str, object]] = {
        "torrent-special": {"id": first[special]},
        "torrentgroup-special": {"id": special},
        "torrentgroup-numeric-title": {"id": number},
        "torrent-noauthor": {"id": first[nobody]},
        "torrent-anonymous": {"id": 13},
        "torrent-removed": {"id": max(world.torrents)},
        "torrent-new-before-reindex": {"id": max(world.torrents)},
        "torrentgroup-notags": {"id": max(world.groups)},
        "torrentgroup-deleted": {"id": max(world.groups) + 1},
        "torrent-byhash": {"hash": world.torrents[2].hash},
        "torrent-byhash-lower": {"hash": world.torrents[2].hash.lower()},
        "inbox-me-search": {"search": "About"},
        "browse-new-before-reindex": {"searchstr": "unindexed"},
        "inbox-me-viewconv": {"id": 1},
        "inbox-viewconv-cookie": {"id": 1},
        "outage-dbkey-viewconv-cookie": {"id": 1},
        "inbox-me-viewconv-system": {"id": pm["Your request was filled"]},
        "inbox-me-viewconv-notmine": {"id": pm["Hi donor"]},
        "artist": {"id": 1},
    }
    return {key: str(value) for key, value in found.get(name, {}).items()}


# Sending


async def ask(client: ClientSession, sim: Simulator, asked: Question) -> Got:
    """Send a request and take the answer as it is."""
    url = f"{sim.url}/{asked.path}" + (f"?{urlencode(asked.query)}" if asked.query else "")
    body = asked.json or (FormData(asked.form) if asked.form else None)
    async with client.request(
        asked.method,
        url,
        headers=dict(asked.headers),
        data=body,
        allow_redirects=False,
    ) as response:
        raw = await response.read()
        torrent = response.content_type == "application/x-bittorrent"
        text = raw.decode("latin-1" if torrent else "utf-8")
        return Got(response.status, tuple(response.headers.items()), text)


async def log_in(client: ClientSession, sim: Simulator, name: str) -> tuple[str, str]:
    """Log in, and make the header that shows it."""
    form = (("username", name), ("password", sim.world.user(name).password))
    got = await ask(client, sim, Question("login.php", (), (), form, "", "", "POST"))
    pairs = [header.partition(";")[0] for header in got.header("set-cookie")]
    return ("Cookie", "; ".join(pairs))


def token(name: str, sim: Simulator) -> str:
    """Make the token of a recording."""
    user = bearer(name)
    text = sim.token(user)
    match name:
        case "auth-second-token":
            return sim.new_token(user)
        case "auth-malformed-short":
            return "abc"
        case "auth-malformed-long":
            return "x" * 200
        case "auth-tampered":
            return f"{text[:-8]}{text[-8:].swapcase()}"
        case "auth-tampered-head":
            return f"{'Z' if text[0] != 'Z' else 'Y'}{text[1:]}"
    return text


async def replay(client: ClientSession, sim: Simulator, name: str) -> tuple[Got, Got]:
    """Send a recorded request to the simulator, in the state where it belongs."""
    asked, real = recorded(name)
    headers = list(asked.headers)
    if asked.jar in JARS and not NOT_LOGGED_IN.fullmatch(name):
        headers.append(await log_in(client, sim, JARS[asked.jar]))
    for _ in range(6 if name in LOCKED else 0):
        await ask(client, sim, Question("login.php", (), (), WRONG, "", "", "POST"))
    prepare(name, sim)
    bearer_token = token(name, sim)
    AFTER_TOKEN.get(name, nothing)(sim)
    if "python-requests" in name:
        headers.append(("User-Agent", "python-requests/2.32.3"))
    query = {key: keys(value, sim) for key, value in asked.query}
    asked = replace(
        asked,
        headers=tuple((key, value.replace("TOKEN", bearer_token)) for key, value in headers),
        query=tuple((query | ids(name, sim)).items()),
    )
    for _ in range(EARLIER.get(name, 0)):
        await ask(client, sim, asked)
    return real, await ask(client, sim, asked)


NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
async def test_answers_as_the_real_one_did(name: str, client: ClientSession) -> None:
    """The simulator answers a recorded request as the real tracker did."""
    async with Simulator(per=600) as sim:
        real, ours = await replay(client, sim, name)
    assert differences(real, ours) == []


def test_everything_is_covered() -> None:
    """Every recording is replayed: there are no excuses, and none is missing."""
    assert len(NAMES) == len({*NAMES}) == ALL


def edited(got: Got, path: str, change: Callable[[dict[str, object]], object]) -> Got:
    """Change the object at a path in the body of an answer."""
    body = json.loads(got.body)
    place = body
    for step in path.split("."):
        place = place[int(step)] if step.isdigit() else place[step]
    change(place)
    text = json.dumps(body, separators=(",", ":")).replace("/", "\\/")
    return replace(got, body=text)


CHANGES: Mapping[str, Callable[[Got], Got]] = {
    "a key is gone": lambda got: edited(got, "response", lambda each: each.pop("pages")),
    "a key is new": lambda got: edited(got, "response", lambda each: each.update(more=1)),
    "the envelope lost its info": lambda got: replace(
        got, body=re.sub(r',"info":\{.*?\}', "", got.body)
    ),
    "one item of many lost a key": lambda got: edited(
        got, "response.results.3", lambda each: each.pop("lab")
    ),
    "a number became text": lambda got: edited(
        got, "response.results.0", lambda each: each.update(groupYear="2001")
    ),
    "a flag became a number": lambda got: edited(
        got, "response.results.0.torrents.0", lambda each: each.update(isFreeleech=0)
    ),
    "a value became null": lambda got: edited(
        got, "response.results.0.torrents.0", lambda each: each.update(archive=None)
    ),
    "a list became an object": lambda got: edited(
        got, "response.results.0", lambda each: each.update(tags={})
    ),
    "nothing is listed": lambda got: edited(got, "response", lambda each: each.update(results=[])),
    "it failed": lambda got: replace(got, body='{"status":"failure","error":"bad parameters"}'),
    "another status": lambda got: replace(got, status=500),
    "another content type": lambda got: replace(got, headers=(("Content-Type", "text/html"),)),
    "a cookie more": lambda got: replace(
        got, headers=(*got.headers, ("Set-Cookie", "session=x; path=/"))
    ),
    "a way to go": lambda got: replace(got, headers=(*got.headers, ("Location", "login.php"))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_contract_notices(change: Callable[[Got], Got]) -> None:
    """A changed simulation breaks the contract."""
    _, real = recorded("browse")
    assert differences(real, real) == []
    assert len(differences(real, change(real))) == 1


@pytest.mark.parametrize("fault", [Fault.WRONG_RESPONSE, Fault.SERVER_ERROR, Fault.STATUS_ERROR])
async def test_the_contract_notices_a_fault(fault: Fault, client: ClientSession) -> None:
    """A simulator that was told to fail breaks the contract."""
    async with Simulator() as sim:
        sim.fail(fault)
        real, ours = await replay(client, sim, "browse")
    assert differences(real, ours) != []


async def test_the_contract_compares_failures_word_by_word(client: ClientSession) -> None:
    """Another error text breaks the contract."""
    async with Simulator() as sim:
        real, ours = await replay(client, sim, "torrent-badid")
    assert differences(real, replace(ours, body=ours.body.replace("bad id", "no id"))) != []


async def test_the_contract_compares_cookies(client: ClientSession) -> None:
    """A log-in whose cookie isn't `secure` any more breaks the contract."""
    async with Simulator() as sim:
        real, ours = await replay(client, sim, "login-success")
    careless = tuple((key, value.replace("; secure", "")) for key, value in ours.headers)
    assert differences(real, ours) == []
    assert differences(real, replace(ours, headers=careless)) != []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("download-cookie", "7:privatei1e", ""),
        ("download-cookie", "7:privatei1e", "7:private3:yes"),
        ("feed-torrents_all", "<comments>", "<remarks>"),
        ("feed-torrents_all", "https://biotorrents.de/torrents.php", "torrents.php"),
        ("feed-feed_news", "RSS feed for site news.", "News"),
        ("get_friends", '"[]"', "[]"),
        ("news_ajax", "[[7,", "[[[7],"),
        ("preview", "<strong>", "<b>"),
    ],
)
def test_the_contract_notices_in_other_forms(name: str, old: str, new: str) -> None:
    """Torrents, feeds, HTML and JSON inside text are compared as well."""
    _, real = recorded(name)
    closing = {"<comments>": ("</comments>", "</remarks>")}.get(old, ("", ""))
    changed = real.body.replace(old, new)
    changed = changed.replace(*closing) if closing[0] else changed
    assert changed != real.body
    assert differences(real, real) == []
    assert differences(real, replace(real, body=changed)) != []
