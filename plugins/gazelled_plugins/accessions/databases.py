"""Accession numbers: what each database's look like, and the page that each has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 200_000
"""The most characters of a text that are looked through."""

MOST = 1_000
"""The most accession numbers that one item has."""


@dataclass(frozen=True, slots=True)
class Database:
    """
    A database.

    Attributes:
        name: Its name, for people.
        form: What its accession numbers look like, without their version.
        page: The address of the page of one.

    """

    name: str
    form: str
    page: str


_NCBI, _EBI = "https://www.ncbi.nlm.nih.gov", "https://www.ebi.ac.uk"

DATABASES = (
    Database("BioProject", r"PRJ(?:NA|EB|DB)\d{1,9}", f"{_NCBI}/bioproject/{{}}"),
    Database("BioSample", r"SAM(?:N|EA?|D)\d{3,12}", f"{_NCBI}/biosample/{{}}"),
    Database("ENA/SRA", r"[SED]R[APRSXZ]\d{6,9}", f"{_EBI}/ena/browser/view/{{}}"),
    Database("GEO", r"G(?:SE|SM|PL|DS)\d{1,9}", f"{_NCBI}/geo/query/acc.cgi?acc={{}}"),
    Database("Assembly", r"GC[AF]_\d{9}", f"{_NCBI}/datasets/genome/{{}}/"),
    Database("RefSeq", r"[ANYXW]P_\d{6,9}", f"{_NCBI}/protein/{{}}"),
    Database(
        "RefSeq", r"(?:[AN]C|N[GTWMRZ]|X[MR])_(?:[A-Z]{2,6})?\d{6,10}", f"{_NCBI}/nuccore/{{}}"
    ),
    Database("dbGaP", r"phs\d{6}", f"{_NCBI}/projects/gap/cgi-bin/study.cgi?study_id={{}}"),
    Database("EGA", r"EGA[DSN]\d{11}", "https://ega-archive.org/search/{}"),
    Database("ArrayExpress", r"E-[A-Z]{4}-\d{1,6}", f"{_EBI}/biostudies/arrayexpress/studies/{{}}"),
    Database("PRIDE", r"PXD\d{6}", f"{_EBI}/pride/archive/projects/{{}}"),
    Database("GenBank", r"[A-Z]{2}\d{6}|[A-Z]{2}\d{8}|[A-Z]{4,6}\d{8,10}", f"{_NCBI}/nuccore/{{}}"),
    Database("GenBank", r"[A-Z]\d{5}(?=\.\d)", f"{_NCBI}/nuccore/{{}}"),
)
"""The databases; where two forms fit, the first counts."""

_ACCESSION = re.compile(
    rf"(?<![A-Za-z0-9])({'|'.join(rf'({database.form})' for database in DATABASES)})"
    r"((?:\.\d{1,3})?)(?![A-Za-z0-9])",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Accession:
    """
    An accession number in a text.

    Attributes:
        number: The number, with its version where it has one.
        database: Where it is from.

    """

    number: str
    database: Database

    @property
    def url(self) -> str:
        """Its page."""
        return self.database.page.format(self.number)


def accessions_in(text: str) -> Iterator[Accession]:
    """Yield the accession numbers in a text, each at its first place; a bounded number of them."""
    seen: set[str] = set()
    for match in _ACCESSION.finditer(text[:LONGEST]):
        number = match[1] + match[match.re.groups]
        if number not in seen:
            seen.add(number)
            index = next(index for index in range(len(DATABASES)) if match[index + 2] is not None)
            yield Accession(number, DATABASES[index])
        if len(seen) == MOST:
            return
