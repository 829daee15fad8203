"""Recorded answers become models and lose nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from gazelled.errors import BadAnswer
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.models import (
    Anything,
    Artist,
    Better,
    Browse,
    Drift,
    TopUsers,
    ViewConv,
    decode,
    decode_as,
    model_of,
)

if TYPE_CHECKING:
    from .conftest import Record


def marked(value: object, numbers: Callable[[], int]) -> object:
    """Put a text of its own in place of each leaf."""
    if isinstance(value, dict):
        return {key: marked(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner, numbers) for inner in value]
    if isinstance(value, str) and (value == "[]" or value.startswith("[[")):
        return json.dumps(marked(json.loads(value), numbers))
    return f"mark{numbers()}x"


def test_no_drift(success: Record) -> None:
    """Each recorded success has exactly the keys and types of its model."""
    decoded = decode(success.action, success.payload, params=success.params, by=success.by)
    assert decoded.drift == ()
    assert type(decoded.value) is model_of(success.action, success.params)
    assert type(decoded.value) is not Anything


def test_no_leaf_lost(success: Record) -> None:
    """Whatever stands at a leaf of an answer is found again, in a field or in `extra`."""
    numbers = count()
    payload = marked(success.payload, lambda: next(numbers))
    value = decode(success.action, payload, params=success.params, by=success.by).value
    dumped = json.dumps(value.model_dump(mode="json"))
    assert [mark for mark in range(next(numbers)) if f"mark{mark}x" not in dumped] == []


def test_new_keys_are_kept(success: Record) -> None:
    """A key that no model knows is kept in `extra`, wherever it comes, and named."""

    def grown(value: object) -> object:
        if isinstance(value, dict):
            return {key: grown(inner) for key, inner in value.items()} | {"brandNew": {"a": []}}
        return [grown(inner) for inner in value] if isinstance(value, list) else value

    payload = grown(success.payload)
    decoded = decode(success.action, payload, params=success.params, by=success.by)
    sent, kept = json.dumps(payload), json.dumps(decoded.value.model_dump(mode="json"))
    assert kept.count("brandNew") == sent.count("brandNew")
    assert ("brandNew" in sent) == ("brandNew" in " ".join(each.path for each in decoded.drift))


def test_every_action_has_a_model() -> None:
    """Only actions whose answer says nothing, that don't exist, or that we compose have none."""
    without = {name for name in ACTIONS if model_of(name) is Anything} - {"account"}
    assert without == {
        "autofill",
        "checkprivate",
        "clear_user_notification",
        "send_recommendation",
        "similar_artists",
        "torrent_info",
        "votefavorite",
    }


def test_model_by_type() -> None:
    """The parameter `type` decides where it changes the shape, and only there."""
    assert model_of("inbox", {"type": "viewconv", "id": "3"}) is ViewConv
    assert model_of("top10", {"type": "users"}) is TopUsers
    assert model_of("inbox", {"type": "sentbox"}) is model_of("inbox")
    assert model_of("forum", {"type": "main"}) is model_of("forum")
    assert model_of("requests", {"type": "voted"}) is model_of("requests")


def test_anything() -> None:
    """An answer without a model is kept as it came."""
    value = decode("clear_user_notification", {"a": [1]}).value
    assert isinstance(value, Anything)
    assert value.value == {"a": [1]}


def test_drift() -> None:
    """New, missing and odd keys are each told once, with types and never with values."""
    group = {"groupId": 5, "groupYear": "x" * 9, "colour": "secret"}
    decoded = decode_as(Browse, {"results": [group, group], "pages": {}})
    drift = {(each.kind, each.path): each for each in decoded.drift}
    assert drift["new", "results[].colour"] == Drift("new", "results[].colour", came="a text")
    assert str(drift["odd", "results[].groupYear"]) == (
        "results[].groupYear is a text, not a whole number"
    )
    assert str(drift["missing", "results[].torrents"]) == (
        "results[].torrents is missing: it was a list"
    )
    assert drift["odd", "pages"].came == "an object without content"
    assert "secret" not in repr(decoded.drift)
    first = decoded.value.results[0]
    assert first.extra == {"groupYear": "x" * 9, "colour": "secret"}
    assert (first.group_id, first.accession) == (5, None)
    for name in ("group_year", "torrents", "max_size"):
        with pytest.raises(BadAnswer, match="The answer has no"):
            getattr(first, name)


