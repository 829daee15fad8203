"""The page of the plugin: accession numbers in a text, with their pages and one's own notes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from markupsafe import Markup

from gazelled.plugin import RouteRequest
from gazelled_plugins.accessions.databases import Accession, accessions_in
from gazelled_plugins.accessions.notes import NotesTable

_FORM = Markup(
    '<form method="get" action="{address}"><p><label for="text">A text with accession numbers'
    '</label></p><p><textarea id="text" name="text" rows="4" cols="60">{text}</textarea></p>'
    "<p><button>Find</button></p></form>"
)
_TABLE = Markup(
    "<table><thead><tr><th>Number</th><th>Database</th><th>Your notes</th></tr></thead>"
    "<tbody>{rows}</tbody></table>"
)
_ROW = Markup('<tr><td><a href="{url}">{number}</a></td><td>{database}</td><td>{notes}</td></tr>')


@dataclass(frozen=True, slots=True)
class KnownAccession:
    """An accession number, and what the table of one's own says of it."""

    accession: Accession
    notes: tuple[str, ...]


async def known_in(text: str, table: NotesTable | None) -> list[KnownAccession]:
    """
    Return the accession numbers in a text, with what a table says of them.

    Raises:
        OSError: If the table can't be read.
        ValueError: If it is none.

    """

    def look_up() -> list[KnownAccession]:
        return [
            KnownAccession(accession, table.about([accession.number]) if table else ())
            for accession in accessions_in(text)
        ]

    return await asyncio.to_thread(look_up)


async def page_of(request: RouteRequest, table: NotesTable | None) -> Markup:
    """Return the form, and what was found in its text."""
    text = request.query.get("text", "")
    known = await known_in(text, table)
    form = _FORM.format(address=request.address, text=text)
    if not known:
        return form + (Markup("<p>There is no accession number in it.</p>") if text else "")
    rows = Markup("").join(
        _ROW.format(
            url=one.accession.url,
            number=one.accession.number,
            database=one.accession.database.name,
            notes="; ".join(one.notes),
        )
        for one in known
    )
    return form + _TABLE.format(rows=rows)


async def data_of(request: RouteRequest, table: NotesTable | None) -> list[dict[str, object]]:
    """Return the same as JSON."""
    return [
        {
            "number": one.accession.number,
            "database": one.accession.database.name,
            "url": one.accession.url,
            "notes": list(one.notes),
        }
        for one in await known_in(request.query.get("text", ""), table)
    ]
