"""Ports for programs under test."""

from __future__ import annotations

import random
import socket

_FIRST, _LAST = 10_000, 32_000
"""Below those that the kernel gives to connections, which come and go in every test."""


def free_port() -> int:
    """
    Return a port of 127.0.0.1 that nobody uses.

    It is drawn at random, so that tests that run beside each other don't get the same one.

    Raises:
        OSError: If none is free.

    """
    draw = random.SystemRandom()
    for _ in range(100):
        port = draw.randint(_FIRST, _LAST)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")
