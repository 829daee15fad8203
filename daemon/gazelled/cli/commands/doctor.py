"""`gazelled doctor`: find out what works at the tracker, and what to write into the config."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click
import tomli_w
from yarl import URL

from gazelled.cli import output
from gazelled.cli.client import Line, closing, says, set_up_logs
from gazelled.cli.commands.init import from_options
from gazelled.cli.render.config_text import COOKIES, PASSWORD, TOKEN, TOTP
from gazelled.cli.settings import Settings, with_json
from gazelled.regular_file import is_regular

_FAILED = 1
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_SIGNS = {"good": "✓", "note": "·", "bad": "✗"}
_WAYS = ("token", "login", "cookies")


@click.command()
@click.option("--url", help="The address of another tracker than the config's.")
@click.option("--token", metavar="-", help="A token, from standard input.")
@click.option("--token-file", type=_FILE, metavar="FILE", help="A token, from a file.")
@click.option("--token-env", metavar="NAME", help="A token, from the environment.")
@click.option("--username", metavar="NAME", help="Log in with a name and a password.")
@click.option("--password-file", type=_FILE, metavar="FILE", help="The password for it.")
@click.option("--totp-file", type=_FILE, metavar="FILE", help="The secret of its second factor.")
@click.option("--cookies", type=_FILE, metavar="FILE", help="Cookies that a browser exported.")
@with_json
@click.pass_context
def doctor(ctx: click.Context, /, **given: object) -> None:
    """
    Find out what works at the tracker.

    Which page answers, which log-in works and what it can't tell, who you are there, whether the
    clock is right, which profile applies: with four requests at most, which wait their turn like
    all. What it found goes to standard error, and a [tracker] to standard output.
    """
    settings = ctx.ensure_object(Settings)
    set_up_logs(settings)
    if given["url"] is None:
        if any(given[name] is not None for name in given if name != "url"):
            raise click.UsageError("a log-in needs --url: which tracker is it for?")
        own = _tracker_of(settings.config_file)
        report = asyncio.run(_ask(settings))
        login: Mapping[str, object] = _login_in(own) | _way_there(own)
    else:
        report, login = _elsewhere(settings, given)
    fragment = _fragment(report["settings"], login)
    if settings.as_json:
        output.as_json({**report, "config": fragment})
    else:
        _print(report, fragment)
    ctx.exit(0 if report["well"] else _FAILED)


def _print(report: Line, fragment: str) -> None:
    findings = report["findings"]
    for finding in findings if isinstance(findings, list) else []:
        output.words(f"{_SIGNS[finding['mark']]} {finding['text']}")
        if finding["advice"]:
            output.words(f"  {finding['advice']}")
    number = report["requests"]
    output.words(f"{number} request{'' if number == 1 else 's'}.")
    if fragment:
        output.line(fragment.rstrip())


async def _ask(settings: Settings) -> Line:
    report: object = None
    async with closing(says(settings, "doctor", {})) as lines:
        async for line in lines:
            expected = line.get("expected")
            if isinstance(expected, int | float) and sys.stderr.isatty() and round(expected):
                output.words(f"my turn in {expected:.0f} s")
            report = line.get("report")
    assert isinstance(report, Mapping)  # noqa: S101 - the handler's last line
    return report


def _elsewhere(
    settings: Settings, given: Mapping[str, object]
) -> tuple[Line, Mapping[str, object]]:
    """
    Ask a tracker that stands in no config, with a state of its own.

    For the config's own tracker the state is the config's: one account has one owner.
    """
    url, secrets = str(given["url"]), from_options(settings, {**given, "phone_file": None})
    settings.redactor.add(*secrets.values())
    own, folder = _tracker_of(settings.config_file), settings.config_file.parent
    login = _login_for(str(given["username"] or ""), secrets) if secrets else _login_in(own)
    if not login:
        raise click.UsageError(
            "say how to log in: --token-file, --token-env, --token -, --cookies, or --username "
            "with --password-file"
        )
    same = URL(url).host == URL(str(own.get("url", ""))).host
    kept = {key: own[key] for key in ("proxy", "limit") if key in own and (same or key == "proxy")}
    if "ca" in own:
        kept["ca"] = str(folder / str(own["ca"]))
    with tempfile.TemporaryDirectory(prefix="gazelled-doctor-") as aside:
        draft = Path(aside) / "config.toml"
        for name, text in secrets.items():
            _put(draft.parent / "secrets" / name, f"{text.rstrip()}\n")
        named = login if secrets else _absolute(login, folder)
        _put(draft, _fragment({"url": url} | kept, named))
        state = settings.state_folder if same else settings.state_folder / "doctor"
        report = asyncio.run(_ask(replace(settings, config=draft, state=state)))
        return report, {**login, **_way_there(own)}


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)


def _login_for(username: str, secrets: Mapping[str, str]) -> Mapping[str, object]:
    """Name the secrets the way `gazelled init` does."""
    if TOKEN in secrets:
        return {"token": {"secret": TOKEN}}
    if COOKIES in secrets:
        return {"cookies": {"secret": COOKIES}}
    if not username or PASSWORD not in secrets:
        raise click.UsageError("--username and --password-file belong together")
    table: dict[str, object] = {"username": username, "password": {"secret": PASSWORD}}
    return {"login": table | ({"totp": {"secret": TOTP}} if TOTP in secrets else {})}


def _login_in(tracker: Mapping[str, object]) -> dict[str, object]:
    return {way: value for way, value in tracker.items() if way in _WAYS}


def _way_there(tracker: Mapping[str, object]) -> dict[str, object]:
    """Return the settings without which the tracker can't be reached."""
    return {key: value for key, value in tracker.items() if key in {"proxy", "ca"}}


def _tracker_of(config: Path) -> Mapping[str, object]:
    """Read the config's `[tracker]` as it stands there; nothing if that can't be read."""
    if not is_regular(config):
        return {}
    try:
        found = tomllib.loads(config.read_text()).get("tracker", {})
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _absolute(login: Mapping[str, object], folder: Path) -> Mapping[str, object]:
    """Let references of the config work in a file that stands elsewhere."""

    def moved(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        if "secret" in value:
            return {"file": str(folder / "secrets" / str(value["secret"]))}
        if "file" in value:
            return {"file": str(folder / str(value["file"]))}
        return {key: moved(inner) for key, inner in value.items()}

    return {way: moved(value) for way, value in login.items()}


def _fragment(settings: object, login: Mapping[str, object]) -> str:
    """Write a `[tracker]`; nothing if nothing is known."""
    if not isinstance(settings, Mapping) or not settings:
        return ""
    head = {key: settings[key] for key in ("url", "profile") if key in settings}
    lines = [f"{key} = {_value(value)}" for key, value in {**head, **login, **settings}.items()]
    return "\n".join(["[tracker]", *lines, ""])


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip()
