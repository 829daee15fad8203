"""`gazelled doctor`."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from gazelled.service.systemd.program import program
from gazelled.service.systemd.unit_files import Unit, files_of
from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Person


async def test_findings_are_told_and_a_config_is_printed(settled: Person, sim: Simulator) -> None:
    """Sentences for people, and a [tracker] that could be written to a file, without a secret."""
    said = await settled.asks("doctor")
    assert said.code == 0
    assert said.err.splitlines()[0] == "✓ The API answers at ajax.php."
    assert said.err.splitlines()[-1] == "2 requests."
    assert tomllib.loads(said.out)["tracker"] == {
        "url": sim.url,
        "profile": "biotorrents",
        "token": {"secret": "tracker-token"},
        "limit": {"requests": 1, "per": 0.1},
    }
    assert [each.action for each in sim.arrivals] == ["index", "user"]
    assert min(sim.gaps()) >= 0.1


async def test_the_machine_is_well(settled: Person) -> None:
    """The disk and the files of the state are looked at, by a command and by a daemon."""
    by_command = (await settled.asks("doctor")).err
    await settled.daemon()
    for shown in (by_command, (await settled.asks("doctor")).err):
        assert "MiB are free where the state is." in shown
        assert "✓ The state belongs to " in shown


async def test_what_is_wrong_with_the_machine_is_found(settled: Person) -> None:
    """Each fault is a finding with what to do, and the exit code says that there is one."""
    assert (await settled.asks("doctor")).code == 0
    settled.state.chmod(0o707)
    said = await settled.asks("doctor")
    assert said.code == 1
    assert f"✗ Every user may write in {settled.state}.\n  chmod 700 {settled.state}" in said.err
    settled.state.chmod(0o700)
    (settled.state / "lost+found").mkdir()
    if os.geteuid() == 0:
        (settled.state / "odd").touch()
        for name in ("odd", "lost+found"):
            os.chown(settled.state / name, 12345, 12345)
        said = await settled.asks("doctor")
        assert said.code == 1
        assert f"Files in {settled.state} do not belong to root: odd." in said.err
        assert f"sudo chown -R root: {settled.state}" in said.err
        (settled.state / "odd").unlink()
    assert (await settled.asks("doctor")).code == 0


@pytest.mark.parametrize("name", [".", "conf.d", "conf.d/more.toml", "plugins", "config.toml"])
async def test_a_config_that_every_user_may_change_is_found(settled: Person, name: str) -> None:
    """Each file and folder that decides what runs is looked at, and the advice mends it."""
    folder = settled.config.parent
    for beside in ("conf.d", "plugins"):
        (folder / beside).mkdir(exist_ok=True)
    (folder / "conf.d" / "more.toml").touch()
    path = settled.config if name == "config.toml" else folder / name
    mode = path.stat().st_mode & 0o777
    path.chmod(mode | 0o002)
    said = await settled.asks("doctor")
    assert said.code == 1
    assert f"✗ Every user may change {path}.\n  chmod o-w {path}\n" in said.err
    subprocess.run(["chmod", "o-w", str(path)], check=True)  # noqa: S603, S607, ASYNC221 - the advice
    assert path.stat().st_mode & 0o777 == mode & ~0o002
    said = await settled.asks("doctor")
    assert said.code == 0
    assert "Every user may change" not in said.err


async def test_a_socket_that_cannot_be_had_is_found(settled: Person, unused_tcp_port: int) -> None:
    """Another program has the address of the page."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = settled.config.read_text()
        settled.config.write_text(text.replace(str(unused_tcp_port), str(port)))
        await settled.daemon()
        said = await settled.asks("doctor")
        assert said.code == 1
        assert [line for line in said.err.splitlines() if "✗" in line and str(port) in line]


def systemctl(monkeypatch: pytest.MonkeyPatch, folder: Path, *properties: str) -> None:
    """Have a program in systemctl's place that knows the unit, with some properties."""
    program = folder / "bin" / "systemctl"
    program.parent.mkdir(exist_ok=True)
    lines = "".join(f"echo '{line}'\n" for line in ("LoadState=loaded", *properties))
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *--version*) echo "systemd 257"; exit;; esac\n{lines}'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr("gazelled.service.systemd.manager.BOOTED", folder)


