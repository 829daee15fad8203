"""The codec of the control protocol, and the protocol itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import aiohttp
import pytest

from gazelled import __version__
from gazelled.errors import GazelledError
from gazelled.explain.results import ClauseResult, Judgement, WatchVerdict
from gazelled.service.control import client
from gazelled.service.control.codec import CodecError, decode, encode, redacted
from gazelled.service.control.protocol import (
    REQUESTS,
    CallProgress,
    CallRequest,
    Failure,
    FileProblem,
    Hint,
    ReplayRequest,
    StatusRequest,
    WatchToldReply,
    WhyRequest,
    messages_of,
    name_of,
)

if TYPE_CHECKING:
    from .conftest import House

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """One field of each type."""

    name: str
    number: int
    share: float
    flag: bool | None
    at: datetime | None
    names: tuple[str, ...]
    parts: Mapping[str, Hint]
    anything: object = None


SAMPLE = Sample("a", 1, 2.0, None, NOON, ("x",), {"h": Hint("y")}, {"z": [1]})


def test_what_is_encoded_is_decoded() -> None:
    """Over JSON, whatever the types of the fields are."""
    data = json.loads(json.dumps(encode(SAMPLE)))
    assert data["at"] == "2026-03-02T12:00:00+00:00"
    assert decode(Sample, data) == SAMPLE
    verdict = WatchVerdict("w", "new", None, (ClauseResult("a", "b", None),), now=Judgement(None))
    assert decode(WatchVerdict, json.loads(json.dumps(encode(verdict)))) == verdict


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("name", 1, "name: expected a text"),
        ("number", True, "number: expected a whole number"),
        ("number", 1.5, "number: expected a whole number"),
        ("share", "x", "share: expected a number"),
        ("flag", 1, "flag: expected true or false"),
        ("at", "noon", 'at: "noon" is not a time'),
        ("names", "x", "names: expected a list"),
        ("names", ["x", 1], r"names\[1\]: expected a text"),
        ("parts", {"h": {}}, "parts.h: missing key hint"),
        ("parts", [], "parts: expected an object"),
        ("more", 1, "unknown key more"),
    ],
)
def test_what_is_wrong_is_named(key: str, value: object, words: str) -> None:
    """With the key that it is at."""
    with pytest.raises(CodecError, match=words):
        decode(Sample, encode(SAMPLE) | {key: value})


def test_another_release_may_know_more() -> None:
    """What it adds is ignored on demand; what is as by default isn't sent."""
    data = encode(SAMPLE) | {"more": 1}
    assert decode(Sample, data, strict=False) == SAMPLE
    del data["name"]
    with pytest.raises(CodecError, match="missing key name"):
        decode(Sample, data, strict=False)
    assert encode(CallRequest("index"), brief=True) == {"action": "index", "params": {}}


def test_messages_are_told_apart_by_their_keys() -> None:
    """Hints, progress and failures come before or in place of every reply."""
    kind = messages_of(REQUESTS["download"]((1,)))  # type: ignore[call-arg]  # the table has requests of every shape
    messages = (Hint("h"), CallProgress(1.0, "x"), Failure("", "t"), FileProblem(3, "p"))
    assert tuple(decode(kind, encode(each)) for each in messages) == messages


@pytest.mark.parametrize("name", REQUESTS)
def test_each_request_has_a_reply(name: str) -> None:
    """Both are frozen dataclasses."""
    request: Any = REQUESTS[name]
    kinds = get_args(messages_of(object.__new__(request)))
    assert all(is_dataclass(kind) for kind in kinds)
    assert len(kinds) > 3
    assert all(kind.__dataclass_params__.frozen for kind in (request, *kinds))


def test_requests_have_names() -> None:
    """By which the daemon knows them."""
    assert name_of(ReplayRequest("w", 1.0)) == "replay"
    assert {each.name for each in fields(WatchToldReply)} == {"told", "count"}


def test_redacting_reaches_every_value() -> None:
    """However deep it is."""
    shout = redacted(SAMPLE, lambda each: each.upper() if isinstance(each, str) else each)
    assert (shout.name, shout.names, shout.number) == ("A", ("X",), 1)


async def test_a_reply_that_cannot_be_read_is_a_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon of another release is named, and what to do; one that only knows more is read."""
    socket = house.folder / "control.sock"
    async with house.opened():
        monkeypatch.setattr(client, "messages_of", lambda _: Sample)
        with pytest.raises(GazelledError, match=rf"{__version__}.*Restart gazelled\."):
            await client.ask_once(socket, StatusRequest())


async def test_an_unknown_request_names_the_release(house: House) -> None:
    """A newer command at an older daemon says to restart it."""
    async with house.opened():
        connector = aiohttp.UnixConnector(str(house.folder / "control.sock"))
        headers = {"Gazelled-Version": "99.0"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as http:
            texts = [
                (await (await http.post(f"http://gazelled/{path}", json=data)).json())["text"]
                for path, data in (("nonsense", {}), ("why", {"item": "1", "more": 2}))
            ]
    hint = f"; this is gazelled {__version__}, restart it"
    assert texts == [
        f"unknown request nonsense{hint}",
        f"why: unknown key more{hint}",
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("call", {"expected": 0.1, "asking": "index"}),
        ("call", {"took": 0.2, "answer": {"id": 1}}),
        ("call", {"error": "ConfigError", "text": "no"}),
        ("doctor", {"expected": 0.0}),
        ("resume", {"resumed": "", "due": ["yeast"], "rested": 0}),
        ("stop", {"stopping": True}),
        ("watch.run", {"watch": "yeast", "events": 1}),
        ("target.test", {"target": "phone", "delivered": True}),
        ("download", {"id": 3, "problem": "gone"}),
        ("try", {"hint": "Nothing is kept."}),
    ],
)
def test_the_release_before_the_protocol_is_understood(name: str, line: dict[str, object]) -> None:
    """What it sends over the socket has the same keys; those that it didn't send have defaults."""
    message = decode(messages_of(object.__new__(REQUESTS[name])), line, strict=False)
    assert encode(message).items() >= line.items()


def test_null_is_a_default() -> None:
    """That release's commands send it for what isn't wanted."""
    assert decode(REQUESTS["why"], {"item": "1", "watch": None}) == WhyRequest("1")
    with pytest.raises(CodecError, match="item: expected a text"):
        decode(REQUESTS["why"], {"item": None})
