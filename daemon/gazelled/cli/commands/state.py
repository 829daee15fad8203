"""`gazelled state`: back it up, verify it, restore it."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from shlex import quote

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import PAUSE, TRIES
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.errors import StateError
from gazelled.regular_file import check_replaceable, is_regular
from gazelled.service.control.protocol import StateBackupRequest
from gazelled.service.lock import LockTaken, closed_to_me, own
from gazelled.store import NAME
from gazelled.store.backup.copying import copy, flaw_and_version, read_only, to_restore
from gazelled.store.backup.restoring import restore
from gazelled.store.backup.verifying import Report, verify
from gazelled.store.migrations import MIGRATIONS
from gazelled.store.opening import back_up_state
from gazelled.units import human_size

_file = click.argument("file", required=False, type=click.Path(path_type=Path))


@click.group(cls=CommandGroup)
def state() -> None:
    """
    Back up, verify or restore the state.

    The state is one database in the state folder: what was seen, and which messages were sent or
    still wait.
    """


@state.command("backup", cls=DataCommand)
@_file
@click.pass_obj
def backup_state(settings: Settings, file: Path | None) -> None:
    """
    Make a backup, even while gazelled is running.

    The newest three are kept in the state folder, and one of each of the last seven days. With
    FILE, the backup is copied there, too.
    """
    if file is not None:
        _check_free(settings, file)
    with ProgressLine(quiet=settings.quiet).shown("copying and verifying the state"):
        backup = _back_up(settings)
        if file is not None:
            with closing(read_only(backup)) as db:
                copy(db, file.absolute())
            backup = file.absolute()
    size = backup.stat().st_size
    if settings.as_json:
        output.as_json({"file": str(backup), "size": size})
    else:
        output.message(f"Backed up and verified: {backup} ({human_size(size)})")


def _back_up(settings: Settings) -> Path:
    """Let the daemon do it; when none runs, own the state meanwhile."""
    for left in reversed(range(TRIES)):
        if reply := ask_daemon(settings, StateBackupRequest()):
            return Path(reply.file)
        folder = _folder_in_use(settings)
        try:
            with own(folder):
                return back_up_state(folder, output.now()).file
        except LockTaken:
            if not left:
                raise
            time.sleep(PAUSE)  # it is about to listen, or about to end
    raise AssertionError


@state.command("verify", cls=DataCommand)
@_file
@click.pass_obj
def verify_state(settings: Settings, file: Path | None) -> ExitCode:
    """
    Show all errors in the state, or in a backup: FILE.

    The state may be in use; it is not changed.
    """
    place = file or _folder_in_use(settings) / NAME
    with ProgressLine(quiet=settings.quiet).shown(f"reading all of {place.name}"):
        report = verify(place)
    if settings.as_json:
        output.as_json({**asdict(report), "file": str(report.file)})
    else:
        _print(report)
    return ExitCode.STATE if report.wrong else ExitCode.OK


def _print(report: Report) -> None:
    for sentence in report.wrong:
        output.line(sentence)
    if not report.wrong:
        size = human_size(report.size)
        output.message(f"{report.file} is intact (version {report.version}, {size})")
        return
    if report.version > len(MIGRATIONS):
        output.message(f"{report.file} can be used again once gazelled is upgraded.")
        return
    output.message(f"{report.file} is damaged.")
    folder = report.file.parent
    good = next(
        (backup.file for backup in to_restore(folder) if not verify(backup.file).wrong), None
    )
    if report.file.name == NAME and good:
        state_folder, file = quote(str(folder)), quote(str(good))
        output.message(
            f"Next: gazelled stop, then gazelled --state {state_folder} state restore {file}"
        )


@state.command("restore", cls=DataCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore_state(settings: Settings, file: Path) -> None:
    """
    Replace the state with a backup: FILE.

    No gazelled may be running on it. FILE is verified first, and the previous state is kept.

    What was reported after the backup was made is found again and reported a second time.
    """
    folder = settings.state_folder
    progress = ProgressLine(quiet=settings.quiet)
    with own(folder), progress.shown(f"verifying and copying {file.name}"):
        replaced = restore(file.absolute(), folder, output.now())
    if settings.as_json:
        output.as_json({"file": str(folder / NAME), "kept": str(replaced) if replaced else None})
        return
    output.message(f"Restored: {folder / NAME}")
    if replaced:
        output.message(f"The previous state is kept as {replaced}")
    output.message("What was reported after that backup is found again and reported a second time.")


def _folder_in_use(settings: Settings) -> Path:
    """Return the state folder that a command means: the first one that has a state."""
    for folder in settings.daemon_folders:
        if os.path.lexists(folder / NAME):
            return folder
    if closed := closed_to_me(settings.state_folder):
        raise StateError(closed)
    existing = to_restore(settings.state_folder)
    hint = f" The newest backup is {existing[0].file}." if existing else ""
    raise StateError(
        f"There is no state in {settings.state_folder} yet.{hint} Use --state for another folder."
    )


def _check_free(settings: Settings, file: Path) -> None:
    """Check that a backup may be written to a file; an older backup there is replaced."""
    try:
        check_replaceable(file)
    except OSError as error:
        raise StateError(f"{file}: {error.strerror}; choose another file.") from error
    folder = file.absolute().parent
    if not folder.is_dir():
        raise StateError(f"There is no folder {folder}; make it, or choose another file.")
    if not is_regular(file):
        return
    own_files = [folder / NAME for folder in settings.daemon_folders if is_regular(folder / NAME)]
    if any(file.samefile(state_file) for state_file in own_files):
        raise StateError(f"{file} is the state itself; choose another file.")
    wrong, later = flaw_and_version(file)
    if wrong:
        what = "was written by a newer gazelled" if later else "isn't a backup"
        raise StateError(f"{file} exists and {what}; choose another file.")
