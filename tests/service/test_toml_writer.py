"""Watches as TOML: the same when it is read again, and as people write it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.config.document.toml_writer import written

_TEXTS = st.text(max_size=30)
_VALUES = st.recursive(
    _TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.dates() | st.floats(0, 1e9),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(_TEXTS, st.dictionaries(st.sampled_from(("match", "with", "if")) | _TEXTS, _VALUES))
def test_what_is_written_is_read_as_it_was(name: str, table: dict[str, object]) -> None:
    """Whatever the keys and values are."""
    assert tomllib.loads(written(name, table)) == {"watch": {name: table}}


def test_what_is_long_goes_over_several_lines() -> None:
    """An inline table can't, so that its keys get dots."""
    terms = [f"strain number {number}" for number in range(8)]
    table = {"each": terms, "with": {"searchstr": "yeast" * 18, "year": 2020}}
    assert written("yeast:S-pombe", table).splitlines() == [
        '[watch."yeast:S-pombe"]',
        "each = [",
        *(f'    "{term}",' for term in terms),
        "]",
        f'with.searchstr = "{"yeast" * 18}"',
        "with.year = 2020",
    ]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (r"\bS288C", r"a = '\bS288C'"),
        ('"x" in title', "a = '\"x\" in title'"),
        ("it's", 'a = "it\'s"'),
        ('it\'s a "b"', r"""a = "it's a \"b\"" """.rstrip()),
        ("1\n2", r'a = "1\n2"'),
    ],
)
def test_texts_stand_in_the_quotes_that_leave_them_alone(value: str, line: str) -> None:
    """As far as there are such."""
    assert written("quoted", {"a": value}).splitlines()[1:] == [line]
