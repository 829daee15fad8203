"""Plugins as files, and what they are called with."""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from gazelled.hooks import Bus
from gazelled.model import Answer, Call, Delivery
from gazelled.plugin import Context
from gazelled.testing.plugin_kit import PluginKit

Write = Callable[[str, str], Path]
Printed = Callable[[], list[str]]

TARGET = """
import asyncio
from gazelled.plugin import *

class Options(PluginConfig):
    path: str = ""

@target(Options)
async def deliver(delivery, options, context):
"""


async def settle(bus: Bus) -> None:
    """Wait until the plugins have seen all that they are shown."""
    workers = {state.worker for state in bus.caller.plugins.values() if state.worker is not None}
    _, left = await asyncio.wait(workers, timeout=120)
    assert left == set()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a plugin's file."""

    def make(name: str, source: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(source))
        return path

    return make


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Return the lines that plugins printed, without those of the log."""

    def lines() -> list[str]:
        out = capsys.readouterr().out.splitlines()
        return [line for line in out if not re.match(r"\d{4}-\d\d-\d\d \d\d:", line)]

    return lines


@pytest.fixture
def answer() -> Answer:
    """Make an answer."""
    return Answer(Call("index"), {"a": [1, {"b": 2}]}, b"{}", datetime(2026, 1, 1, tzinfo=UTC), 0.1)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Make a context."""
    return Context(
        target="phone",
        folder=tmp_path,
        public=tmp_path,
        address="http://127.0.0.1:8765/",
        site_name="BioTorrents.de",
        site_url="https://biotorrents.de",
        log=structlog.stdlib.get_logger("test"),
    )


@pytest.fixture
def delivery(gz: PluginKit) -> Delivery:
    """Make a delivery."""
    return Delivery(gz.event(title="S288C reads", license="CC0"), "phone")


@pytest.fixture
def send(write: Write, delivery: Delivery, context: Context) -> Callable[..., object]:
    """Deliver to a plugin with the given body of its target's function."""

    async def go(body: str, bus: Bus, attempts: int = 1) -> None:
        path = write("bad", TARGET + textwrap.indent(textwrap.dedent(body), "    "))
        assert bus.load({"bad": path}, []) == []
        options = bus.check_options("bad", {})
        assert not isinstance(options, list)
        async with bus:
            for _ in range(attempts):
                await bus.targets.deliver("bad", delivery, options, context)

    return go
