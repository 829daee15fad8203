"""
Damaged answers through every path that reads them: nothing comes of it but items, or Broken.

The recorded answers are damaged in their structure and in their text, as bytes go through the
classification, and what is taken for a success through all that reads it: the typed models, the
extraction for watches, a look over pages, tables, and what a target would get. Each damage has a
number, so that a failure is found again: `MUTATION=12345` tries that one alone.

CI tries a few thousand. The long form is

    MUTATIONS=200000 pytest -n 2 -m '' tests/watches/test_mutations.py
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from yarl import URL

from gazelled.cli.render.answer_tables import print_table
from gazelled.errors import BadAnswer
from gazelled.model import Answer, Call, Item, Params, Position
from gazelled.store import StreamState
from gazelled.store.codec import dump_item, load_item
from gazelled.tracker.answers.classification import Consequence, HttpReply, classify
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.listing import Listing
from gazelled.tracker.catalogue.vocabulary import read_vocabulary
from gazelled.tracker.models import decode
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.items import LONGEST_FIELD, LONGEST_TITLE, extract
from gazelled.watches.streams.look import look, news
from gazelled.watches.streams.stream import Stream

MANY = int(os.environ.get("MUTATIONS", "4000"))
ALONE = os.environ.get("MUTATION", "")
PARTS = 20
RECORDED = Path(__file__).parents[1] / "recorded"
ASKED = URL("https://tracker.example/ajax.php")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
SITES = [
    Site(url="https://tracker.example", name="Example", zone=zone)
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Apia")
]

HUGE, DEEP = "@huge@", "@deep@"
"""Stand in a structure for what only text can hold."""

ODD: tuple[object, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        1.0,
        1.5,
        -0.0,
        1e308,
        2**31,
        2**63 - 1,
        2**63,
        -(2**64),
        10**20,
    ),
    *(10**400, -(10**400), float("nan"), float("inf"), HUGE, DEEP),
    *("", " ", "0", "-1", "007", "1,234", "1e999", "٣٣", "²", "9" * 400, "9" * 5_000, "--", "∞"),
    *("0000-00-00 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "1970-01-01 00:00:00"),
    *(
        "2026-02-30 25:61:61",
        "2026-03-29 02:30:00",
        "2026-03-29T02:30:00+99:99",
        "2999-01-01 0:0:0",
    ),
    *("0001-01-01T00:00:00Z", "9999-12-31 23:59:59-1200", "1795439663", 1795439663, 10**11, 10**17),
    *(
        "\ud800",
        "\udfff\ud83d",
        "a\x00b\x1b[31m\x9b",
        "\u202ereversed\u2066",
        "\ufeff\ufffe",
        "日本",
    ),
    *(
        "&#x202e;&#27;&#x9b;&amp;#27;",
        "&#1114112;&#xD800;&nope;&amp",
        "&" * 200,
        "<" * 200,
        "[b=" * 80,
        "[[[",
        "<!--" * 50,
    ),
    *("{{{1}}}|||x{{{" + "9" * 40 + "}}}", '[{"a":1},2]', "hidden", "B" * 20_000, "{a}", "%s{0}"),
    *("javascript:alert(1)", "http://[::1", "//x:99999/", "../../etc/passwd", "a\nb\tc"),
    *([], {}, [None], [[]], [[[]]], {"": None}, {"0": 1, "5": None}, {"a": {"b": []}}, {"٣": []}),
    *([1, "x", {}, [], None, True], {"0": {}, "1": "x"}, [{"id": 1}, {"id": "1"}, {"id": [1]}]),
)


@dataclass(frozen=True)
class Record:
    """A recorded success."""

    name: str
    action: str
    params: Params
    by_token: bool
    body: str


def _records() -> Iterator[Record]:
    for file in sorted(RECORDED.glob("*.json")):
        told = json.loads(file.read_text("utf-8"))
        body = told.get("body", "")
        if body.startswith('{"status":"success","response":'):
            params = dict(parse_qsl(told["request"].rpartition("?")[2]))
            action = params.pop("action")
            by_token = "-b gz_" not in told["request"]
            yield Record(file.stem, action, tuple(sorted(params.items())), by_token, body)


RECORDS = list(_records())
SMALL = [record for record in RECORDS if len(record.body) < 4_000]


def places(value: object) -> list[tuple[Any, Any]]:
    """List where something can be changed: containers with their keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        inside = waiting.pop()
        if isinstance(inside, dict | list):
            keys = list(inside) if isinstance(inside, dict) else range(len(inside))
            found += [(inside, key) for key in keys]
            waiting += list(inside.values()) if isinstance(inside, dict) else inside
    return found


