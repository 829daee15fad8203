"""How PHP writes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from gazelled.testing.site import php


def test_json_is_as_php_writes_it() -> None:
    """Slashes and everything beyond ASCII are escaped, whole floats are ints."""
    told = php.encode({"a/b": ["é日", 2.0, 0.05, None, True, ()]})
    assert told == b'{"a\\/b":["\\u00e9\\u65e5",2,0.05,null,true,[]]}'


def test_entities() -> None:
    """Characters get names where there are names, and numbers elsewhere."""
    told = php.entities("\"d\" 's' & <a> — Ü 日")
    assert told == "&quot;d&quot; &#39;s&#39; &amp; &lt;a&gt; &mdash; &Uuml; &#26085;"


@pytest.mark.parametrize(
    ("bbcode", "expected"),
    [
        ("plain & <b>", "<p>plain &amp; &lt;b&gt;</p>"),
        ("", ""),
        ("[b]x[/b] 'y'\nz", "<strong>x</strong> &#39;y&#39;<br />\nz"),
        ("[i]x[/i]", '<span style="font-style: italic;">x</span>'),
    ],
)
def test_render(bbcode: str, expected: str) -> None:
    """BBCode becomes HTML."""
    assert php.render(bbcode) == expected


@pytest.mark.parametrize(("text", "expected"), [("7", 7), ("-1", -1), ("2x", 2), ("abc", 0)])
def test_to_int(text: str, expected: int) -> None:
    """A cast takes the digits at the beginning."""
    assert php.to_int(text) == expected


def test_times_are_told_in_utc() -> None:
    """Times have no zone and mean UTC."""
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert php.when(moment) == "2025-12-31 23:30:00"
    assert php.http_date(moment) == "Wed, 31 Dec 2025 23:30:00 GMT"
