"""`config.schema.json`: it is what the models say, and agrees with `gazelled check`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
from tests.cli.test_mistakes import HEAD, MISTAKES
from tests.config.schema_docs import ROOT, SHIPPED, schema_text

from gazelled.cli.render.config_text import Wishes, config_text
from gazelled.config.json_schema import shipped_schema

UNSEEN = re.compile(
    r"unknown (action|target|field|time zone)|belongs to \[watch|too often|listed twice|"
    r"\.(ask|with[^:]*|if|fields|until): |match\.\w+: unknown key|matches every file|"
    r"title_regex: |no text of the watch contains|there is no \{each\}|kind: (no|missing|expected)|"
    r"could never match|never shows a token|is not a valid date|a year or less|"
    r"this day does not exist|mean different things|ends before it begins|unknown weekday|"
    r"begins and ends at the same time|nobody would be notified|an hour or more|"
    r"every: expected a duration|an empty text matches nothing|of one item at a time|"
    r"looks into a text"
)
"""What needs other tables, the tracker's catalogue, a calendar or the grammar of rules."""

VALIDATOR = jsonschema.Draft7Validator(json.loads(shipped_schema()))


def errors(document: Mapping[str, object]) -> list[str]:
    """Return what a schema refuses, with the places."""
    return [
        f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(document)
    ]


def test_it_is_true() -> None:
    """What is shipped is what the models and the documents say now."""
    assert SHIPPED.read_text("utf-8") == schema_text(), (
        "write it anew: python -m tests.config.schema_docs"
    )
    jsonschema.Draft7Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize(
    "path",
    [
        "config.toml",
        *(str(path.relative_to(ROOT)) for path in (ROOT / "tests/earlier/home").rglob("*.toml")),
    ],
)
def test_shipped_configs_are_accepted(path: str) -> None:
    """The one of the repository, which the demo plays, and those of an earlier release."""
    assert errors(tomllib.loads((ROOT / path).read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "names",
    [("tracker-token",), ("tracker-token", "phone"), ("cookies.txt",), ("password", "totp")],
)
def test_what_init_writes_is_accepted(names: tuple[str, ...]) -> None:
    """Its first line leads editors to the schema."""
    username = "me" if "password" in names else ""
    text = config_text(
        Wishes("https://biotorrents.de", username, "yeast", dict.fromkeys(names, "x"))
    )
    assert text.startswith("#:schema ./config.schema.json\n")
    assert errors(tomllib.loads(text)) == []


def blocks() -> Iterator[tuple[str, str]]:
    """Yield the TOML blocks of the documents; recipes of developing.md change the program."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for document in documents:
        text = document.read_text("utf-8")
        for block in re.finditer(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            if document.stem != "developing" and "[project" not in block[1]:
                line = text.count("\n", 0, block.start()) + 1
                yield f"{document.name}:{line}", block[1]


@pytest.mark.parametrize(("place", "block"), [*blocks()])
def test_documents_are_accepted(place: str, block: str) -> None:
    """Every block of TOML, with what a part of a table leaves out."""
    document: dict[str, Any] = tomllib.loads(block)
    if tracker := document.get("tracker"):
        document["tracker"] = {"url": "https://biotorrents.de", **tracker}
        if not {"token", "login", "cookies"} & tracker.keys():
            document["tracker"]["token"] = {"secret": "tracker-token"}
    for watch in document.get("watch", {}).values():
        watch.setdefault("ask", "browse")
    assert errors(document) == [], place


def mistakes() -> Iterator[tuple[str, list[str]]]:
    """Yield the mistakes that can be read as TOML, each with what check says."""
    for mistake in MISTAKES:
        text, *sentences = mistake.strip("\n").split("\n=> ")
        if "this is not TOML" not in mistake and "defined twice" not in mistake:
            yield text, sentences


@pytest.mark.parametrize(("text", "sentences"), [*mistakes()])
def test_it_agrees_with_check(text: str, sentences: list[str]) -> None:
    """It refuses nothing that check accepts, and accepts no mistake that a schema can see."""
    try:
        document = tomllib.loads(HEAD + text)
    except tomllib.TOMLDecodeError:
        pytest.skip("it is no TOML, which editors say by themselves")
    refused = errors(document)
    if all(": warning: " in sentence for sentence in sentences):
        assert refused == []
    elif not any(UNSEEN.search(sentence) for sentence in sentences):
        assert refused, sentences


@pytest.mark.parametrize(
    ("table", "accepted"),
    [
        ('[target.x]\nplugin = "feed"\nkeep = 5', True),
        ('[target.x]\nplugin = "feed"\nkeep = "5"', True),
        ('[target.x]\nplugin = "feed"\nkeep = 0', False),
        ('[target.x]\nplugin = "feed"\ntitel = "a"', False),
        ('[target.x]\nplugin = "feed"\ndigest = "1h"', False),
        ('[target.x]\nplugin = "apprise"\nurl = { secret = "x" }\ndigest = "1h"', True),
        ('[target.x]\nplugin = "apprise"\nurl = "ntfy://a"', False),
        ('[target.x]\nplugin = "apprise"', False),
        ('[target.x]\nplugin = "webhook"\nurl = "https://a.example"\nsign = { env = "A" }', True),
        ('[target.x]\nplugin = "journal"\nrotate_size = "1 MiB"\nrotate_age = "3d"', True),
        ('[target.x]\nplugin = "mine"\nanything = [1]', True),
        ('[plugin.mine]\nfile = "mine.py"\nanything = [1]', True),
        ("[plugin.activity]\nanything = [1]", False),
        ('[plugin.activity]\nfile = "activity.py"\nanything = [1]', True),
        ('[tracker]\nurl = "https://a.example"\ntoken = "plain"', False),
        ('[tracker]\nurl = "https://a.example"', False),
        ('[tracker]\nurl = "https://a.example"\ncookies = { file = "c" }\nshare = "10 %"', True),
        ('[tracker]\nurl = "https://a.example"\ncookies = { env = "C" }', False),
        ('[tracker]\nurl = "https://a.example"\ncookies = { file = "c" }\nshare = "10"', False),
        ('[watch.x]\nask = "browse"\nkind = "mine"\nfactor = 3', True),
        ('[watch.x]\nask = "browse"\nevery = "Mon, thu - sat 8:00"', True),
        ('[watch.x]\nask = "browse"\nevery = "{each}"\neach = ["1h", "2h"]', True),
        ('[watch."x y"]\nask = "browse"', False),
        ('[log]\nlevel = "loud"', False),
        ('[lgo]\nlevel = "info"', False),
    ],
)  # fmt: skip
def test_single_tables(table: str, accepted: bool) -> None:  # noqa: FBT001 - a case
    """Options of plugins, secrets by reference, schedules, names."""
    assert (errors(tomllib.loads(table)) == []) is accepted
