"""docs/targets.md describes every option of the bundled plugins, and its examples are valid."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from gazelled.hooks import Bus
from gazelled.plugin import PluginConfig

PAGE = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
CORE_KEYS = {"plugin", "quiet", "max", "digest", "burst", "timeout", "zone"}
REFERENCES = {"secret", "env", "file"}
SECTIONS = {
    name: text.partition("\n## ")[0]
    for name, text in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
PLUGINS = tuple(
    tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"][
        "entry-points"
    ]["gazelled.plugins"]
)


def examples() -> Iterator[tuple[str, dict[str, object]]]:
    """Return the targets of the page, with the plugin of each."""
    for code in re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        for table in tomllib.loads(code).get("target", {}).values():
            yield table["plugin"], table


def resolved(value: object) -> object:
    """Return a value of the config with a secret in place of each reference."""
    if isinstance(value, dict):
        if len(value) == 1 and value.keys() <= REFERENCES:
            return SecretStr("whsec_c29tZSBzZWNyZXQga2V5IGZvciB0ZXN0cw==")
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("plugin", PLUGINS)
def test_each_option_is_described(plugin: str) -> None:
    """The section of a plugin has every option in a table."""
    bus = Bus()
    assert not bus.load({}, [plugin])
    options = bus.options(plugin)
    assert options
    described = "\n".join(re.findall(r"^\| .+$", SECTIONS[plugin], re.MULTILINE))
    names = {field.alias or name for name, field in options.model_fields.items()}
    assert names <= set(re.findall(r"`(\w+)\b", described)) | CORE_KEYS


@pytest.mark.parametrize(("plugin", "table"), list(examples()))
def test_each_example_is_valid(plugin: str, table: dict[str, object]) -> None:
    """A plugin takes the options that the page shows."""
    bus = Bus()
    assert not bus.load({}, [plugin])
    options = {name: resolved(value) for name, value in table.items() if name not in CORE_KEYS}
    if isinstance(options.get("url"), SecretStr):
        options["url"] = "json://127.0.0.1" if plugin == "apprise" else "https://127.0.0.1"
    assert isinstance(bus.check_options(plugin, options), PluginConfig)


def test_there_are_examples() -> None:
    """The tests above look at something."""
    assert {"exec", "journal", "webhook"} <= {plugin for plugin, _ in examples()}
