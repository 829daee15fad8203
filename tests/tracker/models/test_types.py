"""Each type of field, and each way in which PHP writes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gazelled.tracker.decoding import types
from gazelled.tracker.decoding.files import File, files_of
from gazelled.tracker.decoding.reading import Odd, Partly, Reading

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "came", "taken"),
    [
        (types.text, "a", "a"),
        (types.text, "", None),
        (types.text, 12345, "12345"),
        (types.text, 1.5, "1.5"),
        (types.text, False, None),
        (types.escaped, "&quot;&#39;&mdash;&#26085;&amp;amp;", "\"'—日&amp;"),
        (types.count, 3, 3),
        (types.count, -3, -3),
        (types.count, "3", 3),
        (types.count, "1,234,567", 1234567),
        (types.count, 3.0, 3),
        (types.count, "", None),
        (types.count, False, None),
        (types.known, 0, None),
        (types.known, "0", None),
        (types.known, "7", 7),
        (types.fraction, "1,234.5", 1234.5),
        (types.fraction, 2, 2.0),
        (types.fraction, False, None),
        (types.ratio, "--", None),
        (types.flag, True, True),
        (types.flag, 0, False),
        (types.flag, "1", True),
        (types.flag, "false", False),
        (types.flag, "", None),
        (types.only_yes, False, None),
        (types.only_yes, 1, True),
        (types.moment, "2026-07-01 12:00:00", NOON),
        (types.moment, "2026-07-01T14:00:00+02:00", NOON),
        (types.moment, 1782907200, NOON),
        (types.moment, "1782907200", NOON),
        (types.moment, "0000-00-00 00:00:00", None),
        (types.moment, "", None),
        (types.moment, 0, None),
        (types.moment, False, None),
        (types.tags, ["a_b", "", "c.d"], ("a.b", "c.d")),
        (types.tags, "", ()),
        (types.tags, {"0": "a", "2": "b"}, ("a", "b")),
        (types.tags, {}, ()),
        (types.commas, "a, b,,c", ("a", "b", "c")),
        (types.list_of(types.count), ["1", None, 2], (1, 2)),
    ],
)
def test_taken(read: Callable[[Any, Reading], object], came: object, taken: object) -> None:
    """Each way of writing is taken for what it means."""
    assert read(came, Reading()) == taken


@pytest.mark.parametrize(
    ("read", "came"),
    [
        (types.text, []),
        (types.text, True),
        (types.text, 10**30),
        (types.text, math.nan),
        (types.count, "three"),
        (types.count, str(2**63)),
        (types.count, f"{2**63}.0"),
        (types.count, 1e30),
        (types.fraction, str(2**63)),
        (types.fraction, 1e30),
        (types.count, "1,23"),
        (types.count, "٣"),
        (types.count, 1.5),
        (types.count, 10**30),
        (types.count, 1e300),
        (types.count, math.inf),
        (types.count, True),
        (types.count, "9" * 5000),
        (types.fraction, math.nan),
        (types.fraction, "1e5"),
        (types.flag, 2),
        (types.flag, "maybe"),
        (types.moment, "yesterday"),
        (types.moment, "2026-02-30 12:00:00"),
        (types.moment, -5),
        (types.moment, 10**15),
        (types.moment, []),
        (types.tags, 3),
        (types.tags, {"a": "b"}),
    ],
)
def test_odd(read: Callable[[Any, Reading], object], came: object) -> None:
    """What means nothing as such a value is odd, and nothing else is raised."""
    with pytest.raises(Odd):
        read(came, Reading())


@pytest.mark.parametrize(
    "zone", [ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=2)), ZoneInfo("Africa/Cairo")]
)
def test_zone(zone: Any) -> None:  # noqa: ANN401 - any tzinfo
    """Times without an offset are of the site's zone and become UTC."""
    taken = types.moment("2026-01-01 01:00:00", Reading(zone))
    assert taken == datetime(2026, 1, 1, 1, tzinfo=zone)
    assert isinstance(taken, datetime)
    assert taken.tzinfo is UTC


@pytest.mark.parametrize(
    ("came", "hours"), [("0001-01-01 00:00:00", 14), ("9999-12-31 23:59:59", -12)]
)
def test_edge_of_time(came: str, hours: int) -> None:
    """A time that has no counterpart in UTC is odd."""
    reading = Reading(timezone(timedelta(hours=hours)))
    with pytest.raises(Odd):
        types.moment(came, reading)


def test_partly() -> None:
    """A list keeps its good entries, and its odd ones as they came."""
    with pytest.raises(Partly) as caught:
        types.list_of(types.count)([1, "x", 2], Reading())
    assert (caught.value.value, caught.value.rest) == ((1, 2), ["x"])


def test_own_by_token() -> None:
    """By token a no about the user says nothing."""
    assert types.own(False, Reading(by="cookie")) is False  # noqa: FBT003 - the value that came
    assert types.own(False, Reading(by="token")) is None  # noqa: FBT003 - likewise
    assert types.own(1, Reading(by="token")) is True


def test_files() -> None:
    """A file's name may hold anything but the marks; an entry without a size keeps its name."""
    assert files_of("a &amp; {b}.txt{{{12}}}|||c{{{d{{{0}}}|||e|||") == (
        File("a & {b}.txt", 12),
        File("c{{{d", 0),
        File("e", None),
    )
    assert files_of("") == ()
