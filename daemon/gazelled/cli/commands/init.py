"""`gazelled init`: write a config and the files of its secrets, from flags or questions."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from gazelled.cli import output
from gazelled.cli.client import set_up_logs
from gazelled.cli.commands.target import send_test
from gazelled.cli.render.config_text import (
    COOKIES,
    PASSWORD,
    PHONE,
    TOKEN,
    TOTP,
    Wishes,
    config_text,
)
from gazelled.cli.settings import Settings
from gazelled.errors import ConfigError
from gazelled.service.check import check as check_config

BIOTORRENTS = "https://biotorrents.de"
_STDIN = "-"
_WAYS = ("token", "cookies", "password")
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.option("--url", help=f"The tracker's address; {BIOTORRENTS} if nothing is said.")
@click.option("--token", metavar="-", help="A token, from standard input.")
@click.option("--token-file", type=_FILE, metavar="FILE", help="A token, from a file.")
@click.option("--token-env", metavar="NAME", help="A token, from the environment.")
@click.option("--username", metavar="NAME", help="Log in with a name and a password.")
@click.option("--password-file", type=_FILE, metavar="FILE", help="The password for it.")
@click.option("--totp-file", type=_FILE, metavar="FILE", help="The secret of its second factor.")
@click.option("--cookies", type=_FILE, metavar="FILE", help="Cookies that a browser exported.")
@click.option("--phone-file", type=_FILE, metavar="FILE", help="Where to send messages: a file "
              "that holds an Apprise URL (ntfy://…, tgram://…, mailtos://…).")  # fmt: skip
@click.option("--search", metavar="WORDS", help="Tell data sets with these words only.")
@click.option("--force", is_flag=True, help="Write over what is there; the old config is kept.")
@click.option("--no-test", is_flag=True, help="Send no test message.")
@click.pass_obj
def init(settings: Settings, /, **given: object) -> None:
    """
    Write a config and the files of its secrets.

    What no option tells is asked, on a terminal. A secret is never an option's value: others on
    this machine could read it there.
    """
    set_up_logs(settings)
    file = settings.config or settings.own_config
    force = bool(given["force"])
    _refuse_to_overwrite([file], force=force)
    wishes = _wishes(settings, given)
    settings.redactor.add(*wishes.secrets.values())
    _refuse_to_overwrite([file.parent / "secrets" / name for name in wishes.secrets], force=force)
    _write(settings, file, wishes)
    output.words(f"Written: {file}")
    for name in wishes.secrets:
        output.words(f"         {file.parent / 'secrets' / name}")
    settings.config = file
    if PHONE in wishes.secrets and not given["no_test"] and _agreed():
        send_test(settings, "phone")
    output.words("Next: gazelled check   shows what will be asked when")
    output.words("      gazelled run     watches, in the foreground; systemd/ has units for good")


def _refuse_to_overwrite(files: list[Path], *, force: bool) -> None:
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise ConfigError(
            f"{' and '.join(there)} exist{'s' if len(there) == 1 else ''} already; nothing was "
            "written. Use another --config, or --force to write over it."
        )


def _wishes(settings: Settings, given: Mapping[str, object]) -> Wishes:
    asks = sys.stdin.isatty()
    url = _text(given, "url")
    if not url:
        url = click.prompt("The tracker's address", BIOTORRENTS, err=True) if asks else BIOTORRENTS
    if "://" not in url:
        url = f"https://{url}"
    secrets = from_options(settings, given)
    username = _text(given, "username")
    username = _login(secrets, username, asks=asks)
    search = _text(given, "search")
    if asks:
        if given["search"] is None:
            search = click.prompt("Words to look for (none: all new data sets)", "", err=True)
        if PHONE not in secrets:
            question = "Where to send messages, as an Apprise URL (none: a feed only)"
            if phone := _hidden(question, needed=False):
                secrets[PHONE] = phone
    return Wishes(url=url, username=username, search=search, secrets=secrets)


def _login(secrets: dict[str, str], username: str, *, asks: bool) -> str:
    """See to it that there is one way to log in; tell the user's name if it needs one."""
    ways = [TOKEN in secrets, COOKIES in secrets, bool(username or {PASSWORD, TOTP} & set(secrets))]
    if sum(ways) > 1:
        raise click.UsageError("choose one way to log in: a token, cookies or a password")
    if not username and not {TOKEN, COOKIES} & secrets.keys():
        if not asks:
            raise click.UsageError(
                "say how to log in: --token-file, --token-env, --token -, --cookies, or "
                "--username with --password-file"
            )
        username = _ask_login(secrets)
    if username and PASSWORD not in secrets:
        if not asks:
            raise click.UsageError("--username needs --password-file")
        secrets[PASSWORD] = _hidden("Password")
    return username


