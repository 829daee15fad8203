"""Messages: the default words, and the user's templates."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.plugin import Context, Event, EventKind, OptionFaults, sample_events
from gazelled_plugins.messages import (
    DISCORD,
    FORMATS,
    MARKDOWN,
    MATRIX,
    PLAIN,
    SLACK,
    TELEGRAM,
    Format,
    Limits,
    Templates,
    check_with_samples,
    compose,
)

SITE = "https://biotorrents.de"


def sample(kind: str) -> Event:
    """Return the sample of a kind of event."""
    return next(event for event in sample_events() if event.kind == kind)


def test_there_is_a_sample_of_every_kind() -> None:
    """The samples are complete, and their digest holds events of several watches."""
    samples = sample_events()
    assert [event.kind for event in samples] == list(EventKind)
    assert len({event.watch for event in samples[-1].events}) > 2
    assert len({event.key for event in samples}) == len(samples)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("event", sample_events(), ids=[event.kind for event in sample_events()])
def test_every_kind_has_a_message_in_every_format(
    context: Context, event: Event, form: Format
) -> None:
    """The most important comes first: what happened."""
    message = compose(event, Templates(), context, form, Limits(body=4000, title=0), html=True)
    first = re.sub(r"\W", "", message.body.splitlines()[0])
    title = event.title if event.kind is not EventKind.NEW else event.item.title
    assert re.sub(r"\W", "", title)[:20] in re.sub(r"\\u2192|strong|a?href\W*", "", first)
    assert event.title[:20] in message.html


def test_the_default_for_a_phone_is_short(context: Context) -> None:
    """Who looks at a lock screen sees what, how large, from where, and the address."""
    message = compose(sample("new"), Templates(), context)
    assert message.title == "New: Saccharomyces cerevisiae S288C reads"
    assert message.body.splitlines() == [
        "7.1 GiB FASTQ · Illumina HiSeq · CC0 · 3 seeders",
        "3 GiB BAM · Illumina HiSeq · CC0 · 3 seeders",
        "Sanger Institute · NC_001133.9",
        "https://biotorrents.de/torrents.php?id=63",
        "yeast and sanger · why: gazelled why yeast:new:63",
    ]


def test_in_a_chat_the_headline_is_the_link(context: Context) -> None:
    """One link, and no bare address that the service would show as a preview."""
    message = compose(sample("change"), Templates(), context, DISCORD, Limits(2000, title=0))
    assert message.title == ""
    first, *rest = message.body.splitlines()
    assert first == (
        "**[Changed: Saccharomyces cerevisiae S288C reads]"
        "(<https://biotorrents.de/torrents.php?id=63>)**"
    )
    assert rest == [
        "seeders 3 → 1",
        "license unknown → CC0",
        "rare · why: `gazelled why rare:change:63`",
    ]


def test_a_digest_is_grouped_by_watch(context: Context) -> None:
    """Each watch once, with its events below it."""
    lines = compose(sample("digest"), Templates(), context).body.splitlines()
    groups = [line for line in lines if not line.startswith((" ", "•"))]
    assert groups == ["gazelled (1)", "rescue (2)", "ecoli (1)", "rare (1)", "yeast (1)"]
    assert lines[4].startswith("• Saccharomyces cerevisiae S288C reads: 1 seeder · 7.1 GiB FASTQ")
    assert lines[5] == "  https://biotorrents.de/torrents.php?id=63"
    assert "also sanger" in lines[-2]


def test_a_template_of_a_kind_takes_precedence(
    context: Context, templates: Callable[..., Templates]
) -> None:
    """What a kind doesn't have comes from the general templates, and what these lack is default."""
    own = templates(
        title="{{ site_name }}",
        change={"body": "{% for c in event.changes %}{{ c.field }} {% endfor %}"},
    )
    change = compose(sample("change"), own, context)
    new = compose(sample("new"), own, context)
    assert (change.title, change.body) == ("BioTorrents.de", "seeders license")
    assert (new.title, new.body) == (
        "BioTorrents.de",
        compose(sample("new"), Templates(), context).body,
    )


