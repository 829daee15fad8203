"""The lines of keys."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.config.document.key_lines import Key, Lines, breaks_inline_table

DOCUMENT = """\
# [not.a.header]
title = "x # y = 1 [z]"   # note
"quoted key".'dotted \\' = 1

[watch.yeast]
ask = "browse"
with = { filter_cat = ["Sequences",
    "Images" ], searchstr = 'it''s' }
""".replace("'it''s'", '"it\'s { ["')

HARD = '''\
text = """
[watch.fake]
fake = 1 \\""" still text""\"""
after = 2
raw = \'\'\'
fake = "2" {\'\'\'\'
list = [
  1, # one, [
  { a = 1, b = [
     2 ] },

  "three",
]
[[plant]]
name = "a"
[plant.leaf]
size = 1
[[plant]]
name = "b"
leaf.size = 2
[ "od.d" . key ]
x = 1979-05-27 07:32:00
'''.replace('text""\\"""', 'text"""')


def test_finds_keys_of_all_spellings() -> None:
    """Comments, strings, quoted and dotted keys don't confuse it."""
    lines = Lines(DOCUMENT)
    assert lines.at == {
        ("title",): 2,
        ("quoted key",): 3,
        ("quoted key", "dotted \\"): 3,
        ("watch",): 5,
        ("watch", "yeast"): 5,
        ("watch", "yeast", "ask"): 6,
        ("watch", "yeast", "with"): 7,
        ("watch", "yeast", "with", "filter_cat"): 7,
        ("watch", "yeast", "with", "filter_cat", 0): 7,
        ("watch", "yeast", "with", "filter_cat", 1): 8,
        ("watch", "yeast", "with", "searchstr"): 8,
    }
    assert lines.headers == {("watch", "yeast")}


def test_survives_hard_documents() -> None:
    """Multi-line strings and lists, nested tables and arrays of tables are followed."""
    assert set(Lines(HARD).at) == set(keys(tomllib.loads(HARD)))
    at = Lines(HARD).at
    assert [at[key,] for key in ("text", "after", "raw", "list")] == [1, 4, 5, 7]
    assert [at["list", index] for index in range(3)] == [8, 9, 12]
    assert at["list", 1, "b", 0] == 10
    assert [at["plant", 0], at["plant", 0, "leaf", "size"]] == [14, 17]
    assert [at["plant", 1], at["plant", 1, "leaf", "size"]] == [18, 20]
    assert at["od.d", "key", "x"] == 22


def test_falls_back_to_the_table_around() -> None:
    """A key that is missing is looked for where it should stand."""
    lines = Lines(DOCUMENT)
    assert lines.find(("watch", "yeast", "match", "tags")) == 5
    assert lines.find(("nothing",)) is None


def test_counts_windows_lines() -> None:
    """Carriage returns change no line."""
    assert Lines(DOCUMENT.replace("\n", "\r\n")).at == Lines(DOCUMENT).at


@pytest.mark.parametrize(
    ("text", "line", "breaks"),
    [
        ("a = { b = 1,\n c = 2 }", 1, True),
        ("a = 1\nb = { # note {\n c = 2 }", 2, True),
        ("a = { b = [1,\n 2], c = 3\n}", 2, True),
        ("a = { b = 1, c 2 }\nd = 1", 1, False),
        ('a = "{"\nb = oops\nc = 1', 2, False),
        ("[a]\nb = [ { c = 1 },\n oops ]\n", 2, False),
    ],
)
def test_sees_a_break_in_an_inline_table(text: str, line: int, breaks: bool) -> None:  # noqa: FBT001 - a parameter
    """A line break between braces is told from other mistakes."""
    assert breaks_inline_table(text, line) is breaks


def keys(value: object, path: Key = ()) -> Iterator[Key]:
    """List every key path of a document."""
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in members:
        yield (*path, key)
        yield from keys(inner, (*path, key))


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=6)
BARE = st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True)
SPACE = st.sampled_from(["", " ", "\t"])
NEWLINES = st.sampled_from(["\n", "\n\n", ' # { [ "\n', "\n  # ''' x = 1\n"])


def basic(text: str) -> str:
    """Quote a text with escapes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def block(text: str) -> str:
    """Write a text over several lines, with quotes that don't end it."""
    return '"""\n' + text.replace("\\", "\\\\").replace('"', '""\\"') + '\n x = 1 [y]""' + '"""'


SCALARS = st.one_of(
    st.integers().map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.sampled_from(["1979-05-27 07:32:00Z", "1e3", "inf", "''", '""', "'''a\n'b'''", '""""a"""']),
    WORDS.map(basic),
    WORDS.map(block),
    WORDS.map(lambda text: "'" + text.replace("'", "") + "'"),
)


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write lists, on one line or on several."""
    joined = st.tuples(st.lists(values, max_size=3), NEWLINES, st.sampled_from(["", ","]))
    return joined.map(
        lambda parts: (
            "[" + parts[1] + ("," + parts[1]).join(parts[0]) + (parts[2] if parts[0] else "") + "]"
        )
    )


def inline(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write tables in braces."""
    pairs = st.dictionaries(BARE | WORDS.map(basic), values, max_size=3)
    return pairs.map(
        lambda table: "{ " + ", ".join(f"{key} = {value}" for key, value in table.items()) + " }"
    )


VALUES = st.recursive(SCALARS, lambda inner: lists(inner) | inline(inner), max_leaves=5)
DOTTED = st.lists(BARE | WORDS.map(basic), min_size=1, max_size=3).map(" . ".join)
LINES = st.one_of(
    st.tuples(DOTTED, SPACE, VALUES).map(lambda part: f"{part[0]}{part[1]}={part[1]}{part[2]}"),
    DOTTED.map("[{}]".format),
    DOTTED.map("[[{}]]".format),
)


@given(st.lists(st.tuples(LINES, NEWLINES), max_size=6))
def test_finds_what_tomllib_finds(parts: list[tuple[str, str]]) -> None:
    """In any document, each key is found, on the line where its statement begins or later in it."""
    text, starts = "", [1]
    for line, newlines in parts:
        try:
            tomllib.loads(text + line + newlines)
        except tomllib.TOMLDecodeError:
            continue
        text += line + newlines
        starts.append(text.count("\n") + 1)
    lines = Lines(text)
    assert set(lines.at) == set(keys(tomllib.loads(text)))
    assert {key[0] for key in lines.at} == {
        key[0] for key, line in lines.at.items() if len(key) == 1 and line in starts
    }


@given(
    st.lists(BARE, min_size=1, max_size=8, unique=True), st.lists(VALUES, min_size=8, max_size=8)
)
def test_finds_the_very_line(names: list[str], values: list[str]) -> None:
    """Whatever stands between, each key is found on the line where it is written."""
    text, expected = "", {}
    for name, value in zip(names, values, strict=False):
        text += "\n# a = 1\n"
        expected[name] = text.count("\n") + 1
        text += f"{name} = {value}\n"
    at = Lines(text).at
    assert {name: at[name,] for name in names} == expected
