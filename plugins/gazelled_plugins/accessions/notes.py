"""A table of one's own about accession numbers, read again when it has changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gazelled.plugin import read_regular

LARGEST = 32 * 2**20
"""The most bytes of a table."""


class NotesTable:
    """
    A table with a header, whose first column has accession numbers.

    Args:
        path: The file: with tabs between the columns if its name ends in `.tsv`, else with commas.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._notes: Mapping[str, tuple[str, ...]] = {}

    def about(self, numbers: Iterable[str]) -> tuple[str, ...]:
        """
        Return what the table says of accession numbers, each once; it reads the file, and blocks.

        Raises:
            OSError: If the file can't be read.
            ValueError: If it is no table in UTF-8.

        """
        status = self._path.stat()
        version = (status.st_mtime_ns, status.st_size)
        if version != self._version:
            self._notes = parse_table(self._path)
            self._version = version
        return tuple(dict.fromkeys(note for number in numbers for note in self._find(number)))

    def _find(self, number: str) -> Sequence[str]:
        """Return what is said of a number; what is said without its version holds, too."""
        notes = self._notes
        return notes.get(number.casefold()) or notes.get(number.partition(".")[0].casefold()) or ()


def parse_table(path: Path) -> Mapping[str, tuple[str, ...]]:
    """
    Return what a table says, by accession numbers in small letters.

    Raises:
        OSError: If it can't be read.
        ValueError: If it is no table in UTF-8.

    """
    try:
        text = read_regular(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    dialect = csv.excel_tab if path.suffix == ".tsv" else csv.excel
    try:
        header, *rows = csv.reader(io.StringIO(text), dialect)
    except (csv.Error, ValueError):
        raise ValueError(f"{path} is no table: its first line must name the columns") from None
    names = header[1:]
    if not names:
        raise ValueError(f"{path} has one column: write what is known of a number into a second")
    notes: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row and row[0].strip():
            cells = zip(names, row[1:], strict=False)
            said = [_note(name, cell.strip(), alone=len(names) == 1) for name, cell in cells]
            key = row[0].strip().casefold()
            notes[key] = (*notes.get(key, ()), *filter(None, said))
    return notes


def _note(name: str, cell: str, *, alone: bool) -> str:
    return cell if alone or not cell else f"{name.strip()}: {cell}"
