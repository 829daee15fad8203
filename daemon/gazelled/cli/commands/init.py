"""`gazelled init`: write a config and the files of its secrets, from flags or questions."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gazelled.cli import output
from gazelled.cli.commands.doctor import print_findings
from gazelled.cli.commands.target import send_test
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import (
    COOKIES,
    FILE,
    HOW_TO_LOG_IN,
    PASSWORD,
    PHONE,
    TOKEN,
    TOTP,
    log_in_options,
    read_secret,
    secrets_of,
)
from gazelled.cli.owner import be_owner
from gazelled.cli.render.config_text import Wishes, config_text, write_draft
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import SYSTEM_CONFIG, Settings
from gazelled.config.json_schema import FILE as SCHEMA
from gazelled.config.json_schema import shipped_schema
from gazelled.containment import event_loop
from gazelled.errors import ConfigError, GazelledError
from gazelled.regular_file import write_whole
from gazelled.service.configuration.check import check as check_config
from gazelled.service.control.doctor_replies import DoctorReply, DoctorResult
from gazelled.service.control.protocol import CallProgress, DoctorRequest

BIOTORRENTS = "https://biotorrents.de"
EXAMPLE = "ntfy://ntfy.sh/my-topic"
_WAYS = ("token", "cookies", "password")


@click.command()
@click.option("--url", default="", help=f"The tracker's address; by default {BIOTORRENTS}.")
@log_in_options
@click.option("--phone-file", type=FILE, metavar="FILE", help="Where to send messages: a file "
              "that holds an Apprise URL (ntfy://…, tgram://…, mailtos://…).")  # fmt: skip
@click.option("--search", metavar="WORDS", help="Watch only data sets that match these words.")
@click.option("--force", is_flag=True, help="Overwrite existing files; the old config is kept.")
@click.option("--no-test", is_flag=True, help="Send neither a request nor a test message.")
@click.pass_obj
def init(settings: Settings, /, *, force: bool, no_test: bool, **options: Any) -> int:  # noqa: ANN401 - click
    """
    Write a config and the files of its secrets.

    On a terminal, it asks for what no option sets. At the end it tries the log-in with one request,
    and sends a test message. A secret is never the value of an option, since
    others on this machine could read it there.
    """
    settings.set_up_logs()
    file = settings.config or settings.own_config
    _refuse_to_overwrite([file], force=force)
    wishes = _wishes(settings, options)
    settings.redactor.add(*wishes.secrets.values())
    secrets = [file.parent / "secrets" / name for name in wishes.secrets]
    _refuse_to_overwrite(secrets, force=force)
    _write(settings, file, wishes)
    output.message(f"Written: {file}")
    for secret in secrets:
        output.message(f"         {secret}")
    settings.config = file
    code = ExitCode.OK
    try:
        if not no_test:
            code = _try_log_in(settings)
            if PHONE in wishes.secrets and _wants_a_test():
                send_test(settings, PHONE)
    finally:
        _print_next(settings, wishes)
    return code


def _try_log_in(settings: Settings) -> ExitCode:
    """
    Ask the tracker whose account it is, and print what came of it.

    Only as the owner of the state and the account: a daemon that runs would answer for the log-in
    that it has. The config stays either way.
    """
    reports: list[DoctorResult] = []
    progress = ProgressLine(quiet=settings.quiet)

    def follow(message: Any) -> None:  # noqa: ANN401 - as it comes
        if isinstance(message, CallProgress):
            progress.begin(message.asking, message.expected)
        elif isinstance(message, DoctorReply):
            reports.append(message.report)

    try:
        with progress.shown("trying the log-in"):
            event_loop.run(be_owner(settings, DoctorRequest(brief=True), follow))
    except GazelledError as error:
        settings.message(f"The log-in was not tried: {error} Later: gazelled doctor")
        return ExitCode.OK
    print_findings(reports[-1].findings)
    return ExitCode.OK if reports[-1].well else ExitCode.FAILED


def _wants_a_test() -> bool:
    question = "Send a test message now?"
    return not sys.stdin.isatty() or click.confirm(question, default=True, err=True)


def _print_next(settings: Settings, wishes: Wishes) -> None:
    """Print what a person can do now, in the order in which it helps."""
    target = PHONE if PHONE in wishes.secrets else "feed"
    steps = {
        "gazelled doctor": "what works at the tracker, and what your log-in sees",
        "gazelled check": "which requests will be sent, and how often",
        f"gazelled target test {target}": "sends a test message",
        **_ways_to_watch(settings),
    }
    if PHONE not in wishes.secrets:
        output.message(
            "Events go to a feed and a journal. For messages to an address such as "
            f"{EXAMPLE}: gazelled target add phone --plugin apprise"
        )
    for number, (command, effect) in enumerate(steps.items()):
        output.message(f"{'' if number else 'Next:':6}{command:34}{effect}")


def _ways_to_watch(settings: Settings) -> Mapping[str, str]:
    """Return the commands that begin to watch; as root in a terminal is none for the system's."""
    if start := settings.service_command("start"):
        return {start: "watches as a service"}
    own, systems = "gazelled service install --user", "gazelled service install"
    folder = settings.config_file.parent
    if folder == SYSTEM_CONFIG.parent:
        return {systems: "watches as a service"}
    if folder.parent == SYSTEM_CONFIG.parent:
        return {f"{systems} --instance {folder.name}": "watches as a service"}
    foreground = {"gazelled run": "watches in the foreground, until Ctrl-C"}
    if folder != settings.own_config.parent:
        return foreground
    return {**foreground, own: "watches as a service"}