@pytest.mark.parametrize(
    ("state", "mark", "text", "advice"),
    [
        ("active", "✓", "The service gazelled is active.", ""),
        (
            "inactive",
            "·",
            "The service gazelled is not running.",
            "systemctl --user start gazelled",
        ),
        (
            "failed",
            "✗",
            "The service gazelled has failed: exit-code.",
            "systemctl --user status gazelled",
        ),
    ],
)
async def test_the_service_is_looked_at(  # noqa: PLR0917 - a table of four columns
    settled: Person,
    tmp_path: Path,
    state: str,
    mark: str,
    text: str,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What systemd says of the service of this config is a finding."""
    systemctl(monkeypatch, tmp_path, f"ActiveState={state}", "Result=exit-code")
    said = await settled.asks("doctor")
    assert said.code == (state == "failed")
    assert f"{mark} {text}" in said.err
    assert advice in said.err


@pytest.mark.parametrize(
    ("properties", "finding", "advice"),
    [
        (
            ["ActiveState=failed", "Result=start-limit-hit"],
            "✗ The service gazelled was started too often, and systemd has given up.",
            "systemctl --user reset-failed gazelled && systemctl --user start gazelled",
        ),
        (
            ["ActiveState=active", "UnitFileState=disabled"],
            "· The service gazelled does not start by itself.",
            "systemctl --user enable gazelled",
        ),
        (
            ["ActiveState=active", "NeedDaemonReload=yes"],
            "✗ The unit of gazelled has changed since systemd read it.",
            "systemctl --user daemon-reload && systemctl --user restart gazelled",
        ),
        (
            ["ActiveState=active"],
            "· The service gazelled ends when you log out.",
            "loginctl enable-linger",
        ),
    ],
)
async def test_what_keeps_a_service_from_running(
    settled: Person,
    tmp_path: Path,
    properties: list[str],
    finding: str,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sentence and what to type, for each."""
    monkeypatch.setattr("gazelled.service.systemd.service_state.LINGERING", tmp_path / "none")
    systemctl(monkeypatch, tmp_path, *properties)
    said = await settled.asks("doctor")
    assert f"{finding}\n  " in said.err
    assert advice in said.err


async def test_the_unit_is_compared_with_what_would_be_installed(
    settled: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As installed there is nothing to say; an older unit and changed settings are named."""
    folder = tmp_path / "systemd" / "user"
    fragment = folder / "gazelled.service"
    files = files_of(Unit(of_user=True), program(), control_group=False, version=257)
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    own = folder / "gazelled.service.d" / "own.conf"
    drop_ins = f"DropInPaths={folder}/gazelled.service.d/restart-steps.conf {own}"
    systemctl(monkeypatch, tmp_path, "ActiveState=active", f"FragmentPath={fragment}", drop_ins)
    own.write_text("[Service]\nNice=5\n")
    said = (await settled.asks("doctor")).err
    assert "installed" not in said
    assert "The service runs" not in said
    assert "relies on" not in said
    own.write_text("[Service]\nType=simple\nNice=5\n")
    fragment.write_text(
        re.sub("ExecStart=.* run", "ExecStart=/opt/older/bin/gazelled run", fragment.read_text())
        + "Nice=9\n"
    )
    gone, steps = (
        folder / "gazelled.service.d" / f"{name}.conf" for name in ("gone", "restart-steps")
    )
    gone.symlink_to(tmp_path / "nowhere")
    steps.unlink()
    steps.symlink_to(tmp_path / "nowhere")
    said = (await settled.asks("doctor")).err
    assert "· The service runs /opt/older/bin/gazelled, and you are using " in said
    assert "another version of gazelled: systemd/user/gazelled.service.\n" in said
    assert f"· {own} changes what gazelled relies on: Type.\n" in said
    nowhere = "is a link to nowhere, so it changes nothing.\n  "
    assert f"· {gone} {nowhere}rm {gone} && systemctl --user daemon-reload\n" in said
    assert f"· {steps} {nowhere}gazelled service install --user\n" in said
    assert "gazelled service install --user" in said


async def test_a_secret_that_others_can_read_is_found(settled: Person) -> None:
    """Unless nobody else can enter the folder."""
    folder = settled.config.parent / "secrets"
    folder.chmod(0o755)
    (folder / "tracker-token").chmod(0o644)
    said = await settled.asks("doctor")
    assert said.code == 1
    assert "✗ Other users can read secrets: tracker-token.\n" in said.err
    assert f"chmod -R o= {folder}" in said.err
    folder.chmod(0o700)
    said = await settled.asks("doctor")
    assert "Other users can read" not in said.err


async def test_what_is_printed_is_a_config(settled: Person) -> None:
    """Written to where the config is, it passes a check."""
    said = await settled.asks("doctor")
    settled.write(said.out)
    assert (await settled.asks("check")).code == 0


async def test_what_is_printed_keeps_the_way_there(settled: Person) -> None:
    """Who writes it to the config still has a proxy, or none, and a ca."""
    text = settled.config.read_text()
    settled.config.write_text(text.replace("[tracker]", '[tracker]\nproxy = "none"'))
    printed = tomllib.loads((await settled.asks("doctor")).out)["tracker"]
    assert printed["proxy"] == "none"
    assert "token" in printed


async def test_as_json(settled: Person, sim: Simulator) -> None:
    """A program reads the same findings."""
    sim.fail(Fault.TOKEN_REVOKED)
    said = await settled.asks("--json", "doctor")
    assert said.code == 1
    assert (said.data["well"], said.data["requests"], said.data["config"]) == (False, 1, "")
    finding = said.data["findings"][0]
    assert (finding["about"], finding["mark"]) == ("log-in", "bad")
    assert sim.token() not in said.out + said.err


async def test_a_daemon_does_it(settled: Person, sim: Simulator) -> None:
    """While a daemon runs it asks, in its own pace; a stop of its is told and not passed by."""
    process = await settled.daemon()
    said = await settled.asks("doctor")
    assert said.code == 0, said.err
    assert min(sim.gaps()) >= 0.1
    sim.fail(Fault.FORBIDDEN)
    await settled.asks("call", "index")
    before = len(sim.arrivals)
    said = await settled.asks("doctor")
    assert said.code == 1
    assert said.err.startswith("✗ gazelled has stopped. The tracker forbids access (403)")
    assert len(sim.arrivals) == before
    assert process.poll() is None


async def test_another_way_to_log_in(settled: Person, sim: Simulator) -> None:
    """A log-in can be tried before it is written into the config, which names no secret."""
    password = settled.write(sim.world.user("me").password, "pw")
    said = await settled.asks(
        "doctor", "--url", sim.url, "--username", "me", "--password-file", password
    )
    assert said.code == 0, said.err
    assert tomllib.loads(said.out)["tracker"]["login"] == {
        "username": "me",
        "password": {"secret": "password"},
    }
    assert sim.world.user("me").password not in said.out + said.err


async def test_the_log_in_of_the_config_at_another_address(settled: Person, sim: Simulator) -> None:
    """With another address alone, the config's log-in is tried there."""
    said = await settled.asks("doctor", "--url", f"{sim.url}/forum")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"✗ There is no API of Gazelle at {sim.url}/forum, or not now")


async def test_ten_doctors_lock_nobody_out(settled: Person, sim: Simulator) -> None:
    """However often a wrong password is tried, the tracker refuses three log-ins."""
    password = settled.write("wrong-password-12345", "pw")
    said = [
        await settled.asks(
            "doctor", "--url", sim.url, "--username", "me", "--password-file", password
        )
        for _ in range(6)
    ]
    assert {each.code for each in said} == {1}
    assert [each.path for each in sim.arrivals] == ["/login.php"] * 3
    assert "tries none before " in said[-1].err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--token-env", "X"], "options for a log-in need --url: which tracker is it for?"),
        (["--url", "https://x.example", "--token", "abc"], "others could read a token here"),
        (["--url", "https://x.example"], "choose how to log in: --token-file"),
        (
            ["--url", "https://x.example", "--token-env", "NOPE"],
            "the environment variable NOPE is not set",
        ),
    ],
)
def test_says_what_it_needs(person: Person, arguments: list[str], words: str) -> None:
    """What is missing on the command line is said, and nothing is asked."""
    said = person.types("doctor", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


async def test_status_shows_that_others_use_the_account(settled: Person, sim: Simulator) -> None:
    """The status says so while it goes on, and how slowly we go."""
    await settled.daemon()
    await settled.asks("call", "index")
    sim.fail(Fault.RATE_LIMITED, times=3)
    assert (await settled.asks("call", "stats")).code == 0
    said = await settled.asks("status")
    assert "Another client has been using this account's rate limit since " in said.out
    assert "gazelled waits 2 times as long between its requests." in said.out
    assert (await settled.asks("--json", "status")).data["tracker"]["slowness"] == 2