def odd(chance: random.Random) -> object:
    """Make an odd value of its own."""
    value = chance.choice(ODD)
    return json.loads(json.dumps(value)) if isinstance(value, list | dict) else value


def wrap(container: Any, key: Any, chance: random.Random) -> None:  # noqa: ANN401 - it is JSON
    """Put a value into some levels of lists and objects."""
    for level in range(chance.choice((1, 2, 60, 300))):
        container[key] = [container[key]] if level % 2 else {"deep": container[key]}


def as_object(container: Any, key: Any, chance: random.Random) -> None:  # noqa: ANN401 - likewise
    """Write a list as an object, or an object as a list."""
    value = container[key]
    if isinstance(value, list):
        step = chance.choice((1, 2))
        container[key] = {str(step * number): each for number, each in enumerate(value)}
    elif isinstance(value, dict):
        container[key] = list(value.values())


def renamed(container: Any, key: Any, chance: random.Random) -> None:  # noqa: ANN401 - likewise
    """Put a value under another key, beside its own or instead of it."""
    if isinstance(container, dict):
        name = chance.choice(("new", "extra", "\udfff", "id", "", "type", "0", "torrents", key))
        container[name] = container[key] if chance.random() < 0.5 else container.pop(key)


def flattened(container: Any, key: Any, _: random.Random) -> None:  # noqa: ANN401 - likewise
    """Put what stands in inner lists into their entries."""
    value = container[key]
    for entry in value if isinstance(value, list) else ():
        inner = (
            [each for each in entry.values() if isinstance(each, list)]
            if isinstance(entry, dict)
            else []
        )
        for each in inner:
            if each and isinstance(each[0], dict):
                entry.update(each[0])
        if isinstance(entry, dict):
            entry.pop("torrents", None)


def _delete(container: Any, key: Any, _: random.Random) -> None:  # noqa: ANN401 - likewise
    del container[key]


def _twice(container: Any, key: Any, _: random.Random) -> None:  # noqa: ANN401 - likewise
    container[key] = [container[key]] * 2


def _odd(container: Any, key: Any, chance: random.Random) -> None:  # noqa: ANN401 - likewise
    container[key] = odd(chance)


def _moved(container: Any, key: Any, chance: random.Random) -> None:  # noqa: ANN401 - likewise
    other = json.loads(chance.choice(SMALL).body)
    there, name = chance.choice(places(other))
    container[key] = there[name]


CHANGES: tuple[Callable[[Any, Any, random.Random], None], ...] = (
    *(
        _odd,
        _odd,
        _odd,
        _odd,
        _delete,
        _twice,
        _moved,
        wrap,
        as_object,
        as_object,
        renamed,
        flattened,
    ),
)


def damaged(record: Record, chance: random.Random) -> bytes:
    """Damage an answer in some places, in what it says and in how that is written."""
    envelope: Any = json.loads(record.body)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        there = places(envelope)
        if not there:
            break
        container, key = chance.choice(there)
        chance.choice(CHANGES)(container, key, chance)
    text = json.dumps(envelope, ensure_ascii=chance.random() < 0.5)
    text = text.replace(f'"{HUGE}"', "9" * 5_000)
    text = text.replace(f'"{DEEP}"', "[" * 2_000 + "]" * 2_000, 1)
    if chance.random() < 0.1:
        at = chance.randrange(len(text))
        text = (
            text[:at]
            + chance.choice(("", "\\u0000", "\\ud800", '"', ",", "{", "9"))
            + text[at + 1 :]
        )
    if chance.random() < 0.05:
        text = text.replace('{"', '{"results":[],"', 1)
    return text.encode("utf-8", "surrogatepass")


