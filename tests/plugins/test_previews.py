"""Every bundled plugin shows the message that it would send, and sends nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gazelled.hooks import Bus
from gazelled.hooks.plain_message import plain_message
from gazelled.plugin import EventKind, sample_events
from gazelled.testing.plugin_kit import PluginKit

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
PLUGINS = sorted(PROJECT["project"]["entry-points"]["gazelled.plugins"])
BUS = Bus()
BUS.load({}, PLUGINS)
BUNDLED = [name for name in PLUGINS if BUS.options(name)]
"""The plugins that have targets."""

NOBODY = "127.0.0.1:9"
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "apprise": {"url": f"json://{NOBODY}/"},
    "exec": {"command": ["/bin/false"]},
    "feed": {},
    "journal": {},
    "mail": {"host": "127.0.0.1", "port": 9, "from": "a@example.org", "to": ["b@example.org"]},
    "torrents": {"client": "folder"},
    "webhook": {"url": f"http://{NOBODY}/"},
}


def test_each_plugin_with_targets_is_looked_at() -> None:
    """The options below are those of all of them."""
    assert sorted(OPTIONS) == BUNDLED


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("kind", list(EventKind))
def test_each_plugin_shows_each_kind(
    gz: PluginKit, tmp_path: Path, name: str, kind: EventKind
) -> None:
    """In a form of its own; where it would send nothing, it says so."""
    options = dict(OPTIONS[name])
    if name == "torrents":
        options["folder"] = tmp_path
    event = next(event for event in sample_events() if event.kind is kind)
    target = gz.target(name, **options)
    text = target.preview(event)
    assert text.strip()
    assert text != plain_message(event)
    assert [*target.folder.iterdir()] == []
