"""A torrent's list of files, which the tracker sends as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gazelled.markup import decode_entities

_FILE = re.compile(r"(?P<name>.*)\{\{\{(?P<size>\d{1,18})\}\}\}", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a torrent: its path therein, and its bytes; None when the list doesn't say."""

    name: str
    size: int | None


def files_of(listed: str) -> tuple[File, ...]:
    """Read `name{{{size}}}|||name{{{size}}}`; names have their entities decoded."""
    files: list[File] = []
    for entry in filter(None, listed.split("|||")):
        parts = _FILE.fullmatch(entry)
        name = decode_entities(parts["name"] if parts else entry)
        files.append(File(name, int(parts["size"]) if parts else None))
    return tuple(files)