def test_a_template_may_stand_in_a_file(
    context: Context, templates: Callable[..., Templates], tmp_path: Path
) -> None:
    """The path is meant from the folder of the config; the last line break isn't the message's."""
    (tmp_path / "message.jinja").write_text("{{ item.size | size }}\n")
    own = templates(body={"file": "message.jinja"})
    assert compose(sample("new"), own, context).body == "7.1 GiB"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("link", "is a symbolic link; write the path of the file itself"),
        ("huge", "could not be read: it is larger than 64 KiB"),
        ("folder", "could not be read: Is a directory"),
        ("latin", "is not UTF-8 text"),
        ("missing", "could not be read: No such file or directory"),
        ("wrong", "line 2 of the template: there is no 'evnt'; did you mean 'event'?"),
    ],
)
def test_a_file_that_cannot_be_a_template_is_reported(
    templates: Callable[..., Templates], tmp_path: Path, name: str, problem: str
) -> None:
    """Each has a sentence that names the file, at the option that names it."""
    (tmp_path / "link.jinja").symlink_to("message.jinja")
    (tmp_path / "huge.jinja").write_text("x" * 100_000)
    (tmp_path / "folder.jinja").mkdir()
    (tmp_path / "latin.jinja").write_bytes(b"\xff\xfe")
    (tmp_path / "wrong.jinja").write_text("one\n{{ evnt }}")
    with pytest.raises(ValueError, match=re.escape("('templates', 'change', 'body')")) as caught:
        templates(change={"body": {"file": f"{name}.jinja"}})
    ((_, text),) = caught.value.args[0]
    assert f"{name}.jinja" in text
    assert problem in text


def test_a_template_that_fails_gives_way_to_the_default(
    context: Context, templates: Callable[..., Templates], capsys: pytest.CaptureFixture[str]
) -> None:
    """The message is sent, and the log has the template and its line."""
    own = templates(title="{{ site_name }}", new={"body": "a\n{{ 1 // item.fields.leechers }}"})
    message = compose(sample("new"), own, context)
    assert message.title == "BioTorrents.de"
    assert message.body == compose(sample("new"), Templates(), context).body
    logged = capsys.readouterr().out
    assert "templates.new.body" in logged
    assert "line=2" in logged
    assert "ZeroDivisionError" in logged


def test_templates_are_tried_with_a_sample_of_every_kind(
    templates: Callable[..., Templates],
) -> None:
    """What fails is reported with its option, its line, the kinds and the reason."""
    check_with_samples(templates(body="{{ item | facts }}"))
    wrong = templates(title="{{ event.changes[0].field }}", gone={"body": "\n{{ 1 // 0 }}"})
    with pytest.raises(OptionFaults, match="line 1") as caught:
        check_with_samples(wrong)
    general, own = caught.value.faults
    assert (general.key, general.is_error) == (("templates", "title"), False)
    assert general.text.startswith(
        "the template fails with a sample of new, gone, raised, cleared, report, first-look, "
        "notice, digest (line 1: tuple object has no element 0)"
    )
    assert (own.key, own.is_error) == (("templates", "gone", "body"), True)
    assert "a sample of gone (line 2: integer division or modulo by zero)" in own.text


def test_a_long_digest_says_how_many_events_it_leaves_out(context: Context) -> None:
    """As many as fit are there, each whole, and a link to the rest."""
    digest = sample("digest")
    many = dataclasses.replace(digest, events=digest.events * 40)
    for form in (PLAIN, DISCORD, TELEGRAM, MATRIX, MARKDOWN, SLACK):
        body = compose(many, Templates(), context, form, Limits(2000, title=0)).body
        shown = body.count("•")
        assert 3 < shown < 40
        assert f"{240 - shown} more" in body.splitlines()[-1]
        assert len(body) <= 2000


def test_line_breaks_of_a_template_are_line_breaks(
    context: Context, templates: Callable[..., Templates]
) -> None:
    """Also in HTML, unless it is written as such; an older template is no HTML at all."""
    new = sample("new")
    own = templates(body="<b>a</b>\n{{ item.size | size }}")
    assert compose(new, own, context, MATRIX).body == "<b>a</b><br>\n7.1 GiB"
    assert compose(new, own, context, TELEGRAM).body == "<b>a</b>\n7.1 GiB"
    html = templates(body="<p>a</p>\n<p>{{ item.size | size }}</p>")
    assert compose(new, html, context, MATRIX).body == "<p>a</p>\n<p>7.1 GiB</p>"
    old = Templates().or_else(title=None, body="a < b\n{{ item.title }}")
    assert compose(new, old, context, MATRIX).body == f"a &lt; b<br>\n{new.item.title}"
    assert compose(new, old, context, PLAIN).body == f"a < b\n{new.item.title}"


def test_a_page_of_a_text_has_links_to_the_items(
    context: Context, templates: Callable[..., Templates]
) -> None:
    """Who writes only the text of a mail gets HTML with links, and no title can add one."""
    own = templates(body="{{ item | link }}, javascript:x https://a.example/?q=<b>&x=1.")
    html = compose(sample("new"), own, context, html=True).html
    page = f"{SITE}/torrents.php?id=63"
    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', html) == [(page, page)]
    assert "https://a.example/?q=&lt;b&gt;&amp;x=1." in html
