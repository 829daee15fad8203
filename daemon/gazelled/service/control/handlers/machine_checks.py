"""What the doctor finds of the machine: the disk, the files and the sockets of gazelled."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from gazelled.config.document.config_files import config_files
from gazelled.service.app import App
from gazelled.service.control.doctor_replies import DoctorFinding
from gazelled.service.lock import state_user
from gazelled.service.monitoring.daemon_problems import listener_problems, state_problems
from gazelled.text import capitalized, either, sentence

_OF_THE_DISK = "lost+found"
_BESIDE = ("conf.d", "plugins", "secrets")
"""The folders beside the config that gazelled reads."""
_SHOWN = 3
"""How many files are named at most."""


def find(app: App) -> tuple[DoctorFinding, ...]:
    """Return what is found of the disk of the state, of its files, and of what gazelled opens."""
    config = app.config.file
    return (
        *_disk(app),
        *_permissions(app.folder),
        *_config(config),
        *_secrets(config.parent / "secrets"),
        *_sockets(app),
    )


def _disk(app: App) -> Iterator[DoctorFinding]:
    problems = state_problems(app)
    for problem in problems:
        yield DoctorFinding("disk", "bad", _sentence(problem.text), problem.advice)
    if not problems:
        free = shutil.disk_usage(app.folder).free // 2**20
        yield DoctorFinding("disk", "good", f"{free} MiB are free where the state is.", "")


def _permissions(folder: Path) -> Iterator[DoctorFinding]:
    """Find files of other users in the state, and whether others may write there."""
    try:
        owners = {path.name: path.lstat().st_uid for path in sorted(folder.iterdir())}
        is_open = bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:  # which the disk's finding names
        return
    user = state_user(folder)
    owner = user.uid if user else os.geteuid()
    foreign = [file for file, uid in owners.items() if uid != owner and file != _OF_THE_DISK]
    name = user.name if user else str(owner)
    if foreign:
        text = f"Files in {folder} do not belong to {name}: {either(foreign[:_SHOWN], 'and')}."
        yield DoctorFinding("permissions", "bad", text, f"sudo chown -R {name}: {folder}")
    if is_open:
        text = f"Every user may write in {folder}."
        yield DoctorFinding("permissions", "bad", text, f"chmod 700 {folder}")
    if not foreign and not is_open:
        yield DoctorFinding("permissions", "good", f"The state belongs to {name} alone.", "")


def _config(config: Path) -> Iterator[DoctorFinding]:
    """Find what of the config every user may change: who does decides what gazelled runs."""
    folders = [config.parent, *(config.parent / name for name in _BESIDE)]
    changeable = [path for path in (*folders, *config_files(config)) if _is_open(path)]
    if changeable:
        shown = either(list(map(str, changeable[:_SHOWN])), "and")
        advice = f"chmod o-w {shlex.join(map(str, changeable))}"
        yield DoctorFinding("permissions", "bad", f"Every user may change {shown}.", advice)


def _is_open(path: Path) -> bool:
    """Return whether every user may write a file, or create and replace files in a folder."""
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:  # it isn't there
        return False


def _secrets(folder: Path) -> Iterator[DoctorFinding]:
    """Find secrets that other users can read; a folder that only its owner enters keeps all."""
    try:
        if not folder.stat().st_mode & stat.S_IXOTH:
            return
        files = sorted(folder.iterdir())
        readable = [file.name for file in files if file.lstat().st_mode & stat.S_IROTH]
    except OSError:  # there is none, or systemd hands its files over
        return
    if readable:
        text = f"Other users can read secrets: {either(readable[:_SHOWN], 'and')}."
        yield DoctorFinding("permissions", "bad", text, f"chmod -R o= {folder}")


def _sockets(app: App) -> Iterator[DoctorFinding]:
    """Find what a daemon couldn't open; a command that has the state opens nothing."""
    for problem in listener_problems(app):
        yield DoctorFinding(problem.subject, "bad", _sentence(problem.text), problem.advice)


def _sentence(text: str) -> str:
    return sentence(capitalized(text))
