"""`gazelled status` of somebody who may not ask the daemon that runs, or may by their group."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

import pytest

from gazelled.tracker.login.account_lock import holders

from .conftest import LONG, Said, read_again
from .preloaded import Preloaded
from .test_one_owner import NEEDS_OPEN_PROGRAM, NEEDS_ROOT, NOBODY

if TYPE_CHECKING:
    from tests.cli.conftest import Person

pytestmark = [NEEDS_ROOT, NEEDS_OPEN_PROGRAM]

MACHINE = """
from pathlib import Path
from gazelled.cli import settings
from gazelled.service import lock

street = Path({street!r})
settings.SYSTEM_CONFIG = street / "etc" / "gazelled" / "config.toml"
settings.SYSTEM_STATE = street / "lib" / "gazelled"
lock.STATES, lock.RUNTIME = street / "lib", street / "run"
"""


@pytest.fixture
def street() -> Iterator[Path]:
    """Return a folder that stands for the machine's, which other users may enter."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("lib", "run"):
            (folder / part).mkdir()
        (folder / "run" / "gazelled").mkdir(mode=0o700)
        yield folder


class Service:
    """The daemon as the machine's service, and a user who asks it."""

    def __init__(self, person: Person, street: Path, preloaded: Preloaded) -> None:
        self.person, self.street, self._preloaded = person, street, preloaded
        self.runtime = street / "run" / "gazelled"
        person.state = street / "lib" / "gazelled"
        person.environ |= {
            "STATE_DIRECTORY": str(person.state),
            "RUNTIME_DIRECTORY": str(self.runtime),
        }

    async def starts(self) -> int:
        """Start the daemon; return its process."""
        daemon = self.person.starts("run")
        await self.person.until((self.runtime / "control.sock").exists)
        while not await self.person.is_running():
            assert daemon.poll() is None, self.person.log
            await asyncio.sleep(0.1)
        return daemon.pid

    async def is_asked(self, *words: str) -> Said:
        """Let another user type a command."""
        with TemporaryFile() as out, TemporaryFile() as err:
            process = self._preloaded.start(
                words,
                {"PATH": os.environ["PATH"], "HOME": "/nowhere"},
                stdout=out.fileno(),
                stderr=err.fileno(),
                uid=NOBODY,
                before=MACHINE.format(street=str(self.street)),
            )
            code = await asyncio.to_thread(process.wait, LONG)
            return Said(code, read_again(out), read_again(err))


@pytest.fixture
def service(street: Path, settled: Person, preloaded: Preloaded) -> Service:
    """Return the service, which isn't running yet; its folder is there as long as it runs."""
    return Service(settled, street, preloaded)


async def test_it_says_that_a_daemon_runs_and_how_to_ask_it(service: Service) -> None:
    """Not that none runs; no command takes its place, either."""
    pid = await service.starts()
    said = await service.is_asked("status")
    assert (said.code, said.out) == (9, "")
    who = f"process {pid} of user {pwd.getpwuid(os.getuid()).pw_name}"
    assert who in said.err
    assert "and you may not ask it" in said.err
    assert "use sudo, or let a group use it" in said.err
    data = json.loads((await service.is_asked("--json", "status")).out)
    assert (data["running"], data["summary"]) == (True, "")
    assert data["pid"] in {pid, 0}  # where this user has several daemons, it could be any of them
    checked = await service.is_asked("health")
    assert checked.code == 3
    assert checked.out.startswith("UNKNOWN - ")
    assert "you may not ask it" in checked.out
    stopped = await service.is_asked("stop")
    assert stopped.code == 9
    assert "gazelled is running, and you may not ask it" in stopped.err


async def test_it_is_answered_where_its_group_may_ask(service: Service) -> None:
    """With a unit whose group it is; the state stays closed."""
    os.chown(service.runtime, -1, NOBODY)
    service.runtime.chmod(0o2750)  # what is made there gets the group, as Group= does it
    pid = await service.starts()
    said = await service.is_asked("--json", "status")
    assert json.loads(said.out)["pid"] == pid
    assert (await service.is_asked("health")).code in {0, 1}
    assert (await service.is_asked("stop")).err == "Stopped.\n"


async def test_whom_it_may_not_ask_is_told_of_the_group(service: Service) -> None:
    """Whoever isn't in the group yet can join it."""
    os.chown(service.runtime, -1, 1)
    service.runtime.chmod(0o2750)
    await service.starts()
    said = await service.is_asked("status")
    assert said.code == 9
    assert "join its group: sudo usermod -aG daemon $USER" in said.err


async def test_without_a_daemon_none_is_claimed(service: Service) -> None:
    """A folder that can't be entered is no daemon."""
    service.runtime.rmdir()
    (service.street / "lib" / "gazelled").mkdir(mode=0o700)
    said = await service.is_asked("status")
    assert said.code == 8
    assert "gazelled is not running" in said.err


async def test_who_holds_the_account_is_seen_without_a_question(service: Service) -> None:
    """Looking isn't wanting: nothing is noted at the holder, whose next start would wait longer."""
    pid = await service.starts()
    await service.person.until(lambda: service.person.titles() == ["Watching yeast"])
    assert pid in {peer.pid for peer in holders()}


async def test_all_are_listed_with_the_worst_code(service: Service) -> None:
    """Those of the machine and of the user; who may not be asked is there, too."""
    (service.street / "etc" / "gazelled" / "lab").mkdir(parents=True)
    for folder in (
        service.street / "etc" / "gazelled",
        service.street / "etc" / "gazelled" / "lab",
    ):
        (folder / "config.toml").touch()
    await service.starts()
    said = await service.is_asked("status", "--all", "--json")
    assert said.code == 8  # lab is worse
    states = {(each["instance"], each["whose"]): each["state"] for each in json.loads(said.out)}
    assert states == {("", "system"): "not permitted", ("lab", "system"): "not running"}
    shown = await service.is_asked("status", "--all")
    assert [line.split()[:3] for line in shown.out.splitlines()] == [
        ["INSTANCE", "WHOSE", "STATE"],
        ["-", "system", "not"],
        ["lab", "system", "not"],
    ]
