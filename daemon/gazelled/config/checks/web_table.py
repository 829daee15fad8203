"""`[web]`: where the page and feeds are served, and what is open there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec

from gazelled.config.document.problems import Problems
from gazelled.config.model import Web
from gazelled.tracker.transport.proxies import is_loopback

PORT = "GAZELLED_PORT"
"""The variable of the environment with the port to listen at where the config names none."""

METRICS_MISSING = "metrics need a library: pip install 'gazelled[metrics]'"

_LISTEN = re.compile(r"(?:\[([0-9a-fA-F:]+)\]|([^:\[\]\s]+)):(\d{1,5})", re.ASCII)
_LAST_PORT = 65535
_LONGEST_PATH = 100
_PREFIX = re.compile(r"(?:/[\w.~-]+)*", re.ASCII)
_URL = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?", re.ASCII | re.IGNORECASE)


def with_own_port(table: Web, environ: Mapping[str, str]) -> Web:
    """Return the table with the port of the environment, unless it says itself where to listen."""
    port = environ.get(PORT)
    if not port or "listen" in table.model_fields_set:
        return table
    return table.model_copy(update={"listen": f"127.0.0.1:{port}"})


def check_web(table: Web, problems: Problems) -> None:
    """Check that the page and feeds are served on this machine only, and their addresses."""
    _check_listen(table.listen, problems)
    if not _PREFIX.fullmatch(table.prefix) or {".", ".."} & {*table.prefix.split("/")}:
        problems.error(("web", "prefix"), 'expected a path without a slash at its end: "/gazelled"')
    if table.url and not _URL.fullmatch(table.url):
        text = 'expected the scheme and the name, like "https://lab.example"; a path is the prefix'
        problems.error(("web", "url"), text)
    if table.listen.startswith("unix:") and not table.url:
        text = 'links lack the address that browsers use: write it, such as url = "https://lab.example"'
        problems.warn(("web", "listen"), text)
    wanted = "metrics" in table.model_fields_set and table.metrics != "off"
    if wanted and not has_metrics():
        problems.warn(("web", "metrics"), METRICS_MISSING)


def has_metrics() -> bool:
    """Return whether the library for metrics is installed."""
    return find_spec("prometheus_client") is not None


def _check_listen(listen: str, problems: Problems) -> None:
    at = ("web", "listen")
    if not listen:
        return
    if listen.startswith("unix:"):
        path = listen.removeprefix("unix:")
        if not path.startswith("/") or len(path.encode()) > _LONGEST_PATH:
            text = f"expected an absolute path of at most {_LONGEST_PATH} bytes after unix:"
            problems.error(at, text)
        return
    address = _LISTEN.fullmatch(listen)
    if address is None or int(address[3]) > _LAST_PORT:
        problems.error(at, 'expected an address and a port, like "127.0.0.1:8765"')
    elif not is_loopback(address[1] or address[2]):
        problems.error(at, "feeds are served on this machine only: write 127.0.0.1 or ::1")
