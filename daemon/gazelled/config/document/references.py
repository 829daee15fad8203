"""Secrets by reference: `{ secret = … }`, `{ env = … }` and `{ file = … }`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from pydantic import SecretStr

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.regular_file import read_regular
from gazelled.text import unknown

WAYS = ("env", "file", "secret")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_PATH = re.compile(r"[^\0]+")
_OTHERS = 0o077
_LONGEST = 8192
"""The most characters of a secret; tokens of trackers have a few hundred at most."""
_LARGEST = 1024 * 1024
"""The most bytes of a file that a reference names."""


class References:
    """Follows references, from the folder of the config, and remembers their secrets."""

    def __init__(self, folder: Path, environ: Mapping[str, str], problems: Problems) -> None:
        self._folder = folder
        self.environ = environ
        self._problems = problems
        self.secrets: list[SecretStr] = []

    def path(self, text: str) -> Path:
        """Read a path: from the folder of the config, or from home after `~/`."""
        if text.startswith("~/") and (home := self.environ.get("HOME")):
            return Path(home) / text[2:]
        return self._folder / text

    def secret(self, key: Key, value: object) -> SecretStr | None:
        reference = self._parse(key, value)
        if reference is None:
            return None
        how, name = reference
        text = self._variable(key, name) if how == "env" else self._content(key, how, name)
        if text is None:
            return None
        if not (text := text.removesuffix("\n").removesuffix("\r")).strip():
            self._problems.error(key, "the secret is empty")
            return None
        if len(text) > _LONGEST:
            self._problems.error(key, f"the secret has more than {_LONGEST:,} characters")
            return None
        self.secrets.append(SecretStr(text))
        return self.secrets[-1]

    def file(self, key: Key, value: object) -> Path | None:
        """Return the file that a reference names, where the file itself is used."""
        reference = self._parse(key, value)
        if reference is None:
            return None
        if reference[0] == "env":
            self._problems.error(key, 'expected a file here: { file = "cookies.txt" }')
            return None
        file = self._find(key, *reference)
        return file if file and self._read(key, file) is not None else None

    def resolve(self, key: Key, value: object) -> object:
        """Replace every reference in a value, however deep, by its secret."""
        if isinstance(value, dict):
            if len(value) == 1 and isinstance(value.get(next(iter(value))), str):
                (way,) = value
                if way in WAYS:
                    return self.secret(key, value)
            return {name: self.resolve((*key, name), inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve((*key, index), member) for index, member in enumerate(value)]
        return value

    def _parse(self, key: Key, value: object) -> tuple[str, str] | None:
        name = str(key[-1])
        if not isinstance(value, dict) or len(value) != 1:
            self._problems.error(key, no_reference(name, value))
            return None
        ((how, target),) = value.items()
        if how not in WAYS:
            self._problems.error((*key, how), unknown("kind of reference", how, WAYS))
            return None
        if not is_name(how, target):
            what = {"secret": "a short name", "env": "the name of a variable"}.get(how, "a path")
            self._problems.error((*key, how), f"expected {what} in quotes, not the secret itself")
            return None
        return how, target

    def _variable(self, key: Key, name: str) -> str | None:
        text = self.environ.get(name)
        if text is None:
            self._problems.error(
                key, f"the environment variable {name} is not set; set it, or use another way"
            )
        return text

    def _content(self, key: Key, how: str, name: str) -> str | None:
        file = self._find(key, how, name)
        data = self._read(key, file) if file else None
        try:
            return data.decode() if data is not None else None
        except UnicodeDecodeError:
            self._problems.error(key, f"{file} is not UTF-8 text")
            return None

    def _find(self, key: Key, how: str, name: str) -> Path | None:
        credentials = self.environ.get("CREDENTIALS_DIRECTORY")
        own = self._folder / "secrets" / name
        if how == "file":
            places = [self.path(name)]
        else:
            # systemd passes the files of a folder with the folder's name before theirs.
            passed = [Path(credentials or "") / file for file in (name, f"secrets_{name}")]
            places = [*passed, own] if credentials else [own]
        for place in places:
            if _exists(place):
                is_passed = credentials and place.parent == Path(credentials)
                if not is_passed and place.is_file() and place.stat().st_mode & _OTHERS:
                    text = f"others on this machine can read {place}: chmod 600 {place}"
                    self._problems.warn(key, text)
                return place
        if how == "file":
            self._problems.error(key, f"there is no file {places[0]}")
        else:
            folders = " and ".join(dict.fromkeys(str(place.parent) for place in places))
            self._problems.error(
                key, f'there is no secret "{name}" in {folders}; write it to {own} (chmod 600)'
            )
        return None

    def _read(self, key: Key, file: Path) -> bytes | None:
        try:
            return read_regular(file, _LARGEST)
        except OSError as error:
            self._problems.error(key, f"{file} could not be read: {error.strerror}")
            return None


def is_name(how: str, target: object) -> TypeGuard[str]:
    """Return whether a reference names what holds a secret, and isn't the secret itself."""
    fits = {"secret": _NAME, "env": _VARIABLE}.get(how, _PATH)
    return isinstance(target, str) and fits.fullmatch(target) is not None


def no_reference(name: str, value: object) -> str:
    """Return what to write in place of something that refers to no secret."""
    if isinstance(value, str):
        return (
            f"do not put the secret in this file; write it to the file secrets/{name} beside the"
            f' config, and here {name} = {{ secret = "{name}" }}'
        )
    return f'expected {{ secret = "{name}" }}, {{ env = "…" }} or {{ file = "…" }}'


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except (OSError, ValueError):
        return False