def _refuse_to_overwrite(files: list[Path], *, force: bool) -> None:
    taken = [str(file) for file in files if file.exists()]
    if taken and not force:
        raise ConfigError(
            f"{' and '.join(taken)} exist{'s' if len(taken) == 1 else ''} already; nothing was "
            "written. Use another --config, or --force to overwrite."
        )


def _wishes(settings: Settings, options: Mapping[str, Any]) -> Wishes:
    asks = sys.stdin.isatty()
    url = options["url"].strip()
    if not url:
        url = click.prompt("The tracker's address", BIOTORRENTS, err=True) if asks else BIOTORRENTS
    if "://" not in url:
        url = f"https://{url}"
    secrets = secrets_of(options, settings.environ)
    username = _login(secrets, (options["username"] or "").strip(), asks=asks)
    search = (options["search"] or "").strip()
    if asks:
        if options["search"] is None:
            search = click.prompt("Words to look for (none: all new data sets)", "", err=True)
        if PHONE not in secrets:
            question = f"Where to send messages, an Apprise URL like {EXAMPLE} (none: a feed only)"
            if phone := _hidden(question, needed=False):
                secrets[PHONE] = phone
    return Wishes(url=url, username=username, search=search, secrets=secrets)


def _login(secrets: dict[str, str], username: str, *, asks: bool) -> str:
    """Make sure that there is one way to log in; return the user's name if it needs one."""
    ways = [TOKEN in secrets, COOKIES in secrets, bool(username or {PASSWORD, TOTP} & set(secrets))]
    if sum(ways) > 1:
        raise click.UsageError("choose one way to log in: a token, cookies or a password")
    if not username and not {TOKEN, COOKIES} & secrets.keys():
        if not asks:
            raise click.UsageError(HOW_TO_LOG_IN)
        username = _ask_login(secrets)
    if username and PASSWORD not in secrets:
        if not asks:
            raise click.UsageError("--username needs --password-file")
        secrets[PASSWORD] = _hidden("Password")
    return username


def _ask_login(secrets: dict[str, str]) -> str:
    """Ask for a way to log in; return the user's name if it needs one."""
    way = click.prompt("Log in with a", _WAYS[0], type=click.Choice(_WAYS), err=True)
    if way == _WAYS[0]:
        secrets[TOKEN] = _hidden("Token, from your settings page")
    elif way == _WAYS[1]:
        file = click.prompt("File that a browser exported", type=FILE, err=True)
        secrets[COOKIES] = read_secret(file)
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
        f"{question} (not shown)", default, hide_input=True, show_default=False, err=True
    )
    return text.strip()


def _write(settings: Settings, file: Path, wishes: Wishes) -> None:
    """Write the files: first aside, to be checked, then to their places."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".init-", dir=file.parent) as aside:
            draft = write_draft(Path(aside), config_text(wishes), wishes.secrets)
            checked = check_config(draft, settings.environ, output.now(), thorough=True)
            if checked.config is None:
                text = "\n".join(str(problem) for problem in checked.problems).replace(
                    aside, str(file.parent)
                )
                raise ConfigError(
                    f"nothing was written, since the config would be invalid:\n{text}"
                )
            (file.parent / "secrets").mkdir(mode=0o700, exist_ok=True)
            for name in wishes.secrets:
                (draft.parent / "secrets" / name).replace(file.parent / "secrets" / name)
            if file.exists():
                file.replace(file.with_name(f"{file.name}.old"))
            write_whole(file.parent / SCHEMA, shipped_schema().encode())
            draft.replace(file)
    except OSError as error:
        raise ConfigError(f"{file} could not be written: {error.strerror}") from error
