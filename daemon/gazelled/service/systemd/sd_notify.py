"""The protocol of sd_notify, which is one datagram: systemd learns how the daemon is."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

_PATIENCE = 1.0
_OF_SERVICES = ("NOTIFY_SOCKET", "INVOCATION_ID")
"""The variables by which systemd tells a service that it is one."""


def is_service(environ: Mapping[str, str]) -> bool:
    """Return whether systemd has started this process as a service."""
    return any(environ.get(name) for name in _OF_SERVICES)


class Notifier:
    """
    Speaks to the service manager, whose socket is in the environment; without one, to nobody.

    `watchdog_interval` is the seconds between signs of life, half of what systemd allows; None
    when it doesn't watch this process.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self.watchdog_interval = _interval(environ) if self._address else None

    @property
    def is_heard(self) -> bool:
        """Whether there is a service manager to speak to."""
        return self._address.startswith(("/", "@"))

    def ready(self) -> None:
        self._send("READY=1")

    def reloading(self) -> None:
        """Report that a reload has begun; `ready` ends it."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def status(self, text: str) -> None:
        """Show one line in `systemctl status`."""
        self._send("STATUS=" + " ".join(text.split()))

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def extend(self, seconds: float) -> None:
        """Ask for so many more seconds until the next word, before a start counts as failed."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self.is_heard:
            return
        # A leading @ stands for the NUL of an abstract name.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(_PATIENCE)
                sender.connect(address)
                sender.send(message.encode(errors="replace"))
        except OSError:
            # The daemon works as well when nobody listens.
            return


def _interval(environ: Mapping[str, str]) -> float | None:
    try:
        allowed = int(environ.get("WATCHDOG_USEC", ""))
        watched = int(environ.get("WATCHDOG_PID") or os.getpid())
    except ValueError:
        return None
    return allowed / 2 / 1_000_000 if allowed > 0 and watched == os.getpid() else None
