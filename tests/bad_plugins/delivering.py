"""Plugins that do harm where events are delivered."""

from __future__ import annotations

from tests.bad_plugins.model import BadPlugin

_TARGET = '[target.{name}]\nplugin = "{name}"\ntimeout = "1s"\n'


def _target(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return (
        "import asyncio\n"
        "from gazelled.plugin import *\n\n"
        "@target(PluginConfig)\n"
        f"async def deliver(delivery, options, context):\n{body}\n"
    )


DELIVERING = (
    BadPlugin("deliver_fails", _target("raise ValueError('never')"), r"ValueError", _TARGET),
    BadPlugin(
        "deliver_hangs", _target("await asyncio.Event().wait()"), r"longer than|took", _TARGET
    ),
    BadPlugin("deliver_exits", _target("raise SystemExit(1)"), r"SystemExit", _TARGET),
    BadPlugin(
        "deliver_odd_pause",
        _target("raise RetryLater('odd', after=float('nan'))"),
        r"odd|failures",
        _TARGET,
    ),
    BadPlugin(
        "deliver_long_error",
        _target("raise ValueError('x' * 10_000_000)"),
        r"ValueError",
        _TARGET,
    ),
    BadPlugin(
        "deliver_in_threads",
        _target("import threading", "await asyncio.to_thread(threading.Event().wait)"),
        r"thread",
        _TARGET,
    ),
    BadPlugin(
        "deliver_odd_text",
        "from gazelled.plugin import *\n"
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError('no text')\n"
        "@target(PluginConfig)\nasync def deliver(delivery, options): raise Odd\n",
        r"Odd",
        _TARGET,
    ),
)