@pytest.mark.parametrize(
    ("action", "payload", "says"),
    [
        ("index", [], "The answer isn't anything that its action answers."),
        ("index", "hello", "The answer isn't an object."),
        ("index", None, "The answer isn't an object."),
        ("top10", {"a": 1}, "The answer isn't a list."),
        ("news_ajax", "[", "The answer's text isn't JSON."),
        ("news_ajax", 3, "The answer isn't a list in a text."),
        ("get_friends", "[" * 100_000, "The answer is nested more than 50 levels deep."),
        ("get_friends", "[] and more", "The answer's text isn't JSON."),
        ("browse", {"pages": 1}, "The answer isn't anything that its action answers."),
        (
            "browse",
            {"results": "none"},
            "The answer has no list 'results', and says nothing without it.",
        ),
        ("browse", {"results": [{1: 2}]}, "The answer isn't JSON: a key isn't a text."),
        ("browse", {"results": [{"a": b"b"}]}, "The answer isn't JSON: it has a bytes."),
        ("browse", {"a": [0] * 500_001}, "The answer is larger than any real one."),
        ("browse", {"a": ["x" * 2**20] * 17}, "The answer is larger than any real one."),
    ],
)
def test_broken(action: str, payload: object, says: str) -> None:
    """What can't be the action's answer, or is out of bounds, is Broken and says how."""
    with pytest.raises(BadAnswer) as caught:
        decode(action, payload)
    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("browse", []),
        ("browse", {}),
        ("browse", {"results": None, "pages": 1, "currentPage": 1}),
        ("browse", {"results": {}}),
    ],
)
def test_no_hits(action: str, payload: object) -> None:
    """PHP writes that there is none as an empty list, an empty object or null."""
    found = decode(action, payload)
    assert isinstance(found.value, Browse)
    assert (found.value.results, found.drift) == ((), ())


def test_flat_entries() -> None:
    """Other sites list a torrent alone, without a list around it, and the time of the group."""
    flat = {"groupId": 5, "groupName": "A manual", "torrentId": 77, "groupTime": "1795439663"}
    found = decode("browse", {"results": [flat | {"size": 1000, "category": "E-Books"}]}).value
    assert isinstance(found, Browse)
    (group,) = found.results
    (torrent,) = group.torrents or ()
    assert (group.group_name, torrent.torrent_id, torrent.size) == ("A manual", 77, 1000)
    assert torrent.time == group.group_time == datetime(2026, 11, 23, 13, 14, 23, tzinfo=UTC)
    assert group.extra == {"category": "E-Books"}


@pytest.mark.parametrize("time", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", 10**11 * 9])
def test_a_year_that_no_zone_bears(time: object) -> None:
    """It is odd, and told as drift, not a time that overflows where it is shown."""
    payload = {"results": [{"groupId": 5, "groupTime": time}]}
    found = decode("browse", payload, zone=ZoneInfo("Asia/Tokyo"))
    assert isinstance(found.value, Browse)
    assert found.value.results[0].group_time is None
    assert "results[].groupTime" in {each.path for each in found.drift if each.kind == "odd"}


def test_depth() -> None:
    """An answer may have fifty levels and no more."""
    deep: object = "x"
    for _ in range(48):
        deep = [deep]
    kept = decode("browse", {"results": [], "new": deep}).value
    assert kept.extra == {"new": deep}
    with pytest.raises(BadAnswer, match="nested more than 50 levels"):
        decode("browse", {"results": [], "new": [deep]})


def test_endless() -> None:
    """A payload that contains itself ends, too."""
    payload: dict[str, object] = {"results": []}
    payload["results"] = [payload]
    with pytest.raises(BadAnswer, match="levels deep"):
        decode("browse", payload)


def test_surrogates() -> None:
    """Torn characters, which no file can hold, become marks of replacement; pairs are joined."""
    payload = json.loads('{"html":"a\\ud800b\\ud83d\\ude00"}')
    assert decode("preview", payload["html"]).value.model_dump()["html"] == "a\ufffdb😀"


def test_model_by_hand() -> None:
    """A model can be made of its fields; what isn't given is unknown."""
    page = Browse(pages=3, results=())
    assert (page.pages, page.current_page, page.extra) == (3, None, {})
    assert page == decode_as(Browse, {"results": [], "pages": 3}).value
    with pytest.raises(TypeError, match="no field page"):
        Browse(page=3)  # type: ignore[call-arg]  # the point of the test


def test_frozen() -> None:
    """Nobody changes what the tracker said."""
    value = decode_as(Browse, {"results": []}).value
    with pytest.raises(AttributeError, match="frozen"):
        value.pages = 3  # type: ignore[misc]  # the point of the test


def test_artist() -> None:
    """An author is read as Gazelle's templates write one; nothing is expected of it."""
    decoded = decode_as(
        Artist,
        {
            "id": "3",
            "name": "Frederick Sanger",
            "vanityHouse": False,
            "tags": [{"name": "dna", "count": 2}],
            "statistics": {"numGroups": 1},
            "torrentgroup": [
                {
                    "groupId": 7,
                    "groupName": "a &amp; b",
                    "groupCategoryID": "8",
                    "tags": ["open_data"],
                    "extendedArtists": {"1": []},
                    "torrent": [{"id": 7, "size": "12"}],
                }
            ],
            "requests": [],
        },
    )
    assert decoded.drift == ()
    groups = decoded.value.torrentgroup
    assert groups
    assert groups[0].group_name == "a & b"
    assert groups[0].tags == ("open.data",)
    assert groups[0].extended_artists == {"1": []}


def test_better() -> None:
    """Suggestions are a bare list, and their download address isn't shown."""
    payload = [{"torrentId": 1, "groupId": 2, "downloadUrl": "torrents.php?authkey=abcdef"}]
    value = decode_as(Better, payload).value
    assert value.results[0].download_url == "torrents.php?authkey=abcdef"
    assert "abcdef" not in repr(value)
