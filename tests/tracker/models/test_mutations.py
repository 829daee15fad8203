"""
Thousands of damaged answers end as a model, as a classified error, or as Broken.

The first example of each test is found again: they are derandomised, so that a failure stays.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from yarl import URL

from gazelled.errors import BadAnswer
from gazelled.tracker.answers.classification import Consequence, HttpReply, classify
from gazelled.tracker.models import Index, Torrent, decode

if TYPE_CHECKING:
    from .conftest import Record, Records

ASKED = URL("https://tracker.example/ajax.php")
AT = datetime(2026, 11, 23, tzinfo=UTC)

thorough = settings(
    max_examples=2_500,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STRANGE: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    -(2**64),
    10**400,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "0",
    "-1",
    "1,234",
    "1e999",
    "9" * 5000,
    "0000-00-00 00:00:00",
    "9999-12-31 23:59:59",
    "2026-02-30 25:61:61",
    "&#1114112;&#xD800;&nope;&amp",
    "\ud800",
    "a\x00b\x1b[31m",
    "日本\u202e",
    "{{{1}}}|||x{{{" + "9" * 40 + "}}}",
    "[[[",
    '[{"a":1},2]',
    "hidden",
    [],
    {},
    [None],
    [[]],
    {"0": 1, "5": None},
    {"a": {"b": []}},
    [1, "x", {}, [], None, True],
)


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


def deep(value: object, levels: int) -> object:
    """Wrap a value in lists and objects."""
    for level in range(levels):
        value = [value] if level % 2 else {"deep": value}
    return value


def damaged(envelope: dict[str, Any], chance: random.Random, times: int) -> object:
    """Damage an answer in some places."""
    for _ in range(times):
        container, key = chance.choice(places(envelope))
        what = chance.randrange(6)
        if what == 0:
            del container[key]
        elif what == 1:
            container[key] = deep(container[key], chance.choice((1, 2, 60, 900)))
        elif what == 2 and isinstance(container, dict):
            container[chance.choice(("new", "extra", "\udfff", "id", ""))] = container[key]
        elif what == 3:
            container[key] = [container[key]] * 2
        else:
            container[key] = json.loads(json.dumps(chance.choice(STRANGE)))
        envelope = envelope or {"response": {}}
    return envelope.get("response")


def small(records: Records) -> list[Record]:
    """Take, of each shape, the largest record that isn't long."""
    chosen: dict[tuple[str, str], Record] = {}
    for record in sorted(records.values(), key=lambda each: len(each.body)):
        key = (record.action, record.params.get("type", ""))
        if len(record.body) < 6_000 or key not in chosen:
            chosen[key] = record
    return list(chosen.values())


def use(record: Record, payload: object) -> None:
    """Decode, and do with the model what a user does."""
    try:
        decoded = decode(record.action, payload, params=record.params, by=record.by)
    except BadAnswer:
        return
    assert repr(decoded)
    assert decoded.value.model_dump_json()
    try:
        if isinstance(decoded.value, Index):
            assert decoded.value.userstats.ratio != -1
        if isinstance(decoded.value, Torrent):
            assert decoded.value.torrent.files != ()
    except BadAnswer:  # a field has no value, which is told
        assert decoded.missing


@thorough
@given(seed=st.integers(0, 2**32))
def test_one_place(seed: int, records: Records) -> None:
    """One damaged place never loses the rest, unless it is where everything hangs."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    record = chance.choice(small(records))
    use(record, damaged(json.loads(record.body), chance, 1))


@thorough
@given(seed=st.integers(0, 2**32), times=st.integers(2, 12))
def test_many_places(seed: int, times: int, records: Records) -> None:
    """However many places are damaged, what comes out is a model or Broken."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    record = chance.choice(small(records))
    use(record, damaged(json.loads(record.body), chance, times))


@thorough
@given(data=st.data())
def test_text(data: st.DataObject, records: Records) -> None:
    """A text that was cut, or has bytes that don't belong, is classified, or read as a model."""
    record = data.draw(st.sampled_from(small(records)))
    body = bytearray(record.body.encode())
    cut = data.draw(st.integers(0, len(body)))
    spots = data.draw(st.lists(st.tuples(st.integers(0, len(body) - 1), st.binary(max_size=4))))
    for at, change in spots:
        body[at : at + len(change)] = change
    verdict = classify(HttpReply(200, bytes(body[: cut if cut % 3 == 0 else len(body)]), AT), ASKED)
    if verdict.consequence is Consequence.OK:
        use(record, verdict.payload)
    else:
        assert verdict.text


@settings(thorough, max_examples=800)  # which are expensive to make
@given(
    payload=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    ),
    seed=st.integers(0, 2**32),
)
def test_anything(payload: object, seed: int, records: Records) -> None:
    """Any JSON at all, in place of an answer or of one part of it, ends the same way."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    record = chance.choice(small(records))
    envelope = cast("dict[str, Any]", json.loads(record.body))
    container, key = chance.choice(places(envelope))
    container[key] = payload
    use(record, envelope.get("response"))
    use(record, payload)


def test_one_place_keeps_the_rest(records: Records) -> None:
    """In a search result, any one odd value leaves all other values as they were."""
    record = records["browse-special"]
    whole = decode("browse", record.payload).value.model_dump()
    sound = whole["results"][0]
    group = cast("dict[str, Any]", record.payload)["results"][0]
    for key in group:
        payload = cast("dict[str, Any]", record.payload)
        payload["results"][0][key] = {"odd": [1]}
        decoded = decode("browse", payload)
        if key == "groupId":  # what the entry is known by
            assert decoded.value.extra == {"results": payload["results"][:1]}
            continue
        found = decoded.value.model_dump()["results"][0]
        changed = [name for name in sound if found.get(name) != sound[name] and name != "extra"]
        assert len(changed) <= 1
        assert found["extra"] == {key: {"odd": [1]}}
        assert {"results[]." + key} >= {*decoded.missing}
