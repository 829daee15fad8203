"""Entities that were encoded once, and twice."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.markup import decode_entities


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("R&amp;D", "R&D"),
        ("&quot;x&quot; &mdash; &#26085;", '"x" — 日'),
        ("R&amp;amp;D", "R&D"),
        ("&amp;quot;x&amp;quot; &amp;#39;y&amp;#x27;", "\"x\" 'y'"),
        ("R&amp;D and &amp;amp;", "R&D and &amp;"),
        ("&lt;b&gt; is written &amp;lt;b&amp;gt;", "<b> is written &lt;b&gt;"),
        ("<b>&amp;amp;</b>", "<b>&amp;</b>"),
        ("&amp;amp;amp;", "&amp;"),
        ("a &amp; b", "a & b"),
        ("AT&T", "AT&T"),
    ],
)
def test_as_often_as_they_were_encoded(text: str, decoded: str) -> None:
    """A text is decoded twice only where every `&` in it was encoded twice."""
    assert decode_entities(text) == decoded


@given(st.text("ab&<>\"' ;#39", max_size=30))
def test_what_was_encoded_is_decoded(text: str) -> None:
    """Encoding once or twice makes no difference, unless the text itself speaks of entities."""
    if "&" in text and ";" in text:
        return
    assert decode_entities(escape(text)) == text
    assert decode_entities(escape(escape(text))) == text


def test_what_entities_stand_for_is_cleaned() -> None:
    """What came as plain ASCII may stand for what no text may hold."""
    assert decode_entities("a &lt;b&gt; &#x202e;c&#xD800;&#65534;") == "a <b> \ufffdc\ufffd"
