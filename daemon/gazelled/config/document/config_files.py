"""Reads config.toml and the files in conf.d beside it into one document."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from gazelled.config.document.key_lines import Key, Lines, too_deep
from gazelled.config.document.problems import KeyPlaces, Problem
from gazelled.config.document.toml_errors import what_is_wrong
from gazelled.regular_file import read_regular

Stamp = tuple[tuple[Path, int, int], ...]
"""Of each file of a config: its path, when it was changed in nanoseconds, its bytes."""

_NAMED = ("watch", "target", "plugin")
LARGEST = 4 * 1024 * 1024
"""The most bytes of a config file; a thousand watches need about 200 KiB."""


def gather(path: Path) -> tuple[dict[str, object], KeyPlaces, list[Problem]]:
    """Return the document of config.toml and conf.d, the places of its keys, and what is unread."""
    document: dict[str, object] = {}
    files: dict[Key, Path] = {}
    lines: dict[Path, Lines] = {}
    problems: list[Problem] = []
    places = KeyPlaces(path, files, lines)
    files_read, unlisted = _listed(path)
    if unlisted:
        problems.append(unlisted)
    for file in files_read:
        read = _read(file, is_first=file == path)
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


def config_files(path: Path) -> list[Path]:
    """
    Return config.toml and the files of conf.d beside it, in the order of reading.

    Hidden ones are none: an editor that has a file open keeps its lock or a copy beside it.
    """
    return _listed(path)[0]


def _listed(path: Path) -> tuple[list[Path], Problem | None]:
    """Return the files of a config, and why those of conf.d can't be listed."""
    folder = path.parent / "conf.d"
    try:
        files = sorted(folder.iterdir())  # glob finds nothing where it may not look
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.is_symlink():
            return [path], None
        if not os.path.lexists(folder):  # the path is wrong, which reading the config says too
            return [path], None
        return [path], Problem(folder, None, "", _not_read(folder, error))
    drop_ins = [file for file in files if file.suffix == ".toml" and not file.name.startswith(".")]
    return [path, *drop_ins], None


def stamp_of(path: Path) -> Stamp:
    """Return what changes with the files of a config: their names, times and sizes."""
    stamps = [(file, _stat(file)) for file in config_files(path)]
    return tuple((file, stat.st_mtime_ns, stat.st_size) for file, stat in stamps if stat)


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:  # it is gone, or whoever asks may not see it
        return None


def _read(file: Path, *, is_first: bool) -> tuple[dict[str, object], Lines] | Problem:
    text = ""
    try:
        text = read_regular(file, LARGEST).decode("utf-8-sig")  # Windows begins files with a mark
        if line := too_deep(text):
            return Problem(file, line, "", "lists or tables are nested too deeply")
        return tomllib.loads(text), Lines(text)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Problem(file, line, "", "the file is not UTF-8 text; save it as UTF-8")
    except OSError as error:
        advice = "; gazelled init writes one"
        missing = isinstance(error, FileNotFoundError) and is_first and not file.is_symlink()
        return Problem(file, None, "", _not_read(file, error) + (advice if missing else ""))
    except ValueError as error:
        line, message = what_is_wrong(text, str(error))
        return Problem(file, line, "", message)


def _not_read(file: Path, error: OSError) -> str:
    """Return why a file or folder can't be read."""
    if not isinstance(error, FileNotFoundError):
        return f"could not be read: {error.strerror}"
    return "it is a link to what is not there" if file.is_symlink() else "there is no such file"


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
