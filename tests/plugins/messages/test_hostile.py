"""Whatever a title holds, a message shows it and is no more than that."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable

import pytest
from tests.plugins.messages.readers import Page, markdown_tokens

from gazelled.plugin import Context, Event, sample_events
from gazelled_plugins.messages import (
    CHAT,
    DISCORD,
    FORMATS,
    HTML,
    JSON,
    MARKDOWN,
    MATRIX,
    PLAIN,
    SLACK,
    TELEGRAM,
    Format,
    Limits,
    Templates,
    compose,
)

HOSTILE = {
    "long": "S288C " * 1700,
    "right to left": "\u202egnp.exe\u202c \u200f\u200e\u061c\u2067x\u2069",
    "only marks": "\u200f" * 10_000,
    "masked link": "[S288C](javascript:alert(1)) [x](https://evil.example) <https://evil.example|x>",
    "image": "![x](https://evil.example/x.png) <img src=x>",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>\"><b>'onmouseover=x",
    "mentions": "@everyone @here <@123456789012345678> <!channel> @room @channel <@U012> @all",
    "lone surrogate": "a\ud800b\udfffc",
    "controls": "a\x00b\x07c\x1b[31m\x9b31m",
    "markup": "*bold* _it_ ~~gone~~ `code` ||spoiler|| __under__ ***both***",
    "blocks": "# head\n> quote\n- list\n1. one\n2) two\n===\n---\n\tcode\n    code\n| a |\n```\nx",
    "escapes": "\\*not bold\\* \\\\ \\[x\\](y) \\",
    "entities": "&lt;b&gt; &#x202e; &amp;amp; &colon; <b",
    "noncharacters": "\ufdd0<b>**\ufdd1 \ufffe \uffff",
    "accents": "e" + "\u0301" * 10_000,
    "template": "{{ 1 + 1 }} {% if x %}",
}
NOT_SHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef\ufffe\uffff]"
)
SITE = "https://biotorrents.de"
TAGS = {
    MATRIX.name: {"strong", "a", "br", "code"},
    TELEGRAM.name: {"b", "a", "code"},
    HTML.name: {"strong", "a", "br", "code"},
}


def hostile_event(text: str, kind: str = "new") -> Event:
    """Return an event each of whose texts is one that would be something else."""
    event = next(event for event in sample_events() if event.kind == kind)
    fields = {**event.item.fields, "lab": text, "format": text}
    item = dataclasses.replace(event.item, title=text, summary=text, tags=(text,), fields=fields)
    bad = dataclasses.replace(event, title=text, text=text, watch=text, also=(text,), items=(item,))
    digest = next(event for event in sample_events() if event.events)
    return bad if not event.events else dataclasses.replace(digest, title=text, events=(bad,) * 3)


def is_clean(text: str) -> bool:
    """Return whether a text holds nothing that isn't shown, and can be sent."""
    text.encode()
    return not NOT_SHOWN.search(text)


@pytest.mark.parametrize("kind", ["new", "notice", "report", "digest"])
@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_only_text(context: Context, text: str, form: Format, kind: str) -> None:
    """It is shortened, clean, mentions nobody and adds no markup; every link is the tracker's."""
    event = hostile_event(text, kind)
    for limits in (Limits(2000, title=0), Limits(300, title=100), Limits()):
        message = compose(event, Templates(), context, form, limits, html=True)
        assert is_clean(message.title + message.body + message.html)
        assert message.body
        if limits.body:
            assert len(message.body) <= limits.body
        assert len(message.title) <= limits.title
        assert not (form.mentions and re.search("@[a-z]", message.title))
        CHECKS[form.grammar](message.body, form)
        assert set(Page(message.html).addresses) <= {f"{SITE}/torrents.php?id=63", f"{SITE}/"}


def check_plain(body: str, form: Format) -> None:
    """Check a body without markup."""
    if form is JSON:
        json.loads(f'"{body}"')
    if form is CHAT:
        assert not re.search(r"@[a-z]", body)


def check_html(body: str, form: Format) -> None:
    """Check a body in HTML."""
    page = Page(body)
    assert set(page.tags) <= TAGS[form.name]
    assert all(address.startswith(SITE) for address in page.addresses)
    if form is not HTML:
        assert not re.search(r"@[a-z]", body)


