"""Watches that do the same as another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.config.conftest import Home

A = """\
[watch.a]
ask = "browse"
match = { year = 2020, format = "BAM" }
tell = ["phone"]
"""
B = A.replace("watch.a", "watch.b")
TARGET = '[target.lab]\nplugin = "feed"\n'


def test_the_same_twice_is_a_hint(home: Home) -> None:
    """It names both, whatever order the rules are written in."""
    b = B.replace('year = 2020, format = "BAM"', 'format = "BAM", year = 2020')
    (problem,) = home.problems(f'{home.file.read_text()}{A}{b}every = "6h"\n')
    assert (
        problem == "config.toml:16: watch.b: warning: b does the same as a; one of them is enough"
    )


def test_lists_are_compared_whatever_their_order(home: Home) -> None:
    """A text alone is a list of one."""
    a = A.replace('"BAM"', '["BAM", "CRAM"], license = "CC0"')
    b = B.replace('"BAM"', '["CRAM", "BAM"], license = ["CC0"]')
    plain = home.file.read_text()
    (problem,) = home.problems(f"{plain}{a}{b}")
    assert problem.endswith("b does the same as a; one of them is enough")
    assert home.problems(f"{plain}{a}{b.replace('CRAM', 'VCF')}") == []


def test_who_tells_others_can_tell_all(home: Home) -> None:
    """One watch is enough for several targets."""
    b = B.replace('"phone"', '"lab"')
    (problem,) = home.problems(f"{home.file.read_text()}{A}{b}{TARGET}")
    assert problem == (
        "config.toml:16: watch.b: warning: b does the same as a for other targets; one watch can"
        ' notify them all: tell = ["phone", "lab"]'
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2020", "2021"),
        ('"browse"', '"browse"\nwith.searchstr = "a"'),
        ('"browse"', '"browse"\nkind = "gone"'),
        ('"phone"]', '"lab"]\nurgent = true'),
        ('"phone"]', '"lab"]\nevery = "6h"'),
        ('"phone"]', '"phone"]\ndisabled = true'),
        ('"phone"]', '"phone"]\nif = "seeders > 1"'),
    ],
)
def test_what_differs_is_none(home: Home, old: str, new: str) -> None:
    """Another question, another rule, another way to tell."""
    assert home.problems(f"{home.file.read_text()}{A}{B.replace(old, new)}{TARGET}") == []


def test_terms_that_come_to_the_same_are_named(home: Home) -> None:
    """The watches that one table makes are compared like any others."""
    lines = 'ask = "browse"\ntell = ["phone"]\neach = ["a", "b"]\nabout = "{each}"\nif = "year > 1"'
    (problem,) = home.watch(lines)
    assert problem.startswith("config.toml:12: watch.x: warning: x:b does the same as x:a; one")
