"""Events as JSON: complete, as the schema says, and as the document describes it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gazelled.plugin import (
    Change,
    Delivery,
    Event,
    EventKind,
    Item,
)
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.event_json import delivery_json, event_json, json_line

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "event.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
PARTS = {"delivery": SCHEMA, **SCHEMA["$defs"]}


def events(gz: PluginKit) -> list[Event]:
    """Return an event of each kind, and some that are hard to write."""
    kinds = [gz.event(kind, title=f"A {kind}") for kind in EventKind if kind != "digest"]
    odd = [
        gz.event(title='"\\\n\u202e\U0001f9ec ' + "x" * 10_000, text="a\r\nb\t\u2028"),
        gz.event(
            "change", changes={"seeders": (3, None), "tags": (("a",), ()), "free": (0.5, True)}
        ),
        gz.event(items=(gz.item("A", size=0, tags=()), Item("", "notice", ""))),
        gz.event(why=("a", "b"), urgent=True, license="CC0", formats=("FASTA", "BAM")),
    ]
    merged = dataclasses.replace(gz.event(title="Merged"), also=("human", "mouse"))
    inner = (*kinds, *odd, merged)
    digest = Event(
        key="digest:1",
        kind=EventKind.DIGEST,
        watch="",
        at=kinds[0].at,
        title="A digest",
        text="",
        items=tuple(item for event in inner for item in event.items),
        events=inner,
    )
    return [*inner, digest]


def rebuilt(data: dict[str, Any]) -> Event:
    """Return the event that was written, by nothing but what was written."""
    return Event(
        key=data["event_key"],
        kind=EventKind(data["kind"]),
        watch=data["watch"],
        at=datetime.fromisoformat(data["at"]),
        title=data["title"],
        text=data["text"],
        items=tuple(rebuilt_item(item) for item in data["items"]),
        why=tuple(data["why"]),
        changes=tuple(
            Change(change["field"], frozen(change["before"]), frozen(change["after"]))
            for change in data["changes"]
        ),
        urgent=data["urgent"],
        events=tuple(rebuilt(inner) for inner in data["events"]),
        also=tuple(data["also"]),
    )


def rebuilt_item(data: dict[str, Any]) -> Item:
    """Return the item that was written."""
    values = {name: frozen(value) for name, value in data.items() if name != "fields"}
    time = datetime.fromisoformat(data["time"]) if data["time"] else None
    fields = {name: frozen(value) for name, value in data["fields"].items()}
    return Item(**{**values, "time": time, "fields": fields})


def frozen(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return a list as the tuple that it was."""
    return tuple(value) if isinstance(value, list) else value


def undescribed(data: dict[str, Any], part: str) -> Iterator[str]:
    """Return the keys that the schema doesn't describe."""
    described = PARTS[part]["properties"].keys()
    yield from (f"{part}.{key}" for key in data.keys() - described)
    for key, inner in (("items", "item"), ("changes", "change"), ("events", "event")):
        for member in data.get(key, ()):
            yield from undescribed(member, inner)


def test_the_schema_is_one() -> None:
    """It is valid itself, and refuses what is no delivery."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert not VALIDATOR.is_valid({"key": "a", "version": 1, "id": "0" * 32, "target": "t"})


def test_every_event_is_as_the_schema_says(gz: PluginKit) -> None:
    """Each kind, each type of a value; and no key is written that the schema doesn't describe."""
    for event in events(gz):
        data = json.loads(json_line(delivery_json(Delivery(event, "hook", 3))))
        VALIDATOR.validate(data)
        own = {key: data.pop(key) for key in ("key", "version", "id", "target")}
        assert not {*undescribed(data, "event"), *(own.keys() - SCHEMA["properties"].keys())}


@pytest.mark.parametrize("missing", ["key", "items", "event_key", "events"])
def test_an_object_without_a_key_is_refused(gz: PluginKit, missing: str) -> None:
    """The test above can fail."""
    data = json.loads(json_line(delivery_json(Delivery(gz.event(), "hook"))))
    del data[missing]
    assert not VALIDATOR.is_valid(data)


def test_an_event_can_be_rebuilt_from_its_json(gz: PluginKit) -> None:
    """Nothing of an event is lost."""
    for event in events(gz):
        line = json_line(event_json(event))
        assert b"\n" not in line
        assert rebuilt(json.loads(line)) == event


def test_the_history_can_be_rebuilt_from_a_journal(gz: PluginKit) -> None:
    """The lines of all its files, in the order of their names, are the events."""
    target = gz.target("journal", rotate_size=4096)
    history = events(gz)
    for event in history:
        target.deliver(event)
    files = [*sorted(target.folder.glob("journal-*.jsonl")), target.folder / "journal.jsonl"]
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    assert len(files) > 3
    assert [rebuilt(json.loads(line)) for line in lines] == history


def test_a_delivery_is_the_same_at_each_attempt(gz: PluginKit) -> None:
    """A receiver can compare what it got twice."""
    event = gz.event()
    first, second = (json_line(delivery_json(Delivery(event, "hook", n))) for n in (1, 2))
    assert first == second


def test_half_of_a_surrogate_pair_is_replaced(gz: PluginKit) -> None:
    """What isn't Unicode would be refused by every reader."""
    data = json.loads(json_line(event_json(gz.event(title="a\ud83eb\udd2cc"))))
    assert data["title"] == "a\ufffdb\ufffdc"


def table(part: str) -> str:
    """Return the table that the document shows for a part of the schema."""
    rows = [
        f"| `{name}` | {_type(entry)} | {entry['description']} |"
        for name, entry in PARTS[part]["properties"].items()
    ]
    return "\n".join(["| key | type | |", "|---|---|---|", *rows]) + "\n"


def _type(entry: dict[str, Any]) -> str:
    if "$ref" in entry:
        return "[value](#a-value)"
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return "one of " + ", ".join(f"`{value}`" for value in entry["enum"])
    names = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    members = entry.get("items", {}).get("$ref", "").rpartition("/")[2]
    shown = [f"array of {members or 'string'}s" if name == "array" else name for name in names]
    return " or ".join(
        "time" if entry.get("format") and name == "string" else name for name in shown
    )


@pytest.mark.parametrize("part", ["delivery", "event", "change", "item"])
def test_the_document_describes_the_schema(part: str) -> None:
    """The table is that of the schema: put what is missing below its heading."""
    text = (DOCS / "event-schema.md").read_text(encoding="utf-8")
    section = re.split(rf"^## An? {part}$", text, flags=re.MULTILINE)[1].partition("\n## ")[0]
    assert table(part) in section


def test_the_example_of_the_document_is_one(gz: PluginKit) -> None:
    """What it shows is valid, with every key that is written."""
    text = (DOCS / "event-schema.md").read_text(encoding="utf-8")
    example = json.loads(text.partition("```json\n")[2].partition("```")[0])
    VALIDATOR.validate(example)
    real = delivery_json(Delivery(gz.event(), "hook"))
    assert list(example) == list(real)
    assert example["id"] == hashlib.sha256(example["key"].encode()).hexdigest()[:32]
