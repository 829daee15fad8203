"""
What keys mean, read from the tables of the documents, for `config.schema.json`.

`python -m tests.config.schema_docs` writes the schema anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from gazelled import config
from gazelled.config.document.key_lines import Key
from gazelled.config.json_schema import FILE, config_schema
from gazelled.hooks.loading.plugin_origin import installed_names
from gazelled.hooks.registry import Registry

ROOT = Path(__file__).parents[2]
SHIPPED = Path(config.__file__).with_name(FILE)
_DOCUMENTS = ("config.md", "targets.md", "other-plugins.md")
_HEADING = re.compile(r"^#{2,3} (.+)$")
_TABLE = re.compile(r"`\[([a-z-]+)(\.NAME)?(?:\.([a-z]+))?\]`")
_ROW = re.compile(r"^\| (`[^|]+`) \|(?:.*\|)? (.+) \|$")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def abouts() -> dict[Key, str]:
    """Return what the documents say of each key, by the name of its table and the key."""
    return {key: about for document in _DOCUMENTS for key, about in _rows(ROOT / "docs" / document)}


def schema_text() -> str:
    """Return the schema of the bundled plugins as it is shipped."""
    registry = Registry()
    registry.load_builtin({})
    registry.load_installed(sorted(installed_names()))
    schema = config_schema(registry, abouts())
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _rows(document: Path) -> Iterator[tuple[Key, str]]:
    tables: tuple[str, ...] = ()
    for line in document.read_text("utf-8").splitlines():
        if heading := _HEADING.match(line):
            tables = _tables(heading[1], document.stem)
        elif row := _ROW.match(line):
            about = _LINK.sub(r"\1", row[2]).replace("\\|", "|")
            for key in re.findall(r"`([a-z_]+)`", row[1]):
                yield from (((table, key), about) for table in tables)


def _tables(heading: str, document: str) -> tuple[str, ...]:
    """Return the tables whose keys a section describes."""
    if table := _TABLE.fullmatch(heading):
        return (".".join(filter(None, (table[1], table[2] and "*", table[3]))),)
    if heading == "When messages come":
        return ("target.*",)
    return (f"target.{heading}",) if document == "targets" else (f"plugin.{heading}",)


if __name__ == "__main__":
    SHIPPED.write_text(schema_text(), "utf-8")
