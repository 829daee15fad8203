"""Filters that other plugins contribute, in the templates of bundled targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from jinja2.exceptions import TemplateError

from gazelled.errors import GazelledError
from gazelled.hooks import Bus
from gazelled.hooks.options import check_thoroughly
from gazelled.plugin import Delivery, Event, Link, PluginConfig
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.messages import HTML, SAMPLE_CONTEXT, SLACK, Format, sandbox

PLUGIN = """
from gazelled.plugin import TEXT, TEXTS, Link, hookimpl

def shout(value, mark="!"):
    return str(value).upper() + mark

def broken(value):
    raise RuntimeError("no such thing")

def links(value):
    return [Link(word, f"https://example.org/{word}") for word in str(value).split()]

@hookimpl
def gazelled_match_fields(register):
    register("taxon", TEXT)
    register("runs", TEXTS)

@hookimpl
def gazelled_template_filters(register):
    for function in (shout, broken, links):
        register(function.__name__, function)
"""
FILTERS = {"shout": lambda value: str(value).upper()}


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    """Return a bus with a plugin that contributes filters, and all bundled targets."""
    (tmp_path / "words.py").write_text(PLUGIN)
    made = Bus(folder=tmp_path)
    assert made.load({"words": tmp_path / "words.py"}, ["apprise", "mail", "webhook"]) == []
    return made


OPTIONS = {
    "apprise": {"url": "json://127.0.0.1:9"},
    "mail": {"host": "127.0.0.1", "from": "g@example.org", "to": "ada@example.org"},
    "webhook": {"url": "http://127.0.0.1:9/", "content_type": "text/plain"},
}


def options_of(bus: Bus, plugin: str, body: str) -> PluginConfig:
    """Return the options of a target with a template."""
    table = {**OPTIONS[plugin], "templates": {"body": body}}
    options = bus.check_options(plugin, table)
    assert isinstance(options, PluginConfig), options
    return options


async def shown(bus: Bus, plugin: str, body: str, event: Event) -> str:
    """Return what a target with a template would send."""
    options = options_of(bus, plugin, body)
    context = replace(SAMPLE_CONTEXT, template_filters=bus.contributions.filters)
    async with bus:
        return await bus.targets.preview(plugin, Delivery(event, "t"), options, context)


@pytest.mark.parametrize("plugin", OPTIONS)
async def test_every_bundled_target_knows_them(bus: Bus, gz: PluginKit, plugin: str) -> None:
    """The check of options knows their names, the message what they return."""
    body = "{{ item.title | shout }} {{ item.title | shout(mark='?') }}"
    text = await shown(bus, plugin, body, gz.event("new", title="S288C reads"))
    assert "S288C READS! S288C READS?" in text
    assert check_thoroughly(options_of(bus, plugin, body)) == ()


@pytest.mark.parametrize("plugin", OPTIONS)
def test_an_unknown_filter_is_an_error_of_the_options(bus: Bus, plugin: str) -> None:
    """As it is without such plugins."""
    table = {**OPTIONS[plugin], "templates": {"body": "{{ item.title | whisper }}"}}
    wrong = bus.check_options(plugin, table)
    assert isinstance(wrong, list)
    assert "whisper" in wrong[0][1]


@pytest.mark.parametrize("plugin", ["apprise", "mail"])
async def test_one_that_fails_gives_way_to_the_default(
    bus: Bus, gz: PluginKit, plugin: str
) -> None:
    """A person who waits for news gets them; `check` names the filter and what it raised."""
    body = "{{ item.title | broken }}"
    text = await shown(bus, plugin, body, gz.event("new", title="S288C reads"))
    assert "S288C reads" in text
    [fault] = check_thoroughly(options_of(bus, plugin, body))
    assert 'filter "broken" failed: RuntimeError: no such thing' in fault.text
    assert fault.key == ("templates", "body")


async def test_a_webhook_with_one_that_fails_waits(bus: Bus, gz: PluginKit) -> None:
    """As for any template of it: another program reads it."""
    with pytest.raises(GazelledError, match='filter "broken" failed'):
        await shown(bus, "webhook", "{{ item.title | broken }}", gz.event("new", title="x"))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (HTML, '<a href="https://example.org/a&lt;b">a&lt;b</a>'),
        (SLACK, "<https://example.org/a%3Cb|a&lt;b>"),
    ],
)
def test_links_are_written_as_the_format_does(form: Format, text: str) -> None:
    """Their texts are others', so they are escaped."""
    filters = {"links": lambda value: [Link(value, f"https://example.org/{value}"), "<i>"]}
    written = sandbox.render("{{ 'a<b' | links }}", {}, form, filters)
    first, second = written.split(", ")
    assert first.startswith(text[:9])
    assert "a&lt;b" in first
    assert second == "&lt;i&gt;"


def test_an_address_that_is_no_page_is_no_link() -> None:
    """Whatever a plugin makes of foreign texts."""
    filters = {"links": lambda _: Link("x", "javascript:alert(1)")}
    assert sandbox.render("{{ 1 | links }}", {}, HTML, filters) == "x"


@pytest.mark.parametrize("plugin", OPTIONS)
def test_fields_that_plugins_add_are_known_to_the_check(bus: Bus, plugin: str) -> None:
    """The samples have them; another name is a mistake."""
    body = "{{ item.fields.taxon }} {{ item.fields.runs | join(', ') }}"
    check_thoroughly(options_of(bus, plugin, body))
    faults = check_thoroughly(options_of(bus, plugin, body.replace("taxon", "taxonn")))
    assert "taxonn" in str(faults)


@pytest.mark.parametrize(
    "made",
    [
        "x" * 2_000_000,
        ["x"] * 5_000,
        ["x" * 600_000, "x" * 600_000],
        Link("x" * 2_000_000, ""),
    ],
    ids=["text", "list", "texts", "link"],
)
def test_what_they_return_is_bounded(made: object) -> None:
    """A filter can't fill the memory of a message."""
    with pytest.raises(TemplateError, match="at most"):
        sandbox.render("{{ 1 | much }}", {}, filters={"much": lambda _: made})


def test_whatever_they_raise_is_an_error_of_the_template() -> None:
    """Also an exit, and an error that can't be written."""

    class Odd(Exception):  # noqa: N818 - odd
        def __str__(self) -> str:
            raise ValueError("no")

    for error in (SystemExit(1), Odd(), KeyError("x")):

        def fail(_: object, error: BaseException = error) -> str:
            raise error

        with pytest.raises(sandbox.FAILURES, match=type(error).__name__):
            sandbox.render("{{ 1 | fail }}", {}, filters={"fail": fail})


def test_they_hide_none_of_gazelleds_own() -> None:
    """A template that someone has written means what it meant before."""
    filters = {"size": lambda _: "mine", "upper": lambda _: "mine"}
    written = sandbox.render("{{ 1024 | size }} {{ 'a' | upper }}", {}, filters=filters)
    assert written == "1 KiB A"
    with pytest.raises(ValueError, match="shout"):
        sandbox.check("{{ 1 | shout }}")
    sandbox.check("{{ 1 | shout }}", FILTERS)
