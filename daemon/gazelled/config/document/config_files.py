"""Reads config.toml and the files in conf.d beside it into one document."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gazelled.config.document.key_lines import Key, Lines, too_deep
from gazelled.config.document.problems import KeyPlaces, Problem
from gazelled.config.document.toml_errors import what_is_wrong
from gazelled.regular_file import read_regular

_NAMED = ("watch", "target", "plugin")
_LARGEST = 4 * 1024 * 1024
"""The most bytes of a config file; a thousand watches need about 200 KiB."""


def gather(path: Path) -> tuple[dict[str, object], KeyPlaces, list[Problem]]:
    """Return the document of config.toml and conf.d, the places of its keys, and what is unread."""
    document: dict[str, object] = {}
    files: dict[Key, Path] = {}
    lines: dict[Path, Lines] = {}
    problems: list[Problem] = []
    places = KeyPlaces(path, files, lines)
    for file in (path, *_beside(path)):
        read = _read(file)
        if isinstance(read, Problem):
            problems.append(read)
            continue
        table, lines[file] = read
        for key, value in _parts(table):
            if key in files or key[:1] in files:
                problems.append(_twice(places, key, file))
            else:
                files[key] = file
                _put(document, key, value)
    return document, places, problems


def _beside(path: Path) -> list[Path]:
    try:
        return sorted((path.parent / "conf.d").glob("*.toml"))
    except OSError:  # the path is too long, which reading the file itself says too
        return []


def _read(file: Path) -> tuple[dict[str, object], Lines] | Problem:
    text = ""
    try:
        text = read_regular(file, _LARGEST).decode("utf-8-sig")  # Windows begins files with a mark
        if line := too_deep(text):
            return Problem(file, line, "", "lists or tables are nested too deeply")
        return tomllib.loads(text), Lines(text)
    except FileNotFoundError:
        return Problem(file, None, "", "there is no such file; gazelled init writes one")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Problem(file, line, "", "the file is not UTF-8 text; save it as UTF-8")
    except OSError as error:
        return Problem(file, None, "", f"could not be read: {error.strerror}")
    except ValueError as error:
        line, message = what_is_wrong(text, str(error))
        return Problem(file, line, "", message)


def _parts(table: dict[str, object]) -> list[tuple[Key, object]]:
    """Split a document into what may stand in different files."""
    parts: list[tuple[Key, object]] = []
    for key, value in table.items():
        if key in _NAMED and isinstance(value, dict):
            parts += [((key, name), inner) for name, inner in value.items()]
        else:
            parts.append(((key,), value))
    return parts


def _put(document: dict[str, object], key: Key, value: object) -> None:
    table = document
    for part in key[:-1]:
        inner = table.setdefault(str(part), {})
        if not isinstance(inner, dict):
            return
        table = inner
    table[str(key[-1])] = value


def _twice(places: KeyPlaces, key: Key, file: Path) -> Problem:
    first = places.problem(key, "")
    here = KeyPlaces(file, {}, places.lines).problem(key, "")
    place = str(first).partition(": ")[0]
    message = f"is already in {place}; remove one of them"
    return Problem(file, here.line, here.key, message)
