"""What plugins add to rules: fields and functions, with their types, where they are unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gazelled.fields import (
    COUNT,
    FLAG,
    NUMBER,
    SIZE,
    TAGS,
    TEXT,
    TEXTS,
    WORDS,
    FieldType,
)
from gazelled.model import Item, Value
from gazelled.rules import (
    NO_EXTENSIONS,
    CompileContext,
    Extensions,
    MatchField,
    Rule,
    RuleFunction,
    parse_expression,
    parse_match,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAST = Item(
    id="63",
    kind="torrent",
    title="S288C reads",
    tags=("yeast",),
    size=2048,
    fields={"license": "CC0", "accessions": ("SRR1", "SRR2"), "rank": 3},
)
RANKS = {"yeast": "Fungi", "human": "Animalia"}


def under(taxon: str, group: str) -> bool | None:
    """Return whether a taxon belongs to a group; None for a taxon that nobody knows."""
    return RANKS[taxon] == group if taxon in RANKS else None


def first(tags: tuple[str, ...]) -> str:
    """Return the first of some tags."""
    return tags[0]


def halved(size: float) -> float:
    """Return the half of a size."""
    return size / 2


FUNCTIONS = {
    function.name: function
    for function in (
        RuleFunction("under", under, (TEXT, TEXT), FLAG, 'under("yeast", "Fungi")'),
        RuleFunction("first", first, (TAGS,), TEXT, "first(…)"),
        RuleFunction("halved", halved, (SIZE,), SIZE, "halved(size)"),
    )
}
FIELDS: dict[str, FieldType] = {
    "license": TEXT,
    "summary": WORDS,
    "tags": TAGS,
    "size": SIZE,
    "accessions": TEXTS,
    "rank": COUNT,
}
CONTEXT = CompileContext(FIELDS, functions=FUNCTIONS)


def expression(text: str) -> Rule:
    """Read an expression that has no mistake."""
    rule, problems = parse_expression(text, CONTEXT)
    assert problems == []
    return rule


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('under(first(tags), "Fungi")', True),
        ('under(first(tags), "Animalia")', False),
        ('not under(first(tags), "Animalia")', True),
        ('under("martian", first(tags))', None),
        ('not under("martian", first(tags))', None),
        ("under(license, summary)", None),
        ('known(under(first(tags), "Fungi"))', True),
        ('known(under("martian", first(tags)))', False),
        ('halved(size) == "1 KiB"', True),
        ('halved(size) + "1 KiB" < size', False),
        ('first(tags) in ["yeast", "human"]', True),
        ("len(first(tags)) == 5", True),
    ],
)
def test_a_function_is_three_valued(text: str, holds: bool | None) -> None:  # noqa: FBT001 - a case
    """A function is called only where its arguments are known, and None is unknown."""
    assert expression(text).holds(YEAST, NOW) is holds


def test_a_size_is_written_as_everywhere() -> None:
    """A text stands for a size where a function takes one."""
    rule = expression('halved("4 KiB") == size')
    assert rule.holds(YEAST, NOW) is True


def test_why_shows_the_fields_that_a_function_looked_at() -> None:
    """A condition with a function is quoted, with what the item has."""
    (clause,) = expression('under(first(tags), "Animalia")').decide(YEAST, NOW).clauses
    assert clause.text == 'under(first(tags), "Animalia") isn\'t so: tags yeast'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("under(license)", 'column 1: write under("yeast", "Fungi")'),
        ("first(license) == 'a'", "column 7: license is a text, and first() takes a list of"),
        ("halved(license) == 3", "column 8: license is a text, and halved() takes a size"),
        ("halved('4 elephants') == size", "column 8: "),
        ("first(tags)", "column 1: first(tags) is a text; compare it with something"),
        ("under == 3", 'column 1: under is a function; write under("yeast", "Fungi")'),
        ("first() == 'a'", "column 1: write first(…)"),
        ("undr(license, 'a')", 'column 1: unknown function "undr"; did you mean "under"?'),
        ("under(license, group='a')", 'column 1: write under("yeast", "Fungi")'),
    ],
)
def test_wrong_uses_are_found_with_their_position(text: str, problem: str) -> None:
    """A wrong use of a plugin's function is found when the config is read."""
    rule, problems = parse_expression(text, CONTEXT)
    assert rule == Rule()
    assert [found[: len(problem)] for found in problems] == [problem]


def test_an_added_field_is_matched_as_any_other() -> None:
    """The declared type decides how `match` reads a field, and which values are unknown."""
    rule, mistakes = parse_match({"accessions": ["srr2"], "rank": {"max": 3}}, CONTEXT)
    assert mistakes == []
    assert rule.holds(YEAST, NOW) is True
    bare = Item(id="1", kind="torrent", title="x", fields={"rank": "3"})
    assert rule.holds(bare, NOW) is None


def test_computed_fields_are_added_to_an_item() -> None:
    """Only fields with a function are computed; without any the item is left as it is."""

    def initial(item: Item) -> Value:
        return item.title[:1]

    computed = MatchField("initial", TEXT, compute=initial)
    extensions = Extensions({"initial": computed, "rank": MatchField("rank", COUNT)})
    assert extensions.with_computed(YEAST).fields == {**YEAST.fields, "initial": "S"}
    assert extensions.requested.keys() == {"rank"}
    assert NO_EXTENSIONS.with_computed(YEAST) is YEAST


@pytest.mark.parametrize(
    ("type_", "value", "checked"),
    [
        (TEXT, "CC0", "CC0"),
        (TEXT, "", None),
        (TEXT, None, None),
        (TEXTS, ["a", "b"], ("a", "b")),
        (TEXTS, (), ()),
        (FLAG, False, False),
        (COUNT, 0, 0),
        (NUMBER, -0.5, -0.5),
        (SIZE, 3.0, 3.0),
    ],
)
def test_values_of_plugins_are_checked(type_: FieldType, value: object, checked: Value) -> None:
    """A value of the declared type is taken as items hold it."""
    assert type_.checked(value) == checked


@pytest.mark.parametrize(
    ("type_", "value", "problem"),
    [
        (TEXT, 3, "expected a text, not 3"),
        (TEXT, "x" * 100_001, "expected a text, not a str of 100,001"),
        (TEXTS, "a", "expected a list of texts, not a str of 1"),
        (TEXTS, ["a", 3], "expected a list of texts, not a list of 2"),
        (TEXTS, [""], "expected a list of texts, not a list of 1"),
        (TEXTS, ["a"] * 1_001, "expected a list of texts, not a list of 1,001"),
        (FLAG, 1, "expected true or false, not 1"),
        (COUNT, True, "expected a number, not True"),
        (COUNT, -1, "expected a number, not -1"),
        (NUMBER, float("nan"), "expected a number, not nan"),
        (SIZE, 2.0**64, "expected a size, not 1.8446744073709552e+19"),
        (TEXT, object(), "expected a text, not object"),
    ],
)
def test_wrong_values_of_plugins_are_refused(type_: FieldType, value: object, problem: str) -> None:
    """A value of another type is refused, and the error shows no text of it."""
    with pytest.raises(ValueError, match="expected ") as caught:
        type_.checked(value)
    assert str(caught.value) == problem
