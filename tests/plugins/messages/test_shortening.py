"""What is too long is cut visibly, at the service's limit, and what is left is well-formed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.messages.readers import Page, markdown_tokens

from gazelled_plugins.messages import (
    DISCORD,
    HTML,
    JSON,
    MARKDOWN,
    PLAIN,
    SLACK,
    TELEGRAM,
    Format,
    Limits,
    harmless,
    in_bytes,
    in_utf16,
)
from gazelled_plugins.messages.shortening import fitted
from gazelled_plugins.messages.texts import Measure, head, shortened

MEASURES = st.sampled_from([len, in_bytes, in_utf16])
URL = "https://biotorrents.de/torrents.php?id=63"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40).map(harmless)
WORDS = TEXTS | st.sampled_from(
    ["a*b_c", "<b>", "&amp;", "[x](y)", "`code`", "\\", "👩‍👩‍👧", "é" * 9]
)


def pieces(form: Format) -> st.SearchStrategy[str]:
    """Return texts of a format, as the default message and templates make them."""
    inline = st.one_of(
        WORDS.map(form.escape),
        WORDS.map(form.strong),
        WORDS.map(form.command),
        WORDS.map(lambda text: form.linked(text or "x", URL)),
        WORDS.map(lambda text: form.linked(text or "x", URL, strong=True)),
        st.just(form.line_break),
    )
    return st.lists(inline, min_size=1, max_size=30).map(" ".join)


@given(data=st.data(), form=st.sampled_from([HTML, TELEGRAM]), most=st.integers(3, 400))
def test_html_stays_well_formed(data: st.DataObject, form: Format, most: int) -> None:
    """Elements are closed in order, and what is left begins as the whole text did."""
    measure: Measure = data.draw(MEASURES)
    text = data.draw(pieces(form))
    cut = fitted(text, Limits(most, measure=measure), form)
    assert measure(cut) <= most
    whole, left = Page(text).text, Page(cut).text
    if cut == text:
        return
    assert left.endswith("…")
    assert "".join(whole.split()).startswith("".join(left[:-1].split()))


@given(data=st.data(), form=st.sampled_from([MARKDOWN, DISCORD]), most=st.integers(3, 400))
def test_markdown_stays_well_formed(data: st.DataObject, form: Format, most: int) -> None:
    """No escape, link or code is torn apart; bold text ends where it was cut."""
    measure: Measure = data.draw(MEASURES)
    text = data.draw(pieces(form))
    cut = fitted(text, Limits(most, measure=measure), form)
    assert measure(cut) <= most
    if cut == text:
        return
    assert cut.endswith("…")
    before, after = visible(text), visible(cut[:-1])
    assert before.startswith(after.rstrip("*_`"))
    links = [token for token in markdown_tokens(cut) if token.type == "link_open"]
    assert all(token.attrs["href"] == URL for token in links)


def visible(text: str) -> str:
    """Return the text that a reader of Markdown sees, without spaces."""
    shown = (
        token.content for token in markdown_tokens(text) if token.type in {"text", "code_inline"}
    )
    return "".join("".join(shown).split())


@given(data=st.data(), most=st.integers(3, 400))
def test_slack_and_json_stay_well_formed(data: st.DataObject, most: int) -> None:
    """Neither an entity nor a link of Slack's, nor an escape of JSON, is torn apart."""
    cut = fitted(data.draw(pieces(SLACK)), Limits(most), SLACK)
    assert cut.count("<") == cut.count(">")
    assert not cut.rstrip("…").endswith(("&", "&a", "&l", "&g", "&am", "&lt", "&gt", "&amp"))
    text = "".join(data.draw(st.lists(WORDS)))
    assert json.loads(f'"{fitted(JSON.escape(text), Limits(most), JSON)}"').startswith(text[:0])


@given(text=st.text(st.characters(codec="utf-8")), most=st.integers(0, 60))
def test_a_plain_text_is_cut_between_characters(text: str, most: int) -> None:
    """It is never longer than the limit, whatever that counts, and begins as the text did."""
    for measure in (len, in_bytes, in_utf16):
        cut = shortened(text, most, measure)
        assert measure(cut) <= most
        assert cut == text or text.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "most", "left"),
    [
        ("ab👩‍👩‍👧cd", 4, "ab"),
        ("abe\u0301cd", 3, "ab"),
        ("a🇩🇪🇫🇷", 4, "a🇩🇪"),
        ("a👍🏽b", 2, "a"),
        ("ae\u0301", 3, "ae\u0301"),
        ("word word", 5, "word"),
    ],
)
def test_what_people_see_as_one_character_is_not_torn(text: str, most: int, left: str) -> None:
    """Accents, families, flags and colours of skin stay with what they belong to."""
    assert head(text, most) == left


def test_a_character_without_end_is_torn() -> None:
    """A thousand accents on one letter don't empty a message."""
    assert len(head("e" + "\u0301" * 1000, 500)) == 500


@pytest.mark.parametrize("form", [PLAIN, HTML, MARKDOWN, DISCORD, SLACK], ids=lambda one: one.name)
def test_the_whole_text_is_linked(form: Format) -> None:
    """Whoever sees the cut sees where to read on."""
    cut = fitted(form.escape("word " * 1000), Limits(500), form, URL)
    assert len(cut) <= 500
    assert "…" in cut
    assert URL in cut
    assert "Shortened" in cut


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("**bold text that goes on**", "**bold t**…"),
        ("a `code that goes on and on`", "a `code t`…"),
        ("```\ncode that goes on and on\n```", "```\nco\n```…"),
        ("a * b * c and on and on", "a * b * c…"),
        ("snake_case_is_no_mark at all", "snake_case…"),
        (r"a\*b\*c\*d\*e\*f", r"a\*b\*c\*d…"),
    ],
)
def test_open_marks_are_closed(text: str, cut: str) -> None:
    """Only what began bold text or code is closed."""
    assert fitted(text, Limits(11), MARKDOWN) == cut
