"""The real clients, each started once for all tests of a process that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .real_clients import CLIENTS, RealClient, is_installed


@pytest.fixture(scope="session", params=CLIENTS, ids=[kind.name for kind in CLIENTS])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealClient]:
    """Return a client that runs; the test is skipped where it isn't installed."""
    kind: type[RealClient] = request.param
    if not is_installed(kind):
        pytest.skip(f"{kind.program} isn't installed")
    running = kind(tmp_path_factory.mktemp(kind.name))
    try:
        running.start()
        yield running
    finally:
        running.stop()
