"""`gazelled init`."""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PROGRAM
from tests.cli.terminal import Typed, at_a_terminal

from gazelled.cli.commands.init import _ways_to_watch
from gazelled.cli.settings import Settings
from gazelled.testing import Simulator

if TYPE_CHECKING:
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
        "init",
        "--no-test",
        "--url",
        sim.url,
        "--token-file",
        token,
        "--search",
        'yeast "S288C" \\ n',
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
    asked = ("init", "--no-test", "--url", sim.url, "--token-file", token)
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
    said = person.types(
        "init", "--no-test", "--url", "tracker.example", "--token-file", tmp_path / "secret"
    )
    assert said.code == 0, said.err
    assert 'url = "https://tracker.example"' in person.config.read_text()


def test_a_locale_without_utf_8(person: Person, tmp_path: Path) -> None:
    """The config is UTF-8 all the same."""
    (tmp_path / "secret").write_text("made-up")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    program = [*PROGRAM, "init", "--no-test", "--token-file", str(tmp_path / "secret")]
    environ = {**os.environ, **person.environ, **plain}
    subprocess.run(program, env=environ, stdin=subprocess.DEVNULL, check=True, timeout=60)  # noqa: S603 - our own program
    assert "ntfy://…" in person.config.read_text("utf-8")
    assert person.types("check").code == 0


def test_a_token_from_standard_input(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--token -` takes one line."""
    monkeypatch.setattr("sys.stdin", io.StringIO("canary-token\nmore\n"))
    assert person.types("init", "--no-test", "--token", "-").code == 0
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


async def test_questions_on_a_terminal(person: Person, sim: Simulator) -> None:
    """A person answers, what is secret isn't shown, and the log-in is tried."""
    typed = (
        Typed("address", f"{sim.url}\n"),
        Typed("Log in with a", "\n"),
        Typed("Token", f"{sim.token()}\n", hidden=True),
        Typed("Words", "yeast\n"),
        Typed("like ntfy://", "\n", hidden=True),
    )
    code, shown = await asyncio.to_thread(at_a_terminal, person, ["init"], typed)
    assert code == 0, shown
    assert sim.token() not in shown
    assert (person.folder / "secrets" / "tracker-token").read_text() == f"{sim.token()}\n"
    assert 'searchstr = "yeast"' in person.config.read_text()
    assert "The account is number 2." in shown, shown


async def test_the_log_in_is_tried_with_one_request(
    person: Person, sim: Simulator, token: Path
) -> None:
    """The account is named, and the next steps are there."""
    said = await person.asks("init", "--url", sim.url, "--token-file", token)
    assert said.code == 0
    assert "The account is number 2." in said.err
    assert [arrival.action for arrival in sim.arrivals] == ["index"]
    steps = re.findall(r"^(?:Next:)? +(gazelled .+?)  ", said.err, re.MULTILINE)
    assert steps == [
        "gazelled doctor",
        "gazelled check",
        "gazelled target test feed",
        "gazelled run",
        "gazelled service install --user",
    ]
    assert (await person.asks("target", "test", "feed")).code == 0


async def test_a_token_that_does_not_work(person: Person, sim: Simulator, tmp_path: Path) -> None:
    """The config is written, and the exit code and the doctor's sentence say what to do."""
    (tmp_path / "wrong").write_text("made-up")
    said = await person.asks("init", "--url", sim.url, "--token-file", tmp_path / "wrong")
    assert said.code == 1
    assert "copy it again, completely" in said.err
    assert "Next: gazelled doctor" in said.err
    assert person.config.exists()
    person.write(sim.token(), "secrets/tracker-token")
    assert (await person.asks("doctor")).code == 0


async def test_a_tracker_that_is_away(person: Person, sim: Simulator, token: Path) -> None:
    """It is named, and the config is written all the same."""
    await sim.stop()
    said = await person.asks("init", "--url", sim.url, "--token-file", token)
    assert said.code == 1
    assert " can't be reached: " in said.err
    assert "Next: gazelled doctor" in said.err
    assert person.config.exists()


async def test_a_running_daemon_is_respected(settled: Person, sim: Simulator, token: Path) -> None:
    """It owns the state and would answer for its own log-in, so nothing is sent."""
    await settled.daemon()
    await settled.until(lambda: bool(settled.titles()))
    arrived = len(sim.arrivals)
    said = await settled.asks("init", "--force", "--url", sim.url, "--token-file", token)
    assert said.code == 0
    assert "The log-in was not tried: " in said.err
    assert "index" not in [arrival.action for arrival in sim.arrivals[arrived:]]


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("config", "command"),
    [
        ("/etc/gazelled/config.toml", "gazelled service install"),
        ("/etc/gazelled/lab/config.toml", "gazelled service install --instance lab"),
        ("/srv/else/config.toml", "gazelled run"),
    ],
)
def test_a_config_of_the_system_is_for_a_service(config: str, command: str) -> None:
    """Run by root in a terminal, it would leave files that the service can't use."""
    settings = Settings({"HOME": "/nowhere"}, config=Path(config))
    assert [*_ways_to_watch(settings)] == [command]
