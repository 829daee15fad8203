"""`gazelled watch edit`: an editor that is a script of the test."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

import pytest
from tests.cli.terminal import Typed, at_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Person

ADD = ("watch", "add", "free", "--ask", "browse", "--match", "license=CC0", "--tell", "feed")


@pytest.fixture
def edited(settled: Person) -> Path:
    """Return the file of a watch that gazelled wrote."""
    assert settled.types(*ADD).code == 0
    return settled.folder / "conf.d" / "free.toml"


def content(file: Path) -> str:
    """Read a file."""
    return file.read_text()


def let_editor(person: Person, script: str) -> None:
    """Let the editor be a script of the shell, which gets the file as $1."""
    file = person.folder / "an editor"
    file.write_text(f'#!/bin/sh\nfor last; do :; done\nset -- "$last" "$@"\n{script}\n')
    file.chmod(0o700)
    person.environ["VISUAL"] = f"'{file}'"
    person.environ["EDITOR"] = "false"


def test_a_change_counts_once_it_is_valid(settled: Person, edited: Path) -> None:
    """The file is what the person made of it, comments included."""
    let_editor(settled, 'sed -i "s/CC0/CC BY/; \\$a # mine" "$1"')
    said = settled.types("watch", "edit", "free")
    assert said.code == 0, said.err
    assert f"Written: {edited}" in said.err
    assert "# mine" in edited.read_text()
    assert '"CC BY"' in edited.read_text()
    assert edited.stat().st_mode & 0o777 == 0o600


async def test_a_running_daemon_uses_it_at_once(settled: Person, edited: Path) -> None:
    """It needs no restart."""
    daemon = await settled.daemon()
    let_editor(settled, 'sed -i "s/CC0/CC BY/" "$1"')
    said = await settled.asks("watch", "edit", "free")
    assert said.code == 0, said.err
    assert "Applied: " in said.err
    assert "CC BY" in content(edited)
    assert daemon.poll() is None


def test_what_is_invalid_leaves_the_old_file(settled: Person, edited: Path) -> None:
    """Without a terminal nobody is asked to edit it again."""
    before = edited.read_bytes()
    let_editor(settled, 'sed -i "s/browse/brwse/" "$1"')
    said = settled.types("watch", "edit", "free")
    assert said.code == 2
    assert 'unknown action "brwse"; did you mean "browse"?' in said.err
    assert "was left as it is" in said.err
    assert edited.read_bytes() == before


def test_nothing_or_no_editor_changes_nothing(settled: Person, edited: Path) -> None:
    """An editor that fails is an error, one that leaves the text alone is none."""
    before = edited.read_bytes()
    let_editor(settled, "true")
    said = settled.types("watch", "edit", "free")
    assert (said.code, said.err) == (0, "Nothing has changed.\n")
    let_editor(settled, "exit 3")
    assert settled.types("watch", "edit", "free").code == 1
    del settled.environ["VISUAL"], settled.environ["EDITOR"]
    said = settled.types("watch", "edit", "free")
    assert (said.code, "there is no terminal for an editor" in said.err) == (2, True)
    assert edited.read_bytes() == before
    assert "did you mean" in settled.types("watch", "edit", "fre").err


def test_a_file_of_the_users_needs_their_word(settled: Person) -> None:
    """Without a terminal --yes says it; its rights stay, and its other tables."""
    let_editor(settled, 'sed -i "s/\\"yeast\\"/\\"mice\\"/" "$1"')
    settled.config.chmod(0o640)
    said = settled.types("watch", "edit", "yeast")
    assert said.code == 2
    assert "which is yours; add --yes to edit it" in said.err
    before = settled.config.read_text()
    assert settled.types("watch", "edit", "yeast", "--yes").code == 0
    assert settled.config.read_text() == before.replace('"yeast"', '"mice"')
    assert settled.config.stat().st_mode & 0o777 == 0o640


async def test_a_terminal_is_asked_to_edit_again(settled: Person, edited: Path) -> None:
    """The text that was wrong is offered again, so that nothing typed is lost."""
    let_editor(
        settled, 'grep -q brwse "$1" && sed -i "s/brwse/browse/; s/CC0/CC BY/" "$1" '
        '|| sed -i "s/browse/brwse/" "$1"',
    )  # fmt: skip
    typed = [Typed("Edit it again?", "y\n")]
    code, shown = await to_thread(at_a_terminal, settled, ["watch", "edit", "free"], typed)
    assert code == 0, shown
    assert "CC BY" in content(edited)
