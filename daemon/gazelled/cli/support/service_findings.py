"""What the doctor finds of the service of a config: how it is, and what its unit is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError
from gazelled.service.control.doctor_replies import DoctorFinding
from gazelled.service.systemd.manager import Manager
from gazelled.service.systemd.program import program, quoted
from gazelled.service.systemd.service_state import ServiceState, lingers, service_state
from gazelled.service.systemd.unit_files import MARK, Unit, files_of
from gazelled.text import either

_ABOUT = "service"
_COMMAND = re.compile(r"(?m)^(Exec\w+)=(.+) (\w+)$")
_SETTING = re.compile(r"(?m)^(\w+)=")
_DELICATE = {
    "Type",
    "ExecStart",
    "ExecReload",
    "NotifyAccess",
    "StateDirectory",
    "RuntimeDirectory",
    "RuntimeDirectoryPreserve",
    "Restart",
    "RestartPreventExitStatus",
    "WatchdogSec",
}
"""Settings of the unit that gazelled relies on: docs/operations.md."""


_OURS = {"control-group.conf", "restart-steps.conf"}
"""The drop-ins that `gazelled service install` writes, in the place of a link, too."""


def find(settings: Settings) -> tuple[DoctorFinding, ...]:
    """Return what is found of the service of the config; nothing where it has none."""
    unit = settings.unit
    state = service_state(unit) if unit else None
    if unit is None or state is None:
        return ()
    installed = Path(state.fragment)
    return (
        _condition(state),
        *_start(settings, unit, state),
        *_unit(unit, installed),
        *_drop_ins(unit, installed, state),
    )


def _condition(state: ServiceState) -> DoctorFinding:
    name = state.unit.removesuffix(".service")
    if state.result == "start-limit-hit":
        text = f"The service {name} was started too often, and systemd has given up."
        advice = (
            f"{state.command} status {name} shows why; then: "
            f"{state.command} reset-failed {name} && {state.command} start {name}"
        )
        return DoctorFinding(_ABOUT, "bad", text, advice)
    if state.state == "failed":
        text = f"The service {name} has failed: {state.result}."
        return DoctorFinding(_ABOUT, "bad", text, f"{state.command} status {name}")
    if state.state == "inactive":
        text = f"The service {name} is not running."
        return DoctorFinding(_ABOUT, "note", text, f"{state.command} start {name}")
    return DoctorFinding(_ABOUT, "good", f"The service {name} is {state.state}.", "")


def _start(settings: Settings, unit: Unit, state: ServiceState) -> Iterator[DoctorFinding]:
    """Find whether it starts by itself, and with what systemd has read."""
    name = state.unit.removesuffix(".service")
    if state.enabled == "disabled":
        text = f"The service {name} does not start by itself."
        yield DoctorFinding(_ABOUT, "note", text, f"{state.command} enable {name}")
    if unit.of_user and not lingers(settings.environ.get("USER", "")):
        text = f"The service {name} ends when you log out."
        yield DoctorFinding(_ABOUT, "note", text, "loginctl enable-linger")
    if state.is_outdated:
        text = f"The unit of {name} has changed since systemd read it."
        advice = f"{state.command} daemon-reload && {state.command} restart {name}"
        yield DoctorFinding(_ABOUT, "bad", text, advice)


def _unit(unit: Unit, installed: Path) -> Iterator[DoctorFinding]:
    """Compare what was installed with what this gazelled would install."""
    text, own = _read(installed), _install(unit)
    if not text.startswith(MARK):
        return  # it is somebody's own
    runs, this = _COMMAND.search(text), quoted(program())
    if runs is not None and runs[2] != this:
        said = f"The service runs {runs[2]}, and you are using {this}."
        yield DoctorFinding(_ABOUT, "note", said, f"To have it run this one: {own}")
    etc = installed.parents[2]
    groups = etc / "systemd" / "system" / f"{unit.name}.d" / "control-group.conf"
    try:
        files = files_of(
            unit,
            program(),
            control_group=groups.exists(),
            version=Manager(of_user=unit.of_user).version(),
        )
    except GazelledError:
        return
    changed = [
        name
        for name, text in files.items()
        if _plain(_read(etc / name)) != _plain(text) and not _leads_nowhere(etc / name)
    ]
    if changed:
        said = f"What was installed is of another version of gazelled: {either(changed, 'and')}."
        yield DoctorFinding(_ABOUT, "note", said, own)


def _install(unit: Unit) -> str:
    return " ".join(["gazelled service install", *unit.options])


def _drop_ins(unit: Unit, installed: Path, state: ServiceState) -> Iterator[DoctorFinding]:
    """Find drop-ins that change what gazelled relies on, and links that lead nowhere."""
    own = _install(unit)
    for file in state.drop_ins:
        text = _read(file)
        changes = sorted({*_SETTING.findall(text)} & _DELICATE)
        if changes and not text.startswith(MARK):
            said = f"{file} changes what gazelled relies on: {either(changes, 'and')}."
            yield DoctorFinding(_ABOUT, "note", said, f"{state.command} cat {state.unit}")
    folders = {installed.name, state.unit}
    for folder in sorted(folders):
        for file in sorted(installed.parent.glob(f"{folder}.d/*.conf")):
            if _leads_nowhere(file):
                said = f"{file} is a link to nowhere, so it changes nothing."
                remove = f"rm {file} && {state.command} daemon-reload"
                yield DoctorFinding(_ABOUT, "note", said, own if file.name in _OURS else remove)


def _leads_nowhere(file: Path) -> bool:
    return file.is_symlink() and not file.exists()


def _plain(text: str) -> str:
    """Return a unit's text whichever program it starts."""
    return _COMMAND.sub(r"\1= \3", text)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