def is_clean(text: str) -> bool:
    """Return whether a text can be written and shown."""
    text.encode()
    return not any(
        (unicodedata.category(sign) == "Cc" and sign not in "\t\n\r") or sign in "\u202e\u2066"
        for sign in text
    )


def check_item(item: Item) -> None:
    """Check what every store, rule and target relies on."""
    assert item.id
    assert item.kind
    for text in (item.id, item.title, item.summary, item.url, item.group, *(item.tags or ())):
        assert is_clean(text), text
    assert len(item.title) <= LONGEST_TITLE
    assert item.size is None or -(2**63) < item.size < 2**63
    if item.time:
        for site in SITES:
            item.time.astimezone(site.timezone)
    for value in item.fields.values():
        if isinstance(value, str):
            assert is_clean(value), value
            assert len(value) <= LONGEST_FIELD
        elif isinstance(value, float):
            assert value - value == 0
        elif isinstance(value, int):
            assert -(2**63) < value < 2**63
    assert load_item(item.id, dump_item(item)).title == item.title


def read_typed(record: Record, payload: object, site: Site) -> None:
    """Read as the typed client does."""
    by: Any = "token" if record.by_token else "cookie"
    with contextlib.suppress(BadAnswer):
        params = dict(record.params)
        found = decode(record.action, payload, params=params, zone=site.timezone, by=by)
        assert found.value.model_dump_json().encode()
        assert all(is_clean(str(each)) for each in found.drift)


def read_watched(listing: Listing, payload: object, site: Site) -> None:
    """Read as watches do."""
    with contextlib.suppress(BadAnswer):
        page = extract(listing, payload, site)
        for item in page.items:
            check_item(item)
        assert page.pages > -(2**63)
        assert all(is_clean(str(each)) and each.key for each in page.odd)


async def look_at(stream: Stream, payload: object, site: Site) -> None:
    """Look as watches do, with every page the same."""

    async def ask(call: Call) -> Answer:
        return Answer(call, payload, b"", AT, 0.1)

    with contextlib.suppress(BadAnswer):
        before = StreamState(stream.name, begun=True, watermark=Position(7), floor=Position(3))
        found = await look(stream, before, site, ask)
        assert isinstance(found.watermark(before), Position)
        assert found.pages <= 60
        for item in news(stream, found, {"7"}, before):
            check_item(item)


def read_all(record: Record, body: bytes, chance: random.Random) -> bool:
    """Read a damaged answer in every way; return whether it was taken for a success."""
    verdict = classify(HttpReply(200, body, AT), ASKED)
    assert is_clean(verdict.text), verdict.text
    if verdict.consequence is not Consequence.OK:
        assert verdict.text
        return False
    payload, site = verdict.payload, chance.choice(SITES)
    json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
    read_typed(record, payload, site)
    action = ACTIONS.get(record.action)
    if action is None:
        return True
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        print_table(action, record.params, payload)
    if record.action == "ontology":
        read_vocabulary(payload)
    if listing := action.listing(record.params):
        read_watched(listing, payload, site)
        if chance.random() < 0.2:
            stream = Stream(Call(record.action, record.params), listing)
            asyncio.run(look_at(stream, payload, site))
    return True


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeout(3_600)
def test_mutations(part: int) -> None:
    """Whatever is damaged, nothing but a success or a classified failure comes of it."""
    numbers = [int(ALONE)] if ALONE else range(part, MANY, PARTS)
    successes = 0
    for number in numbers:
        chance = random.Random(number)  # noqa: S311 - no secret
        record = chance.choice(RECORDS if chance.random() < 0.1 else SMALL)
        body = damaged(record, chance)
        try:
            successes += read_all(record, body, chance)
        except Exception as error:
            raise AssertionError(f"MUTATION={number} of {record.name}: {error!r}") from error
    assert ALONE or successes > len(numbers) / 3  # else nothing would be read
