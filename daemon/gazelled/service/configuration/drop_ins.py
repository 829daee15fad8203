"""
Drop-ins: watches and targets that gazelled writes itself, each a file in conf.d beside the config.

A file is kept only if the whole config is good with it. A person's own file is never rewritten:
gazelled's begin with a line that says so.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gazelled.config.document.config_files import gather
from gazelled.config.document.problems import place_of
from gazelled.config.document.toml_writer import written
from gazelled.errors import ConfigError
from gazelled.planning.planner import Past
from gazelled.regular_file import sync_folder, write_whole
from gazelled.service.configuration.check import CheckResult, check
from gazelled.text import shortened

FOLDER = "conf.d"
MARK = "# Written by gazelled watch, which may write it anew. Without this line it is yours.\n"
TARGET_MARK = "# Written by gazelled target add. It is yours to change.\n"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OTHERS_WRITE = 0o022
_NO_NUMBERS = {"inf", "nan"}


@dataclass(frozen=True, slots=True)
class WatchLocation:
    """
    Where a watch is configured, by the name of its table, of which `each` may make several.

    `managed` is whether gazelled wrote the file; the line, from 1, is there where it is known.
    """

    name: str
    table: Mapping[str, object]
    file: Path
    line: int | None
    managed: bool

    def __str__(self) -> str:
        return place_of(self.file, self.line)


class DropIns:
    """The drop-ins of a config, and the environment with the secrets that a check looks for."""

    def __init__(self, config: Path, environ: Mapping[str, str], past: Past, now: datetime) -> None:
        self._config = config
        self._environ = environ
        self._past = past
        self._now = now

    def places(self) -> dict[str, WatchLocation]:
        """Return where each watch is configured, disabled or not, by the names of tables."""
        document, source, _ = gather(self._config)
        tables = document.get("watch")
        places: dict[str, WatchLocation] = {}
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if isinstance(table, dict):
                at = source.problem(("watch", name), "")
                places[name] = WatchLocation(name, table, at.file, at.line, _is_managed(at.file))
        return places

    def add(self, name: str, table: Mapping[str, object], *, keep: bool = True) -> CheckResult:
        """Write a watch into a file of its own, or raise a ConfigError and change nothing."""
        self.refuse_taken("watch", name)
        return self._write(self.file(name), text_of(name, table), keep=keep)

    def add_target(
        self, name: str, table: Mapping[str, object], *, keep: bool = True
    ) -> CheckResult:
        """Write a target into a file of its own, or raise a ConfigError and change nothing."""
        self.refuse_taken("target", name)
        return self._write(self.target_file(name), target_text(name, table), keep=keep)

    def refuse_taken(self, kind: str, name: str) -> None:
        """Raise a ConfigError unless there can be a new watch, or target, of a name."""
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f'"{shortened(name, 80)}" is no name for a {kind}: it has letters from a to z, '
                "digits, - and _ only, begins with a letter or digit, and has 64 at most"
            )
        document, source, _ = gather(self._config)
        tables = document.get(kind)
        if isinstance(tables, dict) and name in tables:
            at = source.problem((kind, name), "")
            place = place_of(at.file, at.line)
            raise ConfigError(f"there is a {kind} {name} already, in {place}")
        file = self.file(name) if kind == "watch" else self.target_file(name)
        if os.path.lexists(file):
            raise ConfigError(f"{file} exists already, and isn't about {name}; choose another name")

    def replace(self, file: Path, text: str) -> CheckResult:
        """Write a file of the config anew, a person's own too, or raise as `add` does."""
        return self._write(file, text, keep=True)

    def change(self, place: WatchLocation, table: Mapping[str, object]) -> CheckResult:
        """Write a watch that gazelled manages anew, or raise a ConfigError as `add` does."""
        return self._write(place.file, text_of(place.name, table), keep=True)

    def remove(self, place: WatchLocation) -> None:
        """Remove a watch that gazelled manages; raises a ConfigError if it can't be."""
        with _sentences(place.file):
            place.file.unlink()
            sync_folder(place.file.parent)

    def put_back(self, file: Path, before: bytes | None) -> None:
        """Make a file what it was before a change; None if there was none."""
        with _sentences(file):
            if before is None:
                file.unlink(missing_ok=True)
                sync_folder(file.parent)
            else:
                _put(file, before.decode(), self._config)

    def file(self, name: str) -> Path:
        return self._config.parent / FOLDER / f"{name}.toml"

    def target_file(self, name: str) -> Path:
        return self._config.parent / FOLDER / f"target-{name}.toml"

    def _write(self, file: Path, text: str, *, keep: bool) -> CheckResult:
        checked = self._check(file, text)
        if checked.config is None:
            wrong = [str(problem) for problem in checked.problems if problem.is_error]
            raise ConfigError(
                "\n".join(["nothing was changed, since the config would be invalid:", *wrong])
            )
        if keep:
            with _sentences(file):
                _put(file, text, self._config)
        return checked

    def _check(self, file: Path, text: str) -> CheckResult:
        """Check a copy of the whole config with a file that isn't there yet."""
        if not self._config.exists():
            raise ConfigError(f"there is no {self._config}; gazelled init writes one")
        folder = self._config.parent
        with tempfile.TemporaryDirectory(prefix="gazelled-") as aside, _sentences(file):
            copy = Path(aside) / self._config.name
            shutil.copyfile(self._config, copy)
            (copy.parent / FOLDER).mkdir()
            for drop_in in (folder / FOLDER).glob("*.toml"):
                shutil.copyfile(drop_in, copy.parent / FOLDER / drop_in.name)
            changed = copy if file == self._config else copy.parent / FOLDER / file.name
            changed.write_text(text, "utf-8")
            return check(copy, self._environ, self._now, self._past, base=folder)


