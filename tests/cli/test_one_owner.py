"""Two state folders and one account: one of them asks, the other one says who does."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.json_lines import read_json_lines

import gazelled_plugins
from gazelled.clock import Clock
from gazelled.testing import Simulator
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.login.ownership import Ownership
from gazelled.tracker.sites.site import Site

from .conftest import LONG, read_again
from .preloaded import Preloaded, Process

PER = 0.2
NOBODY = 65534


def others_can_read(file: Path) -> bool:
    """Return whether other users can get at a file: by every folder above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in file.resolve().parents)


NEEDS_ROOT = pytest.mark.skipif(
    os.getuid() != 0, reason="only root can start another user's process"
)
NEEDS_OPEN_PROGRAM = pytest.mark.skipif(
    not others_can_read(Path(gazelled_plugins.__file__)),
    reason="other users can't read where gazelled is installed",
)
"""Another user's process looks up the plugins, which are files beside the program."""

SQUAT = """
import os, socket, sys

held = socket.socket(socket.AF_UNIX)
os.setresuid(*[65534] * 3)
held.bind("\\0" + sys.argv[1])
held.listen(128)
print("squats", flush=True)
sys.stdin.read()
"""

WATCH = """
[watch.yeast]
ask = "browse"
every = "1h"
tell = ["journal"]
[notices]
tell = ["journal"]
[target.journal]
plugin = "journal"
"""
CALL = """
[watch.browsed]
kind = "call"
ask = "browse"
every = "1h"
"""

IMPATIENT = """
from gazelled.service import app

app.CLAIM_EVERY = 2.0
"""
"""Makes it try every two seconds whether the account is free, in place of a minute."""


class House:
    """
    A config, a state folder and the processes on it, of one user.

    Args:
        folder: An empty folder.
        url: The tracker.
        token: The account.
        preloaded: What starts its processes.
        uid: The user; None for ours.

    Attributes:
        before: Python that runs in the daemon before the program does.

    """

    def __init__(
        self, folder: Path, url: str, token: str, preloaded: Preloaded, uid: int | None = None
    ) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.state = folder / "state"
        self.before = ""
        self._preloaded, self._uid = preloaded, uid
        self.environ = {"HOME": str(folder), "TOKEN": token, "PATH": os.environ["PATH"]}
        (folder / "config.toml").write_text(
            f"""
[tracker]
url = "{url}"
name = "Pretend"
token = {{ env = "TOKEN" }}
limit = {{ requests = 1, per = "{PER}s" }}
[web]
listen = "127.0.0.1:0"
"""
            + (WATCH if uid is None else CALL)
        )
        if uid is not None:
            for each in (folder, folder / "config.toml"):
                os.chown(each, uid, uid)
        self.started: list[Process] = []

    def arguments(self, *command: str) -> list[str]:
        """Return what a command is run with."""
        state = ("--config", str(self.folder / "config.toml"), "--state", str(self.state))
        return [*state, *command]

    def starts(self, **more: str) -> Process:
        """Start the daemon."""
        with (self.folder / "log").open("ab") as log:
            process = self._preloaded.start(
                self.arguments("run"),
                {**self.environ, **more},
                stdout=log.fileno(),
                stderr=log.fileno(),
                uid=self._uid,
                before=self.before,
            )
        self.started.append(process)
        return process

    async def runs(self, *command: str) -> tuple[int, str, str]:
        """Run a command to its end: its exit code, output and errors."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self._preloaded.start(
                self.arguments(*command),
                self.environ,
                stdout=out.fileno(),
                stderr=err.fileno(),
                uid=self._uid,
            )
            code = await asyncio.to_thread(process.wait, LONG)
            return code, read_again(out), read_again(err)

    async def status(self) -> dict[str, Any]:
        """Return what the daemon says of itself; nothing until it runs."""
        code, out, _ = await self.runs("status", "--json")
        return json.loads(out) if code in {0, 6, 7} else {}

    def titles(self) -> list[str]:
        """Return the headlines that were told."""
        file = self.state / "targets" / "journal" / "journal.jsonl"
        return [line["title"] for line in read_json_lines(file)]


Make = Callable[..., House]


@pytest.fixture
def make(sim: Simulator, preloaded: Preloaded) -> Iterator[Make]:
    """Make houses that other users may enter, and whose daemons end with the test."""
    made: list[House] = []
    token = sim.token()
    with tempfile.TemporaryDirectory(prefix="gazelled-houses-") as street:
        Path(street).chmod(0o755)

        def house(name: str, uid: int | None = None) -> House:
            made.append(House(Path(street) / name, sim.url, token, preloaded, uid))
            return made[-1]

        yield house
        for process in [process for each in made for process in each.started]:
            process.kill()
            process.wait()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(LONG):
        while not holds():  # noqa: ASYNC110 - other processes make it hold
            await asyncio.sleep(0.05)


def asked(sim: Simulator) -> list[str | None]:
    """Return the actions that reached the tracker."""
    return [each.action for each in sim.arrivals]


async def test_a_command_asks_through_the_owner(sim: Simulator, make: Make) -> None:
    """With a state of its own and the owner's user it is answered by the owner, in its turn."""
    owner, other = make("owner"), make("other")
    owner.starts()
    await until(lambda: asked(sim) == ["index", "browse"])
    code, out, _ = await other.runs("call", "stats")
    assert code == 0
    assert "maxUsers" in json.loads(out)
    assert asked(sim) == ["index", "browse", "stats"]
    assert (await other.runs("doctor"))[0] == 0
    assert min(sim.gaps()) >= PER
    began = time.monotonic()
    code, _, err = await other.runs("run", "--once")
    assert (code, "process" in err) == (5, True)
    assert f"process {owner.started[0].pid} of user " in err
    assert time.monotonic() - began < LONG / 2
    assert set(asked(sim)) == {"index", "browse", "stats", "user"}


