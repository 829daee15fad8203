"""`gazelled init`."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PROGRAM

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Person


@pytest.fixture
def token(tmp_path: Path, sim: Simulator) -> Path:
    """Return a file with a token."""
    file = tmp_path / "token"
    file.write_text(f"{sim.token()}\n")
    return file


async def test_from_init_to_news(person: Person, sim: Simulator, token: Path) -> None:
    """What init writes passes a check, watches, delivers, and is told by status."""
    written = await person.asks(
        "init", "--url", sim.url, "--token-file", token, "--search", 'yeast "S288C" \\ n'
    )
    assert written.code == 0, written.err
    assert {_mode(each) for each in person.folder.rglob("*") if each.is_file()} == {0o600}
    assert {_mode(person.folder), _mode(person.folder / "secrets")} == {0o700}
    assert (await person.asks("check")).err.endswith(f"{person.config} is valid.\n")
    limit = "[tracker.limit]\nper = 0.1\n\n[notices]"
    person.write(person.config.read_text().replace("[notices]", limit, 1))
    assert (await person.runs("run", "--once")).code == 0
    assert person.titles() == ["Watching data"]
    assert len((await person.asks("status", "--json")).data["last_runs"]) == 3


async def test_nothing_is_written_over(person: Person, sim: Simulator, token: Path) -> None:
    """Only --force does it, and keeps the old config beside."""
    person.write("# mine\n")
    asked = ("init", "--url", sim.url, "--token-file", token)
    said = await person.asks(*asked)
    assert said.code == 2
    assert f"{person.config} exists already" in said.err
    assert (await person.asks(*asked, "--force")).code == 0
    assert (person.folder / "config.toml.old").read_text() == "# mine\n"


async def test_what_would_be_wrong_is_not_written(person: Person, token: Path) -> None:
    """The check comes first."""
    said = await person.asks("init", "--url", "http://biotorrents.de", "--token-file", token)
    assert said.code == 2
    assert "tracker.url: http:// would send your secrets unprotected" in said.err
    assert list(person.folder.iterdir()) == []


def test_a_secret_on_the_command_line_is_refused(person: Person) -> None:
    """Others could read it there."""
    said = person.types("init", "--token", "canary-token")
    assert said.code == 2
    assert "--token-file FILE" in said.err
    assert not person.config.exists()


def test_one_way_to_log_in(person: Person, tmp_path: Path) -> None:
    """None is dropped without a word."""
    (tmp_path / "secret").write_text("made-up")
    given = ("--token-file", tmp_path / "secret", "--username", "me", "--password-file")
    said = person.types("init", *given, tmp_path / "secret")
    assert said.code == 2
    assert "choose one way to log in" in said.err
    assert not person.config.exists()


def test_an_address_without_its_beginning(person: Person, tmp_path: Path) -> None:
    """It is taken for https."""
    (tmp_path / "secret").write_text("made-up")
    said = person.types("init", "--url", "tracker.example", "--token-file", tmp_path / "secret")
    assert said.code == 0, said.err
    assert 'url = "https://tracker.example"' in person.config.read_text()


def test_a_locale_without_utf_8(person: Person, tmp_path: Path) -> None:
    """The config is UTF-8 all the same."""
    (tmp_path / "secret").write_text("made-up")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    program = [*PROGRAM, "init", "--token-file", str(tmp_path / "secret")]
    environ = {**os.environ, **person.environ, **plain}
    subprocess.run(program, env=environ, stdin=subprocess.DEVNULL, check=True, timeout=60)  # noqa: S603 - our own program
    assert "ntfy://…" in person.config.read_text("utf-8")
    assert person.types("check").code == 0


def test_a_token_from_standard_input(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--token -` takes one line."""
    monkeypatch.setattr("sys.stdin", io.StringIO("canary-token\nmore\n"))
    assert person.types("init", "--token", "-").code == 0
    assert (person.folder / "secrets" / "tracker-token").read_text() == "canary-token\n"


def test_a_login_by_password(person: Person, tmp_path: Path) -> None:
    """Return, password and second factor stand in one table."""
    for name in ("password", "totp", "phone"):
        (tmp_path / name).write_text("JBSWY3DPEHPK3PXP" if name == "totp" else f"json://{name}")
    said = person.types(
        "init",
        "--no-test",
        *("--username", 'a "b"', "--password-file", tmp_path / "password"),
        *("--totp-file", tmp_path / "totp", "--phone-file", tmp_path / "phone"),
    )
    assert said.code == 0, said.err
    assert person.types("check").code == 0
    assert "login = { username = 'a \"b\"', password = { secret" in person.config.read_text()


def test_what_is_missing_is_named(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nothing is asked."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = person.types("init")
    assert said.code == 2
    assert "choose how to log in: --token-file" in said.err


def test_questions_on_a_terminal(person: Person) -> None:
    """A person answers, and what is secret isn't shown."""
    child, terminal = pty.fork()
    if not child:  # pragma: no cover - the child is the program
        program = ["-c", "from gazelled.cli import main; main()", "init"]
        os.execve(sys.executable, [sys.executable, *program], {**os.environ, **person.environ})  # noqa: S606 - our own program
    shown = ""
    for question, answer, hidden in (
        ("address", "", False),
        ("Log in with a", "", False),
        ("Token", "canary-token", True),
        ("Words", "yeast", False),
        ("Where", "", True),
    ):
        shown += _until(terminal, question)
        _wait_for_echo(terminal, off=hidden)
        os.write(terminal, f"{answer}\n".encode())
    shown += _until(terminal, "Next:")
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    assert "canary-token" not in shown
    assert (person.folder / "secrets" / "tracker-token").read_text() == "canary-token\n"
    assert 'searchstr = "yeast"' in person.config.read_text()


def _until(terminal: int, words: str) -> str:
    """Read until the words come, and what follows them at once."""
    shown = ""
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], 20)
        assert ready, shown
        shown += os.read(terminal, 4096).decode()
    return shown


def _wait_for_echo(terminal: int, *, off: bool) -> None:
    """Wait until what is typed is shown, or isn't: what is typed before that gets lost."""
    for _ in range(600):
        if bool(termios.tcgetattr(terminal)[3] & termios.ECHO) != off:
            return
        time.sleep(0.05)


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777
