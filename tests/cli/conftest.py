"""A person's folder, the commands they type, and a simulated tracker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pytest
from tests.cli.preloaded import Preloaded, Process
from tests.json_lines import read_json_lines

from gazelled import logs
from gazelled.cli.entry import run
from gazelled.cli.exit_codes import ExitCode
from gazelled.testing import Simulator
from gazelled.testing.ports import free_port

Started = subprocess.Popen[bytes] | Process

PER = 0.1
PROGRAM = [sys.executable, "-c", "from gazelled.cli import main; main()"]
LONG = 120.0


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:  # noqa: ANN401 - the test knows what it asked for
        """What it printed, as JSON."""
        return json.loads(self.out)


class Person:
    """
    Somebody with a config who types commands.

    Args:
        folder: An empty folder.
        capture: Takes what was printed.

    Attributes:
        folder: The folder of the config.
        state: The folder of the state.
        environ: The environment of the commands.
        afresh: Whether processes begin with Python, as they do outside of tests.
        before: Python that runs in each of them before the program does.

    """

    def __init__(
        self, folder: Path, capture: pytest.CaptureFixture[str], preloaded: Preloaded
    ) -> None:
        self.folder = folder / "config" / "gazelled"
        self.state = folder / "state" / "gazelled"
        self.environ = {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
        }
        self.afresh = False
        self.before = ""
        self._preloaded = preloaded
        self._capture = capture
        self._started: list[Started] = []
        self._log = folder / "run.log"

    @property
    def config(self) -> Path:
        """The config."""
        return self.folder / "config.toml"

    def write(self, text: str, name: str = "config.toml") -> Path:
        """Write the config, or a file beside it."""
        file = self.folder / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    def types(self, *arguments: str | Path) -> Said:
        """Type a command; it runs in this process."""
        self._capture.readouterr()
        code = run([str(each) for each in arguments], self.environ)
        logs.reset()
        said = self._capture.readouterr()
        return Said(code, said.out, said.err)

    async def asks(self, *arguments: str | Path) -> Said:
        """Type a command while this event loop goes on serving the tracker."""
        return await asyncio.to_thread(self.types, *arguments)

    async def runs(self, *arguments: str, more: Mapping[str, str] | None = None) -> Said:
        """Run a command to its end as a process of its own."""
        with TemporaryFile() as out, TemporaryFile() as err:
            process = self._start(
                arguments, self._process_environ(more), out.fileno(), err.fileno()
            )
            code = await asyncio.to_thread(process.wait, LONG)
            return Said(code, read_again(out), read_again(err))

    def starts(self, *arguments: str, umask: int = -1, logged: bool = True) -> Started:
        """Start a command as a process of its own; it is ended with the test."""
        with (self._log if logged else Path(os.devnull)).open("ab") as log:
            file = log.fileno()
            return self._start(arguments, self._process_environ(), file, file, umask)

    def _start(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        out: int,
        err: int,
        umask: int = -1,
    ) -> Started:
        process: Started
        if self.afresh:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*PROGRAM, *arguments],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                umask=umask,
            )
        else:
            process = self._preloaded.start(
                arguments, environ, stdout=out, stderr=err, umask=umask, before=self.before
            )
        self._started.append(process)
        return process

    async def daemon(self, *, umask: int = -1, logged: bool = True) -> Started:
        """Start `gazelled run` and wait until it runs."""
        process = self.starts("run", umask=umask, logged=logged)
        await self.until((self.state / "control.sock").exists)
        while not await self.is_running():
            assert process.poll() is None, self.log
            await asyncio.sleep(0.1)
        return process

    async def is_running(self) -> bool:
        """Return whether a daemon answers; one that owns the state may not listen yet."""
        said = await self.asks("--json", "status")
        return said.code != ExitCode.UNAVAILABLE and said.data["running"]

    @property
    def log(self) -> str:
        """What the daemons logged."""
        return self._log.read_text()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(LONG):
            while not holds():  # noqa: ASYNC110 - another process makes it hold
                await asyncio.sleep(0.05)

    async def ended(self, process: Started) -> int:
        """Wait for the end of a daemon and return its exit code."""
        await self.until(lambda: process.poll() is not None)
        assert process.returncode is not None
        return process.returncode

    def journal(self) -> list[dict[str, Any]]:
        """Read what the journal holds."""
        file = self.state / "targets" / "journal" / "journal.jsonl"
        return read_json_lines(file)

    def titles(self) -> list[str]:
        """Read the headlines in the journal."""
        return [line["title"] for line in self.journal()]

    def ends_daemons(self) -> None:
        """End whatever still runs."""
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)

    def _process_environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], **self.environ, **(more or {})}


def read_again(file: IO[bytes]) -> str:
    """Return all that was written to a file."""
    file.seek(0)
    return file.read().decode()


@pytest.fixture(scope="session")
def preloaded() -> Iterator[Preloaded]:
    """What starts processes of the program quickly."""
    server = Preloaded()
    yield server
    server.end()


@pytest.fixture
def person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], preloaded: Preloaded
) -> Iterator[Person]:
    """Return somebody without a config."""
    made = Person(tmp_path, capsys, preloaded)
    yield made
    made.ends_daemons()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Return a tracker that takes ten requests a second."""
    async with Simulator(per=PER, allowed=2) as made:
        yield made


@pytest.fixture
def settled(person: Person, sim: Simulator, unused_tcp_port: int) -> Person:
    """Return somebody with a config for the simulated tracker."""
    person.write(sim.token(), "secrets/tracker-token")
    person.write(
        f"""\
[tracker]
url = "{sim.url}"
name = "BioTorrents.de"
token = {{ secret = "tracker-token" }}
[tracker.limit]
per = {PER}

[notices]
tell = ["journal"]

[watch.yeast]
ask = "browse"
with = {{ searchstr = "yeast" }}
tell = ["journal", "feed"]

[target.journal]
plugin = "journal"

[target.feed]
plugin = "feed"
title = "Yeast"

[web]
listen = "127.0.0.1:{unused_tcp_port}"
"""
    )
    return person


@pytest.fixture
def unused_tcp_port() -> int:
    """Find a port that nobody uses."""
    return free_port()
