"""`gazelled target add`."""

from __future__ import annotations

import io
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Person

    from gazelled.testing import Simulator


def added(person: Person, name: str) -> Path:
    """Return the file of a target that was added."""
    return person.folder / "conf.d" / f"target-{name}.toml"


async def test_a_target_is_added_and_works(settled: Person) -> None:
    """The file is checked with the config, and a test message arrives."""
    said = await settled.asks(
        "target", "add", "lab", "--plugin", "feed", "title=Yeast data", "keep=5"
    )
    assert said.code == 0, said.err
    assert f"Written: {added(settled, 'lab')}" in said.err
    table = tomllib.loads(added(settled, "lab").read_text())["target"]["lab"]
    assert table == {"plugin": "feed", "title": "Yeast data", "keep": 5}
    assert added(settled, "lab").stat().st_mode & 0o777 == 0o600
    assert (await settled.asks("target", "test", "lab")).code == 0
    again = await settled.asks("target", "add", "lab", "--plugin", "feed")
    assert again.code == 2
    assert "there is a target lab already, in conf.d/target-lab.toml:2" in again.err


async def test_a_running_daemon_has_it_at_once(settled: Person, sim: Simulator) -> None:
    """It is read, checked and applied; a daemon needs no restart."""
    daemon = await settled.daemon()
    said = await settled.asks("target", "add", "lab", "--plugin", "journal")
    assert said.code == 0, said.err
    assert "Applied: " in said.err
    assert "lab" in said.err
    assert daemon.poll() is None
    assert (await settled.asks("target", "test", "lab")).code == 0
    assert sim.arrivals


def test_a_secret_is_read_from_a_file(settled: Person, tmp_path: Path) -> None:
    """It is written to the folder of secrets for this user only, and only referred to."""
    (tmp_path / "url").write_text("json://canary-secret.example\n")
    said = settled.types(
        "target", "add", "phone", "--plugin", "apprise", "--secret-file", f"url={tmp_path / 'url'}"
    )
    assert said.code == 0, said.err
    secret = settled.folder / "secrets" / "phone"
    assert secret.read_text() == "json://canary-secret.example\n"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert 'url = { secret = "phone" }' in added(settled, "phone").read_text()
    assert "canary" not in said.err + said.out + added(settled, "phone").read_text()


def test_a_secret_is_asked_for(settled: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal it is named how to hand it over; nothing is written."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = settled.types("target", "add", "phone", "--plugin", "apprise")
    assert said.code == 2
    assert "--secret-file url=FILE" in said.err
    assert not added(settled, "phone").exists()


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/dev/zero", "/dev/zero could not be read: it is larger than 1,024 KiB"),
        ("/nowhere", "/nowhere could not be read: No such file or directory. See"),
        ("/", "/ could not be read: Is a directory. See"),
        ("/dev/null", "the secret for phone is empty"),
    ],
)
def test_a_secret_that_cannot_be_read(settled: Person, file: str, shown: str) -> None:
    """A device ends nothing but the command; nothing is written."""
    said = settled.types(
        "target", "add", "phone", "--plugin", "apprise", "--secret-file", f"url={file}"
    )
    assert said.code == 2
    assert shown in said.err
    assert not added(settled, "phone").exists()


def test_a_secret_that_is_no_text(settled: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python keeps bytes of other encodings on standard input as surrogates."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\udcff\udcfe"))
    said = settled.types("target", "add", "phone", "--plugin", "apprise", "--secret-file", "url=-")
    assert said.code == 2
    assert "standard input is not UTF-8 text" in said.err


def test_a_secret_on_the_command_line_is_refused(settled: Person) -> None:
    """Others could read it there, and it would stand in the file."""
    said = settled.types("target", "add", "phone", "--plugin", "apprise", "url=ntfy://canary")
    assert said.code == 2
    assert "others could read url here" in said.err
    assert "canary" not in said.err


def test_a_secret_that_exists_is_referred_to(settled: Person) -> None:
    """It is used by its name, and never overwritten."""
    settled.write("json://old.example\n", "secrets/phone")
    file = settled.folder / "secrets" / "phone"
    arguments = ("target", "add", "phone", "--plugin", "apprise")
    said = settled.types(*arguments, "--secret-file", f"url={file}")
    assert said.code == 2
    assert "exists already" in said.err
    assert file.read_text() == "json://old.example\n"
    assert settled.types(*arguments, "url.secret=phone").code == 0


def test_what_would_be_invalid_is_not_written(settled: Person, tmp_path: Path) -> None:
    """All that is wrong is told, and neither file nor secret is left."""
    (tmp_path / "url").write_text("no url")
    said = settled.types(
        *("target", "add", "phone", "--plugin", "apprise", "colour=red"),
        *("--secret-file", f"url={tmp_path / 'url'}"),
    )
    assert said.code == 2
    assert 'unknown option "colour"' in said.err
    assert not added(settled, "phone").exists()
    assert not (settled.folder / "secrets" / "phone").exists()
    assert settled.types("target", "add", "x y", "--plugin", "feed").code == 2
    unknown = settled.types("target", "add", "x", "--plugin", "fed")
    assert 'unknown plugin "fed"; did you mean "feed"?' in unknown.err


def test_a_dry_run_writes_nothing(settled: Person, tmp_path: Path) -> None:
    """The file is printed."""
    (tmp_path / "url").write_text("json://a.example")
    said = settled.types(
        *("target", "add", "phone", "--plugin", "apprise", "--dry-run"),
        *("--secret-file", f"url={tmp_path / 'url'}"),
    )
    assert said.code == 0, said.err
    assert tomllib.loads(said.out)["target"]["phone"]["url"] == {"secret": "phone"}
    assert not added(settled, "phone").exists()
    assert not (settled.folder / "secrets" / "phone").exists()