def text_of(name: str, table: Mapping[str, object]) -> str:
    """Write the file of a watch."""
    return MARK + written(name, table)


def target_text(name: str, table: Mapping[str, object]) -> str:
    """Write the file of a target."""
    return TARGET_MARK + written(name, table, "target")


def read_value(text: str) -> object:
    """Read a value as it is typed: a number, true, false or a list as in TOML, else a text."""
    with suppress(ValueError, RecursionError):
        document = tomllib.loads(f"value = {text}")
        value = document.pop("value")
        if not document and isinstance(value, str | bool | int | float | list):
            return text if text.strip("+-") in _NO_NUMBERS else value
    return text


def put_value(table: dict[str, object], key: str, value: object) -> None:
    """Put a value under a key with dots into a table; several of one key become a list."""
    *outer, last = key.split(".")
    for part in outer:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{key}: {part} has a value already")
        table = inner
    if last in table:
        before = table[last]
        if isinstance(before, dict):
            raise ConfigError(f"{key}: {last} has keys below it already")
        value = [*(before if isinstance(before, list) else [before]), value]
    table[last] = value


def _is_managed(file: Path) -> bool:
    if file.parent.name != FOLDER or file.is_symlink():
        return False
    with suppress(OSError, UnicodeDecodeError), file.open(encoding="utf-8") as reader:
        return reader.readline() == MARK
    return False


@contextmanager
def _sentences(file: Path) -> Iterator[None]:
    """Raise what the disk or its rights refuse as a sentence."""
    try:
        yield
    except OSError as error:
        where = error.filename or file
        raise ConfigError(f"nothing was changed: {where}: {error.strerror or error}") from error


def _put(file: Path, text: str, config: Path) -> None:
    """Write a file whole or not at all, readable for those who can read it, or the config."""
    file = file.resolve()  # a link of the user's stays one
    like, folder = (file if file.exists() else config).stat(), config.parent.stat()
    if not file.parent.exists():
        file.parent.mkdir()
        _make_like(file.parent, folder)
    write_whole(file, text.encode(), before=lambda fresh: _make_like(fresh, like))
    sync_folder(file.parent)


def _make_like(path: Path, like: os.stat_result) -> None:
    """Copy the rights of another path, but let nobody else write."""
    path.chmod(like.st_mode & 0o777 & ~_OTHERS_WRITE)
    with suppress(OSError):  # only root may
        os.chown(path, like.st_uid, like.st_gid)
