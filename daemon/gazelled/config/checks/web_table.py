"""`[web]`: where feeds are served."""

from __future__ import annotations

import re

from gazelled.config.document.problems import Problems
from gazelled.config.model import Web
from gazelled.tracker.transport.proxies import is_loopback

_LISTEN = re.compile(r"(?:\[([0-9a-fA-F:]+)\]|([^:\[\]\s]+)):(\d{1,5})", re.ASCII)
_LAST_PORT = 65535


def check_web(table: Web, problems: Problems) -> None:
    """Check that feeds are served on this machine only."""
    at = ("web", "listen")
    address = _LISTEN.fullmatch(table.listen)
    if address is None or int(address[3]) > _LAST_PORT:
        problems.error(at, 'expected an address and a port, like "127.0.0.1:8765"')
    elif not is_loopback(address[1] or address[2]):
        problems.error(at, "feeds are served on this machine only: write 127.0.0.1 or ::1")