@pytest.mark.slow
async def test_a_second_daemon_stands_by_and_takes_over(sim: Simulator, make: Make) -> None:
    """It sends nothing while the first one lives, says so in all places, and goes on after it."""
    first, second = make("first"), make("second")
    second.before = IMPATIENT
    process = first.starts()
    await until(lambda: asked(sim) == ["index", "browse"])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0gazelled-test-{os.urandom(8).hex()}")
        manager.settimeout(LONG)
        second.starts(NOTIFY_SOCKET="@" + manager.getsockname()[1:].decode())
        shown = ""
        while "Standing by" not in shown:
            shown = (await asyncio.to_thread(manager.recv, 4096)).decode()
        assert f"process {process.pid} of user " in shown
        await until(lambda: bool(second.titles()))
        assert second.titles() == ["Another process uses your account at Pretend"]
        status = await second.status()
        assert status["tracker"]["state"] == "elsewhere"
        assert f"process {process.pid}" in status["tracker"]["problem"]
        assert (await second.runs("call", "stats"))[0] == 0  # by the first
        assert asked(sim) == ["index", "browse", "stats"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        await until(lambda: len(sim.arrivals) > 4)
    assert asked(sim)[3:] == ["index", "browse"]
    assert min(sim.gaps()) >= PER
    await until(lambda: "This gazelled uses your account at Pretend now" in second.titles())
    assert (await second.status())["tracker"]["state"] == "up"


async def test_another_log_in_of_the_account_is_found_out(sim: Simulator, make: Make) -> None:
    """It is known once it has asked whose account it is; then the owner asks for it."""
    owner, other = make("owner"), make("other")
    file = other.folder / "config.toml"
    login = '{ username = "me", password = { env = "PASSWORD" } }'
    file.write_text(file.read_text().replace('token = { env = "TOKEN" }', f"login = {login}"))
    other.environ["PASSWORD"] = sim.world.user("me").password
    owner.starts()
    await until(lambda: asked(sim) == ["index", "browse"])
    for _ in range(2):  # that examines a log-in, so nobody else can
        code, _, err = await other.runs("doctor")
        assert (code, f"process {owner.started[0].pid} of user" in err) == (5, True)
    assert (await other.runs("call", "stats"))[0] == 0
    assert [each for each in asked(sim) if each] == ["index", "browse", "index", "stats"]
    assert min(sim.gaps()) >= PER


@NEEDS_ROOT
@NEEDS_OPEN_PROGRAM
async def test_another_user_is_told_who_asks(sim: Simulator, make: Make) -> None:
    """Who may not open the owner's socket is told its process and user, with exit code 5."""
    owner, other = make("owner"), make("other", NOBODY)
    process = owner.starts()
    await until(lambda: asked(sim) == ["index", "browse"])
    for command in (("call", "stats"), ("run", "--once"), ("doctor",), ("download", "3")):
        code, out, err = await other.runs(*command)
        assert (command, code) == (command, 5)
        assert f"process {process.pid} of user root, uses your account" in err
        assert "Traceback" not in out + err
    assert asked(sim) == ["index", "browse"]


@NEEDS_ROOT
@NEEDS_OPEN_PROGRAM
async def test_a_state_that_is_closed_is_not_called_idle(sim: Simulator, make: Make) -> None:
    """Whoever can't look into it is told whose it is; its own user, how to open it."""
    owner, other = make("owner"), make("other", NOBODY)
    owner.starts()
    await until(lambda: asked(sim) == ["index", "browse"])
    other.state = owner.state
    for command in (("status",), ("doctor",), ("call", "stats")):
        code, out, err = await other.runs(*command)
        assert (command, code, out) == (command, 9, "")
        assert f"{owner.state} belongs to root and is closed to you" in err
        assert "sudo -u root" in err
    code, out, err = await other.runs("health")
    assert (code, err) == (3, "")
    assert out.startswith("UNKNOWN - The state folder ")
    assert (await other.runs("state", "verify"))[0] == 3
    other.state = other.folder / "state"
    other.state.mkdir(mode=0)
    os.chown(other.state, NOBODY, NOBODY)
    code, _, err = await other.runs("status")
    assert code == 9
    assert f"is closed to its own user. Open it: chmod 700 {other.state}" in err
    code, _, err = await other.runs("check")
    assert "failed" not in err
    assert "is valid" in err


@NEEDS_ROOT
@NEEDS_OPEN_PROGRAM
async def test_root_asks_through_another_user_who_has_the_same_token(
    sim: Simulator, make: Make
) -> None:
    """It may open that one's socket, which has proved that it knows the token."""
    owner, other = make("owner", NOBODY), make("other")
    owner.starts()
    await until(lambda: asked(sim) == ["index", "browse"])
    code, _, err = await other.runs("call", "stats")
    assert (code, err) == (0, "")
    assert asked(sim) == ["index", "browse", "stats"]


@contextmanager
def squatter(name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Hold a name as another user until the block ends, without accepting a connection."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", SQUAT, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"squats\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@NEEDS_ROOT
@NEEDS_OPEN_PROGRAM
async def test_a_stranger_can_silence_it_but_not_silently(sim: Simulator, make: Make) -> None:
    """Whoever has taken the name is named; nothing is sent, and nothing hangs."""
    house = make("house")
    auth = TokenAuth(house.environ["TOKEN"])
    site = Site(sim.url, "Pretend")
    wanted = Ownership(
        site, auth, InMemoryStore(), clock=Clock(), control=None, rest=lambda _: None
    )._credentials_name
    with squatter(wanted) as stranger:
        whose = f"process {stranger.pid} of user {pwd.getpwuid(NOBODY).pw_name}"
        code, _, err = await house.runs("call", "stats")
        assert code == 5
        assert f"{whose}, which does not answer as gazelled does" in err
        house.starts()
        await until(lambda: bool(house.titles()))
        assert (await house.status())["tracker"]["state"] == "elsewhere"
        assert whose in (await house.status())["summary"]
        assert sim.arrivals == []
