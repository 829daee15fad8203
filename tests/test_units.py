"""Sizes and durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.units import human_age, human_duration, human_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("50 GiB", 50 * 2**30),
        ("1.5kib", 1536),
        ("700 MB", 700_000_000),
        ("1 kB", 1000),
        ("12 B", 12),
        (4096, 4096),
        (0, 0),
    ],
)
def test_reads_sizes(text: object, size: int) -> None:
    """Binary and decimal units and plain bytes are read exactly."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "50", "GiB", "50 Gi", "-1 GiB", "1e3 B", -1, True, 1.5, None])
def test_refuses_other_sizes(text: object) -> None:
    """What is no size is refused with an example of one."""
    with pytest.raises(ValueError, match="50 GiB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (2**20 - 1, "1 MiB"), (7_623_566_950, "7.1 GiB")],
)
def test_writes_sizes(size: int, text: str) -> None:
    """A size is shown with at most one decimal, and never as 1024 of something."""
    assert human_size(size) == text


@given(st.integers(0, 2**59))
def test_sizes_survive_being_written(size: int) -> None:
    """What was written can be read again and is near the truth."""
    assert abs(parse_size(human_size(size)) - size) <= size * 0.05


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21600), ("1 d", 86400), ("1.5h", 5400)]
)
def test_reads_durations(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and days are read."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "15 min", "0m", "-1h", "h", 900, None])
def test_refuses_other_durations(text: object) -> None:
    """What is no duration is refused with an example of one."""
    with pytest.raises(ValueError, match="15m"):
        parse_duration(text)


@given(st.integers(1, 10**8))
def test_durations_survive_being_written(seconds: int) -> None:
    """A duration is written the way the config spells it."""
    assert parse_duration(human_duration(seconds)) == pytest.approx(seconds, rel=1e-5)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (40.4, "40.4s"), (12_600, "3.5h"), (30 * 86400, "30d"), (-60, "-1m")],
)
def test_writes_ages(seconds: float, text: str) -> None:
    """An age is shown in its largest unit with at most one decimal."""
    assert human_age(seconds) == text
