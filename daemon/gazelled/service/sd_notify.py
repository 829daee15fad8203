"""The protocol of sd_notify, which is one datagram: systemd learns how the daemon is."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

_PATIENCE = 1.0


class Notifier:
    """
    Speaks to the service manager, whose socket is in the environment; without one, to nobody.

    `watchdog_interval` is the seconds between signs of life, half of what systemd allows; None
    when it doesn't watch this process.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self.watchdog_interval = _interval(environ) if self._address else None

    def ready(self) -> None:
        self._send("READY=1")

    def status(self, text: str) -> None:
        """Show one line in `systemctl status`."""
        self._send("STATUS=" + " ".join(text.split()))

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address.startswith(("/", "@")):
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
