"""What commands have in common: `--json`, `--yes`, durations, and ways to log in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.regular_file import read_named
from gazelled.units import parse_duration

F = TypeVar("F", bound=Callable[..., Any])

TOKEN, PASSWORD, TOTP, COOKIES, PHONE = (
    "tracker-token",
    "password",
    "totp",
    "cookies.txt",
    "phone",
)
"""The names of secrets: their files in secrets/, and what systemd calls them."""

HOW_TO_LOG_IN = (
    "choose how to log in: --token-file, --token-env, --token -, --cookies, or --username with "
    "--password-file"
)
FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_STDIN = "-"
_LARGEST = 1024 * 1024
"""The most bytes of a secret."""


class DataCommand(click.Command):
    """A command that takes `--json` too, and keeps its log out of sight; its result is a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as click's
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(
                ["--json"],
                is_flag=True,
                expose_value=False,
                callback=_set_json,
                help="Print data as JSON.",
            )
        )

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click's
        refuse_what_is_no_text(ctx)
        ctx.ensure_object(Settings).set_up_logs()
        return super().invoke(ctx)


class DataGroup(DataCommand, CommandGroup):
    """A group that prints data itself, too."""


def refuse_what_is_no_text(ctx: click.Context) -> None:
    """Raise UsageError for words of a command line that are not UTF-8; paths may be so."""
    for value in ctx.params.values():
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str) and not _is_text(word):
                shown = word.encode("utf-8", "replace").decode()
                raise click.UsageError(f'"{shown}" is not UTF-8 text', ctx)


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:  # Python keeps bytes of other encodings as surrogates
        return False
    return True


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if value:
        ctx.ensure_object(Settings).as_json = True


class Duration(click.ParamType[float]):
    """A duration, in seconds."""

    name = "DURATION"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            return self.fail(str(error), param, ctx)


def pairs(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Split texts like `KEY=VALUE`."""
    split = [text.partition("=") for text in texts]
    for text, (key, equals, _) in zip(texts, split, strict=True):
        if not (equals and key):
            raise click.UsageError(f'wanted KEY=VALUE, not "{text}"')
    return [(key, value) for key, _, value in split]


def confirmed(what: str, question: str, *, yes: bool) -> bool | None:
    """
    Return True if a person means it; None if nobody can be asked; raise Abort if they don't.

    On a terminal they are asked the question, unless they confirmed it already: `yes`.
    """
    if yes or not what:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    click.confirm(question, abort=True, err=True)
    return True


def log_in_options(command: F) -> F:
    """Add the options for logging in; `secrets_of` reads them."""
    options = (
        click.option("--token", metavar="-", help="A token, from standard input."),
        click.option("--token-file", type=FILE, metavar="FILE", help="A token, from a file."),
        click.option("--token-env", metavar="NAME", help="A token, from the environment."),
        click.option("--username", metavar="NAME", help="Log in with a name and a password."),
        click.option("--password-file", type=FILE, metavar="FILE", help="The password for it."),
        click.option(
            "--totp-file", type=FILE, metavar="FILE", help="The secret of its second factor."
        ),
        click.option(
            "--cookies", type=FILE, metavar="FILE", help="Cookies that a browser exported."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def secrets_of(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that options refer to."""
    secrets: dict[str, str] = {}
    if options["token"] is not None:
        if options["token"] != _STDIN:
            raise click.UsageError(
                "others could read a token here; use --token-file FILE, or --token - and pass "
                "it on standard input"
            )
        secrets[TOKEN] = read_secret(Path(_STDIN), one_line=True)
    if name := (options["token_env"] or "").strip():
        if not environ.get(name):
            raise click.UsageError(f"the environment variable {name} is not set")
        secrets[TOKEN] = environ[name]
    files = {
        TOKEN: "token_file",
        PASSWORD: "password_file",
        TOTP: "totp_file",
        COOKIES: "cookies",
        PHONE: "phone_file",
    }
    secrets |= {
        secret: read_secret(options[option])
        for secret, option in files.items()
        if options.get(option) is not None
    }
    for name, text in secrets.items():
        secrets[name] = text if name == COOKIES else text.strip()
        if not text.strip():
            raise click.UsageError(f"the value for {name} is empty")
        if not _is_text(text):
            raise click.UsageError(f"the value for {name} is not UTF-8 text")
    return secrets


def read_secret(file: Path, *, one_line: bool = False) -> str:
    """Return what a file, or standard input, holds; raise UsageError if it can't be read."""
    try:
        if str(file) != _STDIN:
            return read_named(file, _LARGEST).decode("utf-8")
        text = sys.stdin.readline(_LARGEST) if one_line else sys.stdin.read(_LARGEST + 1)
    except UnicodeDecodeError:
        raise click.UsageError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise click.UsageError(f"{file} could not be read: {error.strerror}") from None
    if len(text) > _LARGEST:
        raise click.UsageError(f"standard input has more than {_LARGEST // 1024:,} KiB")
    if not _is_text(text):
        raise click.UsageError("standard input is not UTF-8 text")
    return text