def check_markdown(body: str, form: Format) -> None:
    """Check a body in a Markdown."""
    assert not re.search(r"@[a-z]", body)
    if form is SLACK:
        tags = re.findall(r"<([^<>]*)>", body)
        assert all(tag.startswith(SITE) for tag in tags)
        assert body.count("<") == body.count(">") == len(tags)
        return
    tokens = markdown_tokens(body)
    kinds = {token.type for token in tokens}
    allowed = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak"}
    allowed |= {"strong_open", "strong_close", "link_open", "link_close", "code_inline"}
    assert kinds <= allowed, kinds - allowed
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    assert all(str(link).startswith(SITE) for link in links)


CHECKS: dict[str, Callable[[str, Format], None]] = {
    "plain": check_plain,
    "html": check_html,
    "markdown": check_markdown,
    "json": check_plain,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_users_template_is_safe_as_it_is_written(
    context: Context, templates: Callable[..., Templates], form: Format, text: str
) -> None:
    """Values escape by themselves, also through macros, blocks, filters and sums of texts."""
    bold = form.bold
    source = (
        "{% macro name(x) %}" + bold[0] + "{{ x }}" + bold[1] + "{% endmacro %}"
        "{{ name(item.title) }} {% set t %}{{ item.title }}{% endset %}{{ t }} "
        "{{ item.title | upper | e | safe }} {{ 'a ' ~ item.title }} {{ item | link }} "
        "{{ items | map(attribute='title') | join(', ') }} {{ [item.title] }} "
        "{{ item.title | shorten(20) | bold }} {{ item.title | code }}"
    )
    own = templates(
        body=source, html="<p>{{ item.title }}</p>" + '<a href="{{ item.title }}">x</a>'
    )
    message = compose(hostile_event(text), own, context, form, Limits(), html=True)
    assert is_clean(message.body + message.html)
    assert "template_failed" not in message.body
    if form is not PLAIN and form.grammar == "html":
        check_html(message.body, form)
    if form in {DISCORD, MARKDOWN} and "\n" not in text:
        check_markdown(message.body, form)
    assert Page(message.html).addresses == ["#" if text.strip("\u200f") else ""]


def test_a_markdown_template_cannot_be_left_by_an_address(
    context: Context, templates: Callable[..., Templates]
) -> None:
    """What stands where an address is expected is one, or nothing."""
    event = hostile_event("x) [y](https://evil.example")
    own = templates(
        body="[a]({{ item.title }}) [b](https://a.example/?q={{ item.title }}) [c]({{ item.url }})"
    )
    body = compose(event, own, context, MARKDOWN).body
    links = [str(one.attrs["href"]) for one in markdown_tokens(body) if one.type == "link_open"]
    assert links == [
        "#",
        "https://a.example/?q=x%29%20%5By%5D%28https%3A%2F%2Fevil.example",
        f"{SITE}/torrents.php?id=63",
    ]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", ""]
)
def test_an_address_is_a_web_page_or_nothing(context: Context, url: str) -> None:
    """Only http and https are links."""
    event = next(event for event in sample_events() if event.kind == "new")
    bad = dataclasses.replace(event, items=(dataclasses.replace(event.item, url=url),))
    for form in FORMATS.values():
        message = compose(bad, Templates(), context, form, Limits(title=0), html=True)
        assert "script:" not in message.body + message.html
        assert "href" not in message.body + message.html


@pytest.mark.parametrize(
    "form", [MARKDOWN, DISCORD, MATRIX, TELEGRAM, HTML], ids=lambda one: one.name
)
@pytest.mark.parametrize("name", ["markup", "escapes", "entities", "masked link", "script"])
def test_a_reader_sees_the_title_as_it_is(form: Format, name: str) -> None:
    """Escaping is undone by the reader's program, sign for sign."""
    if form is DISCORD and name == "entities":
        pytest.skip("Discord reads no entities, the parser of these tests does")
    text = " ".join(HOSTILE[name].split())
    written = form.escape(text)
    if form.grammar == "html":
        shown = Page(written).text
    else:
        shown = "".join(one.content for one in markdown_tokens(written) if one.type == "text")
    assert shown.replace("\u200b", "") == text
