"""docs/targets.md and docs/other-plugins.md describe every option of the bundled plugins."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from gazelled.hooks import Bus

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(DOCS / name).read_text("utf-8") for name in ("targets.md", "other-plugins.md")]
CORE_KEYS = {"plugin", "quiet", "max", "digest", "burst", "timeout", "zone"}
SECTIONS = {
    name: text.partition("\n## ")[0]
    for page in PAGES
    for name, text in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", page, re.DOTALL | re.MULTILINE)
}
PLUGINS = tuple(
    tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"][
        "entry-points"
    ]["gazelled.plugins"]
)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_each_option_is_described(plugin: str) -> None:
    """The section of a plugin has every option in a table."""
    bus = Bus()
    assert not bus.load({}, [plugin])
    own = bus.contributions.options.get(plugin)
    options = bus.options(plugin) or (own and own.value)
    assert options
    described = "\n".join(re.findall(r"^\| .+$", SECTIONS[plugin], re.MULTILINE))
    names = {field.alias or name for name, field in options.model_fields.items()}
    assert names <= set(re.findall(r"`(\w+)\b", described)) | CORE_KEYS
