"""Files that others can change are found, wherever that is possible."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.config.document.file_writers import FileWriters

if TYPE_CHECKING:
    from tests.config.conftest import Home

NOBODY = 65534
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a plugin in two folders that only this user can write."""
    file = tmp_path / "conf" / "plugins" / "lab.py"
    file.parent.mkdir(parents=True)
    file.touch()
    for path in (file, *file.parents[:2]):
        path.chmod(0o755)
    return file


def test_nothing_is_told_of_files_of_ones_own(place: Path) -> None:
    """Nobody else can write them, and /tmp lets nobody replace files of others."""
    assert FileWriters().faults(place) == []


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_what_everybody_can_write_is_told(place: Path, depth: int) -> None:
    """Who can write a folder can put another file in the place of this one."""
    loose = [place, *place.parents][depth]
    loose.chmod(0o777)
    writers = FileWriters()
    expected = f"everybody on this machine can write {loose}: chmod o-w {loose}"
    assert writers.faults(place) == writers.faults(place) == [expected]
    assert writers.unreported([expected]) == [expected]
    assert writers.unreported([expected]) == []


def test_in_a_folder_like_tmp_nobody_can_replace_files_of_others(place: Path) -> None:
    """The sticky bit sees to it; but they can add what Python imports before the file."""
    place.parent.chmod(0o1777)
    assert FileWriters().faults(place) == []
    for code in (place, place.parent):
        (fault,) = FileWriters().faults(code, is_code=True)
        assert fault.startswith(f"everybody on this machine can write {place.parent}:")
    place.parent.chmod(0o755)
    place.parent.parent.chmod(0o1777)
    assert FileWriters().faults(place, is_code=True) == []


def test_all_files_in_a_folder_count(place: Path) -> None:
    """A plugin imports any of them."""
    inner = place.parent / "words" / "table.py"
    inner.parent.mkdir()
    inner.touch()
    inner.chmod(0o666)
    (fault,) = FileWriters().faults(place.parent)
    assert fault.startswith(f"everybody on this machine can write {inner}")


def test_both_ends_of_a_symbolic_link_count(place: Path, tmp_path: Path) -> None:
    """Whoever can change what it leads to changes the plugin."""
    real = tmp_path / "elsewhere" / "real.py"
    real.parent.mkdir()
    real.touch()
    real.parent.chmod(0o777)
    place.unlink()
    place.symlink_to(real)
    (fault,) = FileWriters().faults(place)
    assert f"can write {real.parent}:" in fault


def test_a_link_in_a_folder_counts(place: Path, tmp_path: Path) -> None:
    """A module of a plugin may be elsewhere, where others can replace it."""
    real = tmp_path / "elsewhere" / "table.py"
    real.parent.mkdir()
    real.touch()
    real.parent.chmod(0o777)
    (place.parent / "table.py").symlink_to(real)
    (fault,) = FileWriters().faults(place.parent, is_code=True)
    assert f"can write {real.parent}:" in fault


def test_every_plugin_in_a_folder_that_others_can_write_is_refused(home: Home) -> None:
    """The fault of their folder is reported once, and none of them is imported as a service."""
    tables = []
    for name in ("lab", "shelf"):
        source = (
            "from gazelled.plugin import *\n@hookimpl\nasync def gazelled_answered(answer): ..."
        )
        home.write(source, f"plugins/{name}.py")
        tables.append(f"[plugin.{name}]\nfile = '{name}.py'\n")
    home.write("".join(tables), "conf.d/lab.toml")
    (home.folder / "plugins").chmod(0o777)
    assert [problem.key for problem in home.load().problems] == ["plugin.lab.file"]
    refused = home.load(as_service=True).left_out
    assert [problem.key for problem in refused] == ["plugin.lab.file", "plugin.shelf.file"]


@ROOT_ONLY
def test_files_of_others_and_of_their_groups_are_told(place: Path) -> None:
    """An owner can write whatever the rights say."""
    os.chown(place, NOBODY, -1)
    os.chown(place.parent, -1, NOBODY)
    place.parent.chmod(0o775)
    group, owner = FileWriters().faults(place)
    assert group.startswith("the group ")
    assert f"can write {place.parent}: chmod g-w" in group
    assert owner.startswith(f"{place} belongs to the user ")


def test_a_config_and_a_plugin_that_others_can_write_are_warnings(home: Home) -> None:
    """As a service neither is used: the plugin is left out, and the config is an error."""
    home.write(
        "from gazelled.plugin import *\n@hookimpl\nasync def gazelled_answered(answer): ...",
        "plugins/lab.py",
    )
    home.write("[plugin.lab]\nfile = 'lab.py'\n", "conf.d/lab.toml")
    (home.folder / "plugins" / "lab.py").chmod(0o666)
    plugin = home.load()
    assert [(each.key, each.severity) for each in plugin.problems] == [
        ("plugin.lab.file", "warning")
    ]
    assert plugin.registry.records["lab"].state == "loaded"
    service = home.load(as_service=True)
    assert (service.problems, service.config is None) == ([], False)
    (left_out,) = service.left_out
    assert left_out.message.startswith("it is not imported: everybody on this machine can write ")

    (home.folder / "conf.d" / "lab.toml").chmod(0o666)
    assert "warning: everybody on this machine can write" in str(home.load().problems[0])
    assert home.load(as_service=True).config is None
