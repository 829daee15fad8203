"""An enricher: what a table of your own knows of an accession number becomes fields of items."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from gazelled.plugin import (
    TEXT,
    ItemsFound,
    PluginConfig,
    PluginContext,
    RegisterField,
    RegisterOptions,
    Value,
    hookimpl,
)

ACCESSION = re.compile(r"\b(?:[ESD]RR\d{6,}|PRJ[EDN][A-Z]\d+|GC[AF]_\d{9}(?:\.\d+)?)\b")
"""Accession numbers of runs, projects and assemblies."""


class Options(PluginConfig):
    """`[plugin.accession-table]`: a CSV file with the columns accession, project and owner."""

    table: Path


@hookimpl
def gazelled_options(register: RegisterOptions) -> None:
    """Take options from `[plugin.accession-table]`."""
    register(Options)


@hookimpl
def gazelled_match_fields(register: RegisterField) -> None:
    """Declare the fields, for `match`, `if`, templates and `gazelled why`."""
    register("project", TEXT, about="the project that the table has for the accession number")
    register("owner", TEXT, about="whose project that is")


@hookimpl
async def gazelled_items_found(
    batch: ItemsFound, context: PluginContext[Options]
) -> Mapping[str, Mapping[str, Value]]:
    """Return the fields of those items that the table knows."""
    rows = await context.to_thread(read, context.options.table)
    numbers = {item.id: ACCESSION.findall(f"{item.title} {item.summary}") for item in batch.items}
    return {
        id_: {"project": rows[number]["project"], "owner": rows[number]["owner"]}
        for id_, own in numbers.items()
        for number in own[:1]
        if number in rows
    }


def read(file: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the table by accession number."""
    with file.open(newline="", encoding="utf-8") as lines:
        return {row["accession"]: row for row in csv.DictReader(lines)}
