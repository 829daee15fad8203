"""Starts that fail one after the other come ever later, and a person needn't wait."""

from __future__ import annotations

import json
import signal
import socket
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gazelled.cli.starting.restart_pause import NOTE, RestartPause
from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def service(folder: Path) -> RestartPause:
    """Return the pauses of a process that systemd has started."""
    return RestartPause({"RUNTIME_DIRECTORY": str(folder), "INVOCATION_ID": "1"})


def test_pauses_grow(tmp_path: Path) -> None:
    """The first failures cost nothing more; then each pause is twice as long, up to a limit."""
    now, pauses = NOON, []
    for _ in range(9):
        _, pause = service(tmp_path).begin(now)
        pauses.append(pause)
        now += timedelta(seconds=pause + 35)
    assert pauses == [0, 0, 0, 60, 120, 240, 480, 900, 900]


def test_one_that_ran_for_long_has_not_failed_at_its_start(tmp_path: Path) -> None:
    """Then the next failure is the first again."""
    for minute in range(5):
        service(tmp_path).begin(NOON + timedelta(minutes=minute))
    assert service(tmp_path).begin(NOON + timedelta(hours=2)) == (0, 0.0)


def test_a_good_end_forgets_the_failures(tmp_path: Path) -> None:
    """So does an end that a restart doesn't change."""
    for minute in range(5):
        service(tmp_path).begin(NOON + timedelta(minutes=minute))
    service(tmp_path).end()
    assert service(tmp_path).begin(NOON + timedelta(minutes=5)) == (0, 0.0)


def test_a_person_at_a_terminal_never_waits(tmp_path: Path) -> None:
    """Nothing is counted where no service manager restarts."""
    for minute in range(9):
        pause = RestartPause({"RUNTIME_DIRECTORY": str(tmp_path)})
        assert pause.begin(NOON + timedelta(minutes=minute)) == (0, 0.0)


async def test_systemd_sees_why_it_waits_and_a_stop_ends_it(
    settled: Person, sim: Simulator
) -> None:
    """Nothing is opened meanwhile, and the start after a stop doesn't wait."""
    runtime = settled.folder / "runtime"
    runtime.mkdir(mode=0o700)
    (runtime / NOTE).write_text(json.dumps({"failures": 7, "at": time.time()}))
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(settled.folder / "notify"))
        manager.settimeout(60)
        settled.environ |= {
            "RUNTIME_DIRECTORY": str(runtime),
            "NOTIFY_SOCKET": str(settled.folder / "notify"),
        }
        daemon = settled.starts("run")
        assert manager.recv(4096).decode().startswith("STATUS=8 starts in a row failed; the next")
        assert manager.recv(4096).decode().startswith("EXTEND_TIMEOUT_USEC=")
        daemon.send_signal(signal.SIGTERM)
        assert await settled.ended(daemon) == -signal.SIGTERM
    assert not (runtime / NOTE).exists()
    assert not settled.state.exists()
    assert sim.arrivals == []
