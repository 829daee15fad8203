"""Foreign JSON is taken in within bounds and clean, or as Broken; nothing else comes of it."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime

import pytest
from yarl import URL

from gazelled.errors import BadAnswer
from gazelled.markup import REPLACEMENT
from gazelled.tracker.answers.classification import Consequence, HttpReply, classify
from gazelled.tracker.decoding.payload import (
    LONGEST_TEXT,
    clean_text,
    read_json,
    read_text,
    sanitize,
)

UNSAFE = [
    *(chr(code) for code in range(0x20) if chr(code) not in "\t\n\r"),
    *(chr(code) for code in range(0x7F, 0xA0)),
    *(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    *("\ud800", "\udbff", "\udc00", "\udfff", "\ufffe", "\uffff"),
]
ASKED = URL("https://tracker.example/ajax.php?action=browse")


def read(text: str) -> object:
    """Decode a whole text."""
    payload, end = read_json(text)
    assert end == len(text)
    return payload


@pytest.mark.parametrize("sign", UNSAFE, ids=ascii)
@pytest.mark.parametrize("upper", [False, True])
def test_unsafe_characters(sign: str, *, upper: bool) -> None:
    """What a terminal, a file or XML can't bear is replaced, raw or escaped, in keys as well."""
    escape = f"\\u{ord(sign):04X}" if upper else f"\\u{ord(sign):04x}"
    spellings = [json.dumps(f"a{sign}b"), f'"a{escape}b"']
    if sign >= " " and not "\ud800" <= sign <= "\udfff":
        spellings.append(f'"a{sign}b"')
    for spelling in spellings:
        expected = f"a{REPLACEMENT}b"
        assert read(spelling) == expected
        assert read(f'{{"x":[{spelling}],{spelling}:1}}') == {"x": [expected], expected: 1}
    assert sanitize([f"a{sign}b"]) == [f"a{REPLACEMENT}b"]
    assert clean_text(f"{sign}\n") == f"{REPLACEMENT}\n"


def test_no_code_point_gets_through() -> None:
    """Of all characters, whatever the form, those remain that are safe."""
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        expected = REPLACEMENT if sign in UNSAFE or 0xD800 <= code <= 0xDFFF else sign
        assert clean_text(sign) == expected, hex(code)
    step = [chr(code) for code in range(0, sys.maxunicode + 1, 7)]
    text = json.dumps("x".join(step))
    assert read(text) == "x".join(map(clean_text, step))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "�"),
        (r'"\ude00\ud83d"', "��"),
        (r'"\\ud83d\ude00"', r"\ud83d" + "�"),
        (r'"\\\ud83d\ude00"', "\\😀"),
        (r'"\ud83d\\ude00"', r"�" + r"\ude00"),
        (r'"\ud83d\ud83d\ude00"', "�😀"),
        (r'"tab\tline\r\n\u0009\u000a"', "tab\tline\r\n\t\n"),
        (r'"\b\f\/"', "��/"),
        ('"日本 é \u200f"', "日本 é \u200f"),
    ],
)
def test_halves_of_pairs(written: str, read_as: str) -> None:
    """Half a pair becomes a mark of replacement, a whole one a character, whatever is around."""
    assert read(written) == read_as
    assert read(f'["{"é" * 9}",{written}]') == ["é" * 9, read_as]


@pytest.mark.parametrize(
    "number",
    [
        "1" + "0" * 400,
        "9" * 5_000,
        "-" + "9" * 25,
        str(2**63),
        "1e300",
        "1e999",
        "NaN",
        "-Infinity",
    ],
)
def test_numbers_out_of_range(number: str) -> None:
    """A number that nothing can be counted by is unknown, and all beside it stays."""
    payload = read(f'{{"size":{number},"seeders":3,"ratio":1.5,"most":{2**63 - 1}}}')
    assert payload == {"size": None, "seeders": 3, "ratio": 1.5, "most": 2**63 - 1}


def test_six_million_digits() -> None:
    """A number of any length costs no more than reading it."""
    assert read(f'{{"results":[],"pages":{"9" * 6_000_000}}}') == {"results": [], "pages": None}


@pytest.mark.parametrize("levels", [51, 900, 5_000, 100_000])
def test_depth(levels: int) -> None:
    """An answer that is too deep says so, also in the words of the log."""
    body = b'{"status":"success","response":' + b"[" * levels + b"]" * levels + b"}"
    with pytest.raises(BadAnswer, match="nested more than 50 levels deep"):
        read(body.decode())
    verdict = classify(HttpReply(200, body, datetime(2026, 3, 2, tzinfo=UTC)), ASKED)
    assert verdict.consequence is Consequence.BROKEN
    assert verdict.text == "The answer is nested more than 50 levels deep."


def test_depth_behind_a_long_number() -> None:
    """Two troubles of one answer end as the same failure."""
    with pytest.raises(BadAnswer, match="nested more than 50 levels deep"):
        read(f"[{'9' * 5_000},{'[' * 5_000}{']' * 5_000}]")


def test_many_values() -> None:
    """An answer of a million values says so."""
    with pytest.raises(BadAnswer, match="larger than any real one"):
        read(f"[{','.join(['{}'] * 600_000)}]")


def test_long_texts() -> None:
    """A text of megabytes is cut, but not one that is a list of files."""
    long = "B" * 3_000_000
    payload = read(json.dumps({"groupName": long, "fileList": long + "\x1b"}))
    assert isinstance(payload, dict)
    assert payload["groupName"] == "B" * (LONGEST_TEXT - 1) + "…"
    assert payload["fileList"] == long + REPLACEMENT


def test_what_follows() -> None:
    """What follows the value is left to whoever knows what it may be, but in a text it is wrong."""
    assert read_json('{"a":1}<html>') == ({"a": 1}, 7)
    assert read_text(" [1]\n") == [1]
    with pytest.raises(BadAnswer, match="isn't JSON"):
        read_text("[1]x")


def test_words_of_the_tracker_are_clean() -> None:
    """What it says of a refusal, or on a page, may end on a terminal."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    failure = b'{"status":"failure","error":"\\ud800\\u001b[31mred"}'
    assert classify(HttpReply(200, failure, at), ASKED).text == "��[31mred"
    page = "<title>\x1b]0;pwn\x07</title>down\u202e".encode()
    assert classify(HttpReply(502, page, at), ASKED).text == "502 Bad Gateway"
    assert "\x1b" not in classify(HttpReply(403, page, at), ASKED).text


def test_clean_is_clean() -> None:
    """What was cleaned once isn't changed by cleaning it again, and can be written."""
    chance = random.Random(7)  # noqa: S311 - no secret
    signs = [*UNSAFE, "a", "é", "😀", "\\", '"', "\n"]
    for _ in range(2_000):
        payload = {
            "".join(chance.choices(signs, k=5)): ["".join(chance.choices(signs, k=9)), 10**30]
        }
        for ascii_only in (True, False):
            text = json.dumps(payload, ensure_ascii=ascii_only)
            found = read(text)
            assert found == sanitize(found) == sanitize(payload)
            json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
