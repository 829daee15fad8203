"""Markup and entities are taken out of whatever was written."""

from __future__ import annotations

import pytest

from gazelled.markup import decode_entities, shown, without_bbcode, without_tags


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[b]bold[/b] [url=https://x.example/?a=1]there[/url] [*]one", "bold there one"),
        ("[quote=me]x[/quote] [1] [not closed [b", "x [1] [not closed [b"),
        ("[b=[b=[b]", "[b=[b="),
    ],
)
def test_bbcode_goes(text: str, plain: str) -> None:
    """What is a tag goes; brackets that are none stay."""
    assert without_bbcode(text) == plain


def test_tags_go() -> None:
    """What is a tag goes; a sign that begins none stays."""
    assert without_tags('a < b <i class="x">c</i>') == "a < b c"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<title>No</title><script>x < y</script ><p>Go\naway&nbsp;&lt;3", "No Go away <3"),
        ("<title>No</title><!-- <b>x</b> -->here<style>p{}", "No here"),
        ("<title>x</title>" + "<!--" * 4900, "x"),
        ("<title>x</title>" + "<script" * 4900, "x"),
    ],
)
def test_a_page_is_its_words(page: str, words: str) -> None:
    """Scripts, styles and comments aren't shown; what isn't closed reaches to the end."""
    assert shown(page) == words


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a &amp; b &lt;3 &eacute;", "a & b <3 é"),
        (f"x &#{'9' * 5000}; &amp;", "x \ufffd &"),
        (f"x &#x{'f' * 5000}; &amp;", "x \ufffd &"),
        ("&#x202e;evil&#8294;", "\ufffdevil\ufffd"),
        ("AT&T", "AT&T"),
    ],
)
def test_entities_are_decoded(text: str, plain: str) -> None:
    """A number of any length is only a sign, and none brings in what turns the text around."""
    assert decode_entities(text) == plain
