"""`gazelled state`: back it up, verify it, restore it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from shlex import quote

import click

from gazelled.cli import output
from gazelled.cli.client import PAUSE, TRIES, Line, daemon_says, only, set_up_logs
from gazelled.cli.settings import Settings, with_json
from gazelled.errors import StateError
from gazelled.regular_file import is_regular
from gazelled.service.control.server import NobodyThereError
from gazelled.service.lock import LockTaken, own
from gazelled.store import NAME, Report, restore, verify
from gazelled.store.backup.copying import backups, copy, flaw, read_only
from gazelled.store.opening import back_up_state
from gazelled.units import human_size

UNUSABLE = 3

_file = click.argument("file", required=False, type=click.Path(path_type=Path))


@click.group()
def state() -> None:
    """
    Back up, verify or restore what gazelled keeps.

    That is one database in the state folder: what was seen, what is to be told, what was told.
    """


@state.command("backup")
@_file
@with_json
@click.pass_obj
def backup_state(settings: Settings, file: Path | None) -> None:
    """
    Make a backup, also while gazelled runs.

    The newest three are kept in the state folder; with FILE, there is a copy of it at FILE too.
    """
    set_up_logs(settings)
    if file is not None:
        _must_be_free(settings, file)
    made = Path(str(asyncio.run(_back_up(settings))["file"]))
    if file is not None:
        with closing(read_only(made)) as db:
            copy(db, file.absolute())
        made = file.absolute()
    size = made.stat().st_size
    if settings.as_json:
        output.as_json({"file": str(made), "size": size})
    else:
        output.words(f"Backed up, and checked: {made} ({human_size(size)})")


async def _back_up(settings: Settings) -> Line:
    """Let the daemon do it; when none runs, own the state meanwhile."""
    for left in reversed(range(TRIES)):
        try:
            return await only(daemon_says(settings, "state.backup", {}))
        except NobodyThereError:
            pass
        try:
            return await asyncio.to_thread(_back_up_alone, _folder_in_use(settings))
        except LockTaken:
            if not left:
                raise
            await asyncio.sleep(PAUSE)  # it is about to listen, or about to end
    raise AssertionError


def _back_up_alone(folder: Path) -> Line:
    _must_exist(folder)
    with own(folder):
        return {"file": str(back_up_state(folder, output.now()).file)}


@state.command("verify")
@_file
@with_json
@click.pass_context
def verify_state(ctx: click.Context, file: Path | None) -> None:
    """
    Say all that is wrong with the state, or with a backup: FILE.

    It may be in use, and isn't changed.
    """
    settings = ctx.ensure_object(Settings)
    set_up_logs(settings)
    if file is None:
        folder = _folder_in_use(settings)
        _must_exist(folder)
        file = folder / NAME
    report = verify(file)
    if settings.as_json:
        output.as_json(
            {
                "file": str(report.file),
                "version": report.version,
                "size": report.size,
                "wrong": report.wrong,
            }
        )
    else:
        _tell(report)
    ctx.exit(UNUSABLE if report.wrong else 0)


def _tell(report: Report) -> None:
    for sentence in report.wrong:
        output.line(sentence)
    if not report.wrong:
        what = f"version {report.version}, {human_size(report.size)}"
        output.words(f"{report.file} is whole ({what})")
        return
    output.words(f"{report.file} is damaged.")
    folder = report.file.parent
    found = next((each.file for each in backups(folder) if not verify(each.file).wrong), None)
    if report.file.name == NAME and found:
        state, file = quote(str(folder)), quote(str(found))
        output.words(f"Next: gazelled stop, then gazelled --state {state} state restore {file}")


@state.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@with_json
@click.pass_obj
def restore_state(settings: Settings, file: Path) -> None:
    """
    Put a backup in the place of the state: FILE.

    No gazelled may run on it. FILE is verified first, and the present state is kept.

    What was found since the backup was made is found again and told a second time.
    """
    set_up_logs(settings)
    folder = settings.state_folder
    with own(folder):
        kept = restore(file.absolute(), folder, output.now())
    if settings.as_json:
        output.as_json({"file": str(folder / NAME), "kept": str(kept) if kept else None})
        return
    output.words(f"Restored: {folder / NAME}")
    if kept:
        output.words(f"The state that was there is kept as {kept}")
    output.words("What was found since that backup is found again, and told a second time.")


def _folder_in_use(settings: Settings) -> Path:
    """Choose the state folder that a command means: the first one that has a state."""
    folders = settings.daemon_folders
    return next((each for each in folders if is_regular(each / NAME)), settings.state_folder)


def _must_be_free(settings: Settings, file: Path) -> None:
    """
    Check that a backup may be written to a file; an older backup there is replaced.

    Raises:
        StateError: If it holds anything else.

    """
    if not is_regular(file):
        return
    own_files = [each / NAME for each in settings.daemon_folders if is_regular(each / NAME)]
    if any(file.samefile(each) for each in own_files):
        raise StateError(f"{file} is the state itself; name another file.")
    if flaw(file):
        raise StateError(f"{file} exists and isn't a backup; name another file.")


def _must_exist(folder: Path) -> None:
    """
    Check that there is a state.

    Raises:
        StateError: If there is none.

    """
    if is_regular(folder / NAME):
        return
    found = backups(folder)
    hint = f" The newest backup is {found[0].file}." if found else ""
    raise StateError(f"There is no state in {folder} yet.{hint} Another one: --state.")
