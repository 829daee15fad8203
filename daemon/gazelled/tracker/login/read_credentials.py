"""Reads credentials from a file or the environment, so that no secret is in a program."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from gazelled.errors import ConfigError
from gazelled.tracker.login.auth import Auth, CookieAuth, LoginAuth, TokenAuth

_NAMES = ("token", "username", "password", "totp", "cookies")
_WANTED = "a token, or a username with its password, or cookies"


def read_credentials(file: Path | str | None = None) -> Auth:
    """
    Return how to log in, from a file or else from the environment.

    Args:
        file: A TOML file with `token`; or with `username`, `password` and, if the account has a
            second factor, `totp`; or with `cookies`, the path of a file with those of a browser,
            relative to this one. None for the variables `GAZELLED_TOKEN`, `GAZELLED_USERNAME`,
            `GAZELLED_PASSWORD`, `GAZELLED_TOTP` and `GAZELLED_COOKIES`.

    Raises:
        ConfigError: If the file can't be read, or there is nothing to log in with, or too much.

    """
    if file is None:
        prefix = "GAZELLED_"
        return _credentials(
            {name: os.environ.get(prefix + name.upper(), "") for name in _NAMES},
            Path(),
            f"The environment needs {_WANTED}: set {prefix}TOKEN or the like.",
        )
    path = Path(file).expanduser()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    except ValueError:  # whose text may quote a secret
        raise ConfigError(f"{path} isn't TOML.") from None
    values = {name: table.get(name, "") for name in _NAMES}
    if unknown := sorted({*table} - {*_NAMES}):
        raise ConfigError(f"{path} has {unknown[0]}, but takes {', '.join(_NAMES)}.")
    if not all(isinstance(value, str) for value in values.values()):
        raise ConfigError(f"{path} has a value that isn't a text.")
    return _credentials(values, path.parent, f"{path} needs {_WANTED}.")


def _credentials(values: Mapping[str, str], folder: Path, problem: str) -> Auth:
    token, username, password, totp, cookies = (values[name].strip() for name in _NAMES)
    if token and not (username or cookies):
        return TokenAuth(token)
    if username and password and not (token or cookies):
        return LoginAuth(username, password, totp)
    if cookies and not (token or username):
        return CookieAuth(folder / Path(cookies).expanduser())
    raise ConfigError(problem)
