"""`gazelled doctor`: find out what works at the tracker, and suggest settings for the config."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from yarl import URL

from gazelled.cli import output
from gazelled.cli.client import ask
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import (
    COOKIES,
    HOW_TO_LOG_IN,
    PASSWORD,
    TOKEN,
    TOTP,
    DataCommand,
    log_in_options,
    secrets_of,
)
from gazelled.cli.render.config_text import write_draft
from gazelled.cli.settings import Settings
from gazelled.config.document.toml_writer import toml_value
from gazelled.regular_file import is_regular
from gazelled.service.control.codec import encode
from gazelled.service.control.doctor_replies import DoctorFinding, DoctorResult
from gazelled.service.control.protocol import DoctorRequest
from gazelled.text import counted

_SIGNS = {"good": "✓", "note": "·", "bad": "✗"}
_TONES = {"good": output.well, "bad": output.bad}
_LOG_INS = {"token", "login", "cookies"}
_WAY_THERE = {"proxy", "ca"}
"""The settings that are required to reach the tracker."""

Table = Mapping[str, object]


@click.command(cls=DataCommand)
@click.option("--url", help="The address of another tracker than the one in the config.")
@log_in_options
@click.pass_obj
def doctor(settings: Settings, /, *, url: str | None, **options: Any) -> ExitCode:  # noqa: ANN401 - click
    """
    Find out what works at the tracker.

    It shows which page answers, whether the log-in works and what it can't see, your account,
    whether the clock is right, and which profile applies; then the disk and the files of the state,
    the sockets, the service, and whether targets can be reached. It sends the tracker at most four
    requests, which wait their turn like all others. The findings go to standard error, and a
    [tracker] table for the config to standard output.
    """
    if url is not None:
        report, login = _elsewhere(settings, url, options)
    elif any(value is not None for value in options.values()):
        raise click.UsageError("options for a log-in need --url: which tracker is it for?")
    else:
        own = _tracker_of(settings.config_file)
        report = _with_service(settings, ask(settings, DoctorRequest()).report)
        login = _part(own, _LOG_INS) | _part(own, _WAY_THERE)
    fragment = _fragment(report.settings, login)
    if settings.as_json:
        output.as_json({**encode(report), "config": fragment})
    else:
        _print(report, fragment)
    return ExitCode.OK if report.well else ExitCode.FAILED


def print_findings(findings: Iterable[DoctorFinding]) -> None:
    """Print findings, each with a sign and what to do."""
    for finding in findings:
        tone = _TONES.get(finding.mark, str)
        output.message(tone(f"{_SIGNS[finding.mark]} {finding.text}"))
        if finding.advice:
            output.message(f"  {finding.advice}")


def _print(report: DoctorResult, fragment: str) -> None:
    print_findings(report.findings)
    output.message(f"{counted(report.requests, 'request', 'requests')}.")
    if fragment:
        output.line(fragment.rstrip())


def _with_service(settings: Settings, report: DoctorResult) -> DoctorResult:
    """Add what is found of the service of the config, where it has one."""
    from gazelled.cli.support.service_findings import find  # noqa: PLC0415 - completion needs none

    findings = find(settings)
    well = report.well and all(finding.mark != "bad" for finding in findings)
    return replace(report, well=well, findings=(*report.findings, *findings))


def _elsewhere(
    settings: Settings, url: str, options: Mapping[str, Any]
) -> tuple[DoctorResult, Table]:
    """
    Examine a tracker that is in no config, with a state of its own.

    For the config's own tracker the state is the config's: one account has one owner.
    """
    secrets = secrets_of(options, settings.environ)
    settings.redactor.add(*secrets.values())
    own, folder = _tracker_of(settings.config_file), settings.config_file.parent
    login = _login_for(options["username"] or "", secrets) if secrets else _part(own, _LOG_INS)
    if not login:
        raise click.UsageError(HOW_TO_LOG_IN)
    same = URL(url).host == URL(str(own.get("url", ""))).host
    network = {
        key: own[key] for key in ("proxy", "limit") if key in own and (same or key == "proxy")
    }
    if "ca" in own:
        network["ca"] = str(folder / str(own["ca"]))
    with tempfile.TemporaryDirectory(prefix="gazelled-doctor-") as aside:
        named = login if secrets else _absolute(login, folder)
        draft = write_draft(Path(aside), _fragment({"url": url} | network, named), secrets)
        state = settings.state_folder if same else settings.state_folder / "doctor"
        report = ask(replace(settings, config=draft, state=state), DoctorRequest()).report
        return report, {**login, **_part(own, _WAY_THERE)}


def _login_for(username: str, secrets: Mapping[str, str]) -> Table:
    """Return references to secrets as `gazelled init` writes them."""
    if TOKEN in secrets:
        return {"token": {"secret": TOKEN}}
    if COOKIES in secrets:
        return {"cookies": {"secret": COOKIES}}
    if not username or PASSWORD not in secrets:
        raise click.UsageError("--username and --password-file belong together")
    table: dict[str, object] = {"username": username, "password": {"secret": PASSWORD}}
    return {"login": table | ({"totp": {"secret": TOTP}} if TOTP in secrets else {})}


def _part(tracker: Table, keys: Collection[str]) -> dict[str, object]:
    return {key: value for key, value in tracker.items() if key in keys}


def _tracker_of(config: Path) -> Table:
    """Return the `[tracker]` in the config; nothing if that can't be read."""
    if not is_regular(config):
        return {}
    try:
        table = tomllib.loads(config.read_text()).get("tracker", {})
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def _absolute(login: Table, folder: Path) -> Table:
    """Let references of the config work in a file that is elsewhere."""

    def moved(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        if "secret" in value:
            return {"file": str(folder / "secrets" / str(value["secret"]))}
        if "file" in value:
            return {"file": str(folder / str(value["file"]))}
        return {key: moved(inner) for key, inner in value.items()}

    return {way: moved(value) for way, value in login.items()}


def _fragment(settings: Table, login: Table) -> str:
    """Return a `[tracker]`; empty if nothing is known."""
    if not settings:
        return ""
    head = {key: settings[key] for key in ("url", "profile") if key in settings}
    lines = [f"{key} = {toml_value(value)}" for key, value in {**head, **login, **settings}.items()]
    return "\n".join(["[tracker]", *lines, ""])
