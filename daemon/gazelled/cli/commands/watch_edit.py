"""`gazelled watch edit`: a watch in an editor, checked before it counts."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from gazelled.cli import completers, output
from gazelled.cli.client import apply_change, print_applied
from gazelled.cli.commands.watch_add import drop_ins_of, print_cost
from gazelled.cli.options import DataCommand, confirmed
from gazelled.cli.settings import Settings
from gazelled.errors import ConfigError
from gazelled.service.configuration.check import CheckResult
from gazelled.service.configuration.drop_ins import DropIns, WatchLocation
from gazelled.service.reloading.reload_reply import ReloadReply
from gazelled.text import missing

_AT_A_LINE = {"emacs", "emacsclient", "joe", "kak", "micro", "nano", "nvim", "vi", "view", "vim"}
"""The editors that open a file at a line by +LINE."""


@click.command("edit", cls=DataCommand)
@click.argument("name", shell_complete=completers.watches)
@click.option("--yes", is_flag=True, help="Edit a file of your own without asking.")
@click.pass_obj
def edit_watch(settings: Settings, name: str, *, yes: bool) -> None:
    """
    Open the file of a watch in $VISUAL or $EDITOR, and use it once it is valid.

    What is edited is a copy: as long as the config would be invalid the old one stays. A running
    daemon uses the change at once.
    """
    drop_ins = drop_ins_of(settings)
    place = find_watch(drop_ins, name)
    question = f"{name} is in {place}, which is yours. Edit that file?"
    if not place.managed and not confirmed(name, question, yes=yes):
        raise click.UsageError(f"{name} is in {place}, which is yours; add --yes to edit it")
    used = _edit_until_valid(settings, drop_ins, place)
    if used is None:
        output.message("Nothing has changed.")
        return
    checked, reply = used
    if settings.as_json:
        output.as_json({"watch": name, "file": str(place.file), "applied": reply is not None})
        return
    output.message(f"Written: {place.file}")
    if checked.config and name in {one.partition(":")[0] for one in checked.config.watches}:
        print_cost(checked, name)
    print_applied(settings, reply)


def _edit_until_valid(
    settings: Settings, drop_ins: DropIns, place: WatchLocation
) -> tuple[CheckResult, ReloadReply | None] | None:
    """Let a person edit a file until it is used; return None if nothing is different."""
    before = place.file.read_bytes()
    text = original = before.decode("utf-8-sig")
    while True:
        text = _edited(settings, place, text)
        if text == original:
            return None
        try:
            return _use(settings, drop_ins, place.file, text, before)
        except ConfigError as error:
            settings.message(f"error: {error}")
        if not sys.stdin.isatty() or not click.confirm("Edit it again?", default=True, err=True):
            raise ConfigError(f"{place.file} was left as it is")


def _edited(settings: Settings, place: WatchLocation, text: str) -> str:
    """Return what a person makes of a text; a ClickException says that the editor failed."""
    editor = settings.environ.get("VISUAL") or settings.environ.get("EDITOR")
    if not editor and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal for an editor; set VISUAL to a program")
    program = Path(editor.split()[0]).name if editor and editor.split() else ""
    if editor and program in _AT_A_LINE and place.line and not place.managed:
        editor = f"{editor} +{place.line}"
    return click.edit(text, editor=editor, extension=".toml", require_save=False) or ""


def _use(
    settings: Settings, drop_ins: DropIns, file: Path, text: str, before: bytes
) -> tuple[CheckResult, ReloadReply | None]:
    """Write a file that was edited and have the daemon use it, or raise and leave the old one."""
    checked = drop_ins.replace(file, text)
    settings.register(checked.secrets)
    return checked, apply_change(settings, partial(drop_ins.put_back, file, before))


def find_watch(drop_ins: DropIns, name: str) -> WatchLocation:
    """Return where a watch is configured; raise a ConfigError if it isn't."""
    places = drop_ins.places()
    if name not in places:
        made_by = name.partition(":")[0]
        if made_by in places:
            raise ConfigError(f"{name} is made by {made_by}; use {made_by}")
        raise ConfigError(missing("watch", name, places))
    return places[name]
