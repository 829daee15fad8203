"""The service manager hears how the daemon is."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gazelled.service.systemd.sd_notify import Notifier


class Manager:
    """A service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.environ = {"NOTIFY_SOCKET": address.replace("\0", "@")}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(30)
        self.socket.bind(address)

    def hears(self) -> str:
        """Receive one message."""
        return self.socket.recv(4096).decode()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Return a manager that listens, at both kinds of address."""
    addresses = {"path": str(tmp_path / "notify"), "abstract": f"\0gazelled-test-{os.getpid()}"}
    manager = Manager(addresses[request.param])
    yield manager
    manager.socket.close()


def test_each_message_is_one_datagram(manager: Manager) -> None:
    """The manager hears the words of its protocol."""
    notifier = Notifier(manager.environ)
    notifier.ready()
    notifier.status("BioTorrents.de answers;\nnext request 10:00 ✓")
    notifier.watchdog()
    notifier.stopping()
    assert [manager.hears() for _ in range(4)] == [
        "READY=1",
        "STATUS=BioTorrents.de answers; next request 10:00 ✓",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


@pytest.mark.parametrize(
    "address", ["", "relative", "@", "vsock:2:1", "/nowhere/notify", "/" + "long" * 100]
)
def test_nobody_there_is_no_trouble(address: str) -> None:
    """Without a manager that listens nothing happens."""
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.status("well")
    assert notifier.watchdog_interval is None


def test_a_full_socket_is_no_trouble(manager: Manager) -> None:
    """A manager that doesn't read stalls the daemon for a moment, not for ever."""
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filler.settimeout(0)
    with filler, suppress(BlockingIOError):
        for _ in range(100_000):
            filler.sendto(b"x", manager.socket.getsockname())
    Notifier(manager.environ).watchdog()


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "me"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_wants_a_sign_at_half_its_time(
    environ: dict[str, str], interval: float | None
) -> None:
    """The interval holds for the process that systemd watches and for no other."""
    assert Notifier({"NOTIFY_SOCKET": "/run/x", **environ}).watchdog_interval == interval
