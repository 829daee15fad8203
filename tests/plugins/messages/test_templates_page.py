"""The section on templates of docs/targets.md: every example is run, every filter is there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.plugin import Context, sample_events
from gazelled_plugins.messages import FORMATS, Templates, compose
from gazelled_plugins.messages.filters import FILTERS

PAGE = (Path(__file__).parents[3] / "docs" / "targets.md").read_text("utf-8")
SECTION = PAGE.partition("## Templates\n")[2].partition("\n## ")[0]
EXAMPLE = re.compile(
    r"^```toml\n(.*?)^```\n\nWith the sample of kind `([\w-]+)`:\n\n```text\n(.*?)^```",
    re.DOTALL | re.MULTILINE,
)
FILTER = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| `(\{\{.+\}\})` \| (.+) \|$", re.MULTILINE)
ESCAPING = {"e", "escape", "forceescape", "safe"}


@pytest.mark.parametrize(("toml", "kind", "message"), EXAMPLE.findall(SECTION))
def test_each_example_writes_what_the_page_shows(
    templates: Callable[..., Templates], context: Context, toml: str, kind: str, message: str
) -> None:
    """Title and body are those of the page."""
    (table,) = tomllib.loads(toml)["target"].values()
    event = next(event for event in sample_events() if event.kind == kind)
    written = compose(event, templates(**table["templates"]), context)
    assert [written.title, *written.body.splitlines()] == message.splitlines()


@pytest.mark.parametrize(("names", "source", "result"), FILTER.findall(SECTION))
def test_each_filter_does_what_the_page_shows(
    templates: Callable[..., Templates], context: Context, names: str, source: str, result: str
) -> None:
    """The results are those of the sample of a new data set, in plain text."""
    template = source.replace("\\|", "|")
    event = next(event for event in sample_events() if event.kind == "new")
    assert compose(event, templates(body=template), context).body == result
    assert any(name in template for name in re.findall(r"\w+", names))


def test_each_filter_and_format_has_its_line() -> None:
    """The page names all that there is beside Jinja2's own."""
    listed = {name for names, _, _ in FILTER.findall(SECTION) for name in re.findall(r"\w+", names)}
    assert set(FILTERS) - ESCAPING <= listed
    formats = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| [^|]+ \| [^|]+ \|$", SECTION, re.MULTILINE)
    assert {name for names in formats for name in re.findall(r"\w+", names)} >= set(FORMATS)


def test_the_page_has_examples() -> None:
    """The tests above look at something."""
    assert len(EXAMPLE.findall(SECTION)) >= 2
    assert len(FILTER.findall(SECTION)) >= len(set(FILTERS) - ESCAPING)
