"""`gazelled state`: backups, what is wrong, and the way back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.store import NAME
from gazelled.store.backup.copying import backups
from gazelled.store.opening import connect

if TYPE_CHECKING:
    from tests.cli.conftest import Person


async def test_a_daemon_makes_a_backup_while_it_runs(settled: Person) -> None:
    """The backup is whole, a copy of it goes where one likes, and the daemon is asked nothing."""
    await settled.daemon()
    said = await settled.asks("state", "backup", settled.folder / "mine.db")
    verified = await settled.asks("state", "verify", settled.folder / "mine.db")
    live = await settled.asks("--json", "state", "verify")

    assert said.code == 0, said.err
    assert said.err.startswith(f"Backed up and verified: {settled.folder / 'mine.db'} (")
    assert (settled.folder / "mine.db").stat().st_mode & 0o777 == 0o600
    assert verified.code == 0, verified.out
    assert "is intact (version " in verified.err
    assert live.data["wrong"] == []
    assert live.data["file"] == str(settled.state / NAME)
    assert backups(settled.state)


def test_without_a_daemon_it_needs_neither_config_nor_tracker(person: Person) -> None:
    """A state alone can be backed up, verified and restored."""
    settled_state(person.state)
    made = person.types("--json", "state", "backup")
    spoil(person.state)
    damaged = person.types("state", "verify")
    restored = person.types("--json", "state", "restore", made.data["file"])
    again = person.types("state", "verify")

    assert made.code == 0, made.err
    assert damaged.code == 3
    assert "The watermark of the source uploads is no position" in damaged.out
    assert f"state restore {made.data['file']}" in damaged.err
    assert restored.code == 0, restored.err
    assert Path(restored.data["kept"]).exists()
    assert again.code == 0, again.out
    assert not person.config.exists()


def test_the_state_of_a_later_release_is_not_called_damaged(person: Person) -> None:
    """After a downgrade, an upgrade is what helps; an older backup would lose events."""
    settled_state(person.state)
    assert person.types("state", "backup").code == 0
    with closing(sqlite3.connect(person.state / NAME)) as db:
        db.execute("PRAGMA user_version = 99")
    verified = person.types("state", "verify")

    assert verified.code == 3
    assert "version 99" in verified.out
    assert "upgraded" in verified.err
    assert "damaged" not in verified.err
    assert "restore" not in verified.err


def test_a_state_of_a_later_release_needs_an_upgrade_for_all_that_is_done_with_it(
    person: Person,
) -> None:
    """Nothing is wrong with the disk, and neither it nor its backups are changed."""
    settled_state(person.state)
    older = person.types("--json", "state", "backup").data["file"]
    later = person.state.parent / "later.db"
    with closing(sqlite3.connect(person.state / NAME)) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("VACUUM INTO ?", (str(later),))
    before = later.read_bytes()
    made = person.types("state", "backup")
    restored = person.types("state", "restore", later)
    downgraded = person.types("state", "restore", older)
    onto = person.types("state", "backup", later)

    assert (made.code, restored.code, onto.code) == (3, 3, 3)
    for said in (made, restored):
        assert "newer gazelled" in said.err
        assert "version 99" in said.err
        assert "Upgrade gazelled" in said.err
        assert "disk" not in said.err
    assert [str(each.file) for each in backups(person.state)] == [older]
    assert "newer gazelled; choose another file" in onto.err
    assert later.read_bytes() == before
    assert downgraded.code == 0, downgraded.err


async def test_nothing_is_restored_under_a_daemon(settled: Person) -> None:
    """Who wants to restore stops it first, and is told so."""
    await settled.daemon()
    made = await settled.asks("--json", "state", "backup")
    refused = await settled.asks("state", "restore", made.data["file"])
    await settled.asks("stop")
    restored = await settled.asks("state", "restore", made.data["file"])

    assert refused.code == 3
    assert "owns the state" in refused.err
    assert restored.code == 0, restored.err
    assert "reported a second time" in restored.err


async def test_a_damaged_state_says_how_to_get_back(settled: Person) -> None:
    """The command in the sentence is the one that helps."""
    settled_state(settled.state)
    await settled.asks("state", "backup")
    (settled.state / NAME).write_bytes(b"x" * 9000)
    said = await settled.runs("run", "--once")
    command = said.err.split("gazelled ", 1)[1].split(" (", 1)[0]
    restored = await settled.asks(*command.split())
    again = await settled.runs("run", "--once")

    assert said.code == 3
    assert restored.code == 0, restored.err
    assert again.code == 0, again.err


@pytest.mark.parametrize("command", ["backup", "verify"])
def test_without_a_state_it_says_so(person: Person, command: str) -> None:
    """Nothing is made where nothing was."""
    said = person.types("state", command)

    assert said.code == 3
    assert "There is no state in" in said.err
    assert not person.state.exists()


def test_a_backup_replaces_only_a_backup(person: Person) -> None:
    """A slip of the hand costs neither another file nor the state itself."""
    settled_state(person.state)
    config = person.write("# mine")
    before = (person.state / NAME).read_bytes()
    first = person.types("state", "backup", person.folder / "b.db")
    second = person.types("state", "backup", person.folder / "b.db")
    other = person.types("state", "backup", config)
    itself = person.types("state", "backup", person.state / NAME)
    nowhere = person.types("state", "backup", person.folder / "no" / "b.db")

    assert (first.code, second.code) == (0, 0)
    assert (other.code, itself.code, nowhere.code) == (3, 3, 3)
    assert "isn't a backup; choose another file" in other.err
    assert "is the state itself" in itself.err
    assert f"There is no folder {person.folder / 'no'}; make it" in nowhere.err
    assert config.read_text() == "# mine"
    assert (person.state / NAME).read_bytes() == before


def test_a_backup_replaces_no_device(person: Person) -> None:
    """Root may replace every name, also that of a device."""
    settled_state(person.state)
    pipe = person.write("# mine").with_name("pipe")
    os.mkfifo(pipe)
    for place, why in ((pipe, "it is not a regular file"), (person.folder, "it is a folder")):
        told = person.types("state", "backup", place)
        assert (told.code, told.out) == (3, "")
        assert told.err == f"error: {place}: {why}; choose another file.\n"
    told = person.types("bundle", "--to", pipe)
    assert told.code == 1
    assert "it is not a regular file" in told.err
    assert pipe.is_fifo()


def test_a_damaged_state_is_not_backed_up(person: Person) -> None:
    """Good backups aren't pushed out by a bad one."""
    settled_state(person.state)
    made = person.types("--json", "state", "backup")
    (person.state / NAME).write_bytes(b"x" * 9000)
    said = person.types("state", "backup")

    assert said.code == 3
    assert "is damaged (file is not a database)" in said.err
    assert [str(each.file) for each in backups(person.state)] == [made.data["file"]]


def settled_state(folder: Path) -> None:
    """Make a state with a source."""
    folder.mkdir(parents=True)
    with closing(connect(folder)) as db:
        db.execute("INSERT INTO stream (name, watermark, floor) VALUES ('uploads', '7', '')")


def spoil(folder: Path) -> None:
    """Write into a state what can't be."""
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.execute("UPDATE stream SET watermark = 'x'")
        db.commit()