def from_options(settings: Settings, given: Mapping[str, object]) -> dict[str, str]:
    """Read the secrets that options point at."""
    found: dict[str, str] = {}
    if given["token"] is not None:
        if given["token"] != _STDIN:
            raise click.UsageError(
                "others could read a token here; write --token-file FILE, or --token - and hand "
                "it over on standard input"
            )
        found[TOKEN] = sys.stdin.readline()
    if name := _text(given, "token_env"):
        if not settings.environ.get(name):
            raise click.UsageError(f"the environment has no {name}")
        found[TOKEN] = settings.environ[name]
    files = {
        "token_file": TOKEN,
        "password_file": PASSWORD,
        "totp_file": TOTP,
        "cookies": COOKIES,
        "phone_file": PHONE,
    }
    for option, secret in files.items():
        file = given[option]
        if isinstance(file, Path):
            found[secret] = _read(file)
    texts = {name: text if name == COOKIES else text.strip() for name, text in found.items()}
    for name, text in texts.items():
        if not text.strip():
            raise click.UsageError(f"what was given as {name} is empty")
    return texts


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == _STDIN else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} can't be read: {error}") from None


def _ask_login(secrets: dict[str, str]) -> str:
    """Ask for a way to log in; tell the user's name if it needs one."""
    way = click.prompt("Log in with a", _WAYS[0], type=click.Choice(_WAYS), err=True)
    if way == _WAYS[0]:
        secrets[TOKEN] = _hidden("Token, from your settings page")
    elif way == _WAYS[1]:
        file = click.prompt("File that a browser exported", type=_FILE, err=True)
        secrets[COOKIES] = _read(file)
    else:
        name: str = click.prompt("User name", err=True)
        secrets[PASSWORD] = _hidden("Password")
        if totp := _hidden("Secret of the second factor (none: leave empty)", needed=False):
            secrets[TOTP] = totp
        return name
    return ""


def _hidden(question: str, *, needed: bool = True) -> str:
    default = None if needed else ""
    text: str = click.prompt(
        f"{question} (isn't shown)", default, hide_input=True, show_default=False, err=True
    )
    return text.strip()


def _text(given: Mapping[str, object], name: str) -> str:
    return str(given[name] or "").strip()


def _agreed() -> bool:
    return not sys.stdin.isatty() or click.confirm(
        "Send a test message now?", default=True, err=True
    )


def _write(settings: Settings, file: Path, wishes: Wishes) -> None:
    """
    Write the files: first aside, to be checked, then to their places.

    Raises:
        ConfigError: If they would not pass a check, or can't be written; nothing is there then.

    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".init-", dir=file.parent) as aside:
            draft = Path(aside) / "config.toml"
            _put(draft, config_text(wishes))
            for name, text in wishes.secrets.items():
                _put(draft.parent / "secrets" / name, f"{text.rstrip()}\n")
            checked = check_config(draft, settings.environ, output.now(), thorough=True)
            if checked.config is None:
                said = "\n".join(str(each) for each in checked.problems).replace(
                    aside, str(file.parent)
                )
                raise ConfigError(f"nothing was written, since this would be wrong:\n{said}")
            (file.parent / "secrets").mkdir(mode=0o700, exist_ok=True)
            for name in wishes.secrets:
                (draft.parent / "secrets" / name).replace(file.parent / "secrets" / name)
            if file.exists():
                file.replace(file.with_name(f"{file.name}.old"))
            draft.replace(file)
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror}") from error


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as writer:
        writer.write(text)
