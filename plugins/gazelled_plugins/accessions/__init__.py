"""
Accessions: the accession numbers of ENA, SRA, GenBank, RefSeq, BioProject, GEO and others.

    [plugin.accessions]
    # table = "ours.csv"       a table of one's own: accession,note

    [watch.ours]
    ask = "browse"
    if = '"PRJNA128" in accessions or "ours" in accession_notes'

They are looked for in the title, the summary, the description, the files and the tracker's own
field. Templates have them as links: `{{ item | accession_links }}`. The page of the daemon has one
at `/plugins/accessions/` that finds them in any text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from gazelled.plugin import (
    TEXTS,
    CheckFinding,
    Item,
    ItemsFound,
    Link,
    OptionFault,
    OptionFaults,
    PluginConfig,
    PluginContext,
    RegisterCheck,
    RegisterCommand,
    RegisterField,
    RegisterFilter,
    RegisterOptions,
    RegisterRoute,
    RouteRequest,
    Value,
    hookimpl,
)
from gazelled_plugins.accessions.databases import Accession, accessions_in
from gazelled_plugins.accessions.notes import NotesTable, parse_table

_FIELDS = ("accession", "description", "files", "folder")
"""The fields that are looked through beside the title and the summary."""


class Options(PluginConfig):
    """
    What `[plugin.accessions]` may hold.

    Attributes:
        table: A table of one's own, whose first column has accession numbers.

    """

    table: Path | None = None

    def check_thoroughly(self) -> None:
        """Read the table."""
        if self.table is not None:
            try:
                parse_table(self.table)
            except OSError as error:
                text = f"{self.table} could not be read: {error.strerror}"
                raise OptionFaults(OptionFault(("table",), text)) from None
            except ValueError as error:
                raise OptionFaults(OptionFault(("table",), str(error))) from None


def accessions_of(item: Item) -> tuple[Accession, ...]:
    """Return the accession numbers that an item has anywhere."""
    texts = [item.title, item.summary]
    for name in _FIELDS:
        value = item.fields.get(name)
        texts += map(str, value if isinstance(value, tuple) else [value or ""])
    return tuple(accessions_in("\n".join(texts)))


def numbers_of(item: Item) -> tuple[str, ...]:
    """Return the numbers alone, for rules."""
    return tuple(accession.number for accession in accessions_of(item))


def accession_links(value: object) -> list[Link]:
    """Return links to the pages of the accession numbers of an item, a list or a text."""
    if isinstance(value, Item):
        accessions: Sequence[Accession] = accessions_of(value)
    else:
        texts = value if isinstance(value, list | tuple) else [value or ""]
        accessions = tuple(accessions_in("\n".join(map(str, texts))))
    return [Link(accession.number, accession.url) for accession in accessions]


class Accessions:
    """The plugin: a computed field, one from the table, a filter, a command, a check, a page."""

    def __init__(self) -> None:
        self._table: NotesTable | None = None

    @hookimpl
    def gazelled_options(self, register: RegisterOptions) -> None:
        """Register the options."""
        register(Options)

    @hookimpl
    def gazelled_match_fields(self, register: RegisterField) -> None:
        """Register both fields."""
        register("accessions", TEXTS, about="the accession numbers in it", compute=numbers_of)
        register("accession_notes", TEXTS, about="what your table says of its accession numbers")

    @hookimpl
    def gazelled_template_filters(self, register: RegisterFilter) -> None:
        """Register the filter."""
        register("accession_links", accession_links)

    @hookimpl
    def gazelled_commands(self, register: RegisterCommand) -> None:
        """Register the command, which is loaded when it is used."""
        from gazelled_plugins.accessions.command import accessions  # noqa: PLC0415 - see above

        register(accessions)

    @hookimpl
    def gazelled_doctor_checks(self, register: RegisterCheck) -> None:
        """Register the check of the table."""
        register("accessions", check_table)

    @hookimpl
    def gazelled_routes(self, register: RegisterRoute) -> None:
        """Register the page, and its data."""
        register("", self.page, title="Accessions")
        register("find.json", self.find)

    async def page(self, request: RouteRequest, context: PluginContext[Options]) -> object:
        """Return the page."""
        from gazelled_plugins.accessions.page import page_of  # noqa: PLC0415 - with the first page

        del context
        return await page_of(request, self._table)

    async def find(self, request: RouteRequest, context: PluginContext[Options]) -> object:
        """Return the data of the page."""
        from gazelled_plugins.accessions.page import data_of  # noqa: PLC0415 - as above

        del context
        return await data_of(request, self._table)

    @hookimpl
    async def gazelled_setup(self, context: PluginContext[Options]) -> None:
        """Remember where the table is; it is read when it is needed."""
        table = context.options.table
        self._table = None if table is None else NotesTable(table)

    @hookimpl
    async def gazelled_items_found(self, batch: ItemsFound) -> Mapping[str, Mapping[str, Value]]:
        """Add what the table says of the accession numbers of items."""
        table = self._table
        if table is None:
            return {item.id: {"accession_notes": ()} for item in batch.items}

        def look_up() -> Mapping[str, Mapping[str, Value]]:
            return {
                item.id: {"accession_notes": table.about(numbers_of(item))} for item in batch.items
            }

        return await asyncio.to_thread(look_up)


async def check_table(context: PluginContext[Options]) -> Sequence[CheckFinding]:
    """Return whether the table can be read, and how many numbers it has."""
    table = context.options.table
    if table is None:
        return [CheckFinding("No table of accession numbers is configured.", "note")]
    try:
        notes = await asyncio.to_thread(parse_table, table)
    except (OSError, ValueError) as error:
        return [CheckFinding(f"The table {table} can't be read.", "bad", f"{error}.")]
    return [CheckFinding(f"The table {table} has notes on {len(notes):,} accession numbers.")]
