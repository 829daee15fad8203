"""`[plugin.NAME]`, and where its file is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.regular_file import is_regular
from gazelled.text import meant
from gazelled.watches.keys.table import Table, key


class PluginTable(Table):
    """`[plugin.NAME]`."""

    file: str = key("", '"my_plugin.py"')


def check_plugin(
    name: str,
    table: PluginTable,
    installed: Collection[str] | None,
    references: References,
    problems: Problems,
) -> Path | None:
    """Find a plugin's file; an installed one has none (`installed` is None if that is unknown)."""
    at = ("plugin", name)
    if not table.file and not problems.at((*at, "file")):
        if installed is not None and name not in installed:
            question = meant(name, installed) or "."
            text = f"no plugin of this name is installed{question} For a file of yours"
            problems.error(at, f'{text} write file = "my_plugin.py"')
        return None
    places = [references.path(table.file)]
    if not table.file.startswith(("/", "~/")):
        places.insert(0, references.path(f"plugins/{table.file}"))
    file = next((place for place in places if is_regular(place)), None)
    if file is None and not problems.at((*at, "file")):
        folders = " and ".join(str(place.parent) for place in places)
        problems.error((*at, "file"), f"no such file in {folders}")
    return (file or places[-1]).absolute()
