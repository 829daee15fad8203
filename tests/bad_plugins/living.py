"""Plugins that do harm with what lasts: set-up, schedules, tasks."""

from __future__ import annotations

from tests.bad_plugins.model import BadPlugin, hook


def _set_up(*lines: str) -> str:
    return hook("gazelled_setup(context)", *lines, imports="import asyncio")


LIVING = (
    BadPlugin("set_up_fails", _set_up("raise ConnectionError('no peer')"), r"no peer"),
    BadPlugin("set_up_hangs", _set_up("await asyncio.Event().wait()"), r"longer than|took"),
    BadPlugin("set_up_exits", _set_up("raise SystemExit(4)"), r"SystemExit"),
    BadPlugin("set_up_cancels", _set_up("raise asyncio.CancelledError"), r"[Cc]ancel"),
    BadPlugin("yields_twice", _set_up("yield", "yield"), r"yield|once|end"),
    BadPlugin("yields_never", _set_up("if False:", "    yield"), r"yield"),
    BadPlugin("tear_down_fails", _set_up("yield", "raise OSError('late')"), r""),
    BadPlugin("tear_down_hangs", _set_up("yield", "await asyncio.Event().wait()"), r""),
    BadPlugin(
        "schedule_fails",
        _set_up(
            "async def work():",
            "    raise LookupError('nothing there')",
            "context.schedule(work, every='1s')",
        ),
        r"nothing there",
    ),
    BadPlugin("odd_schedule", _set_up("context.schedule(print, cron='often')"), r"five fields"),
    BadPlugin(
        "task_fails",
        _set_up(
            "async def work():",
            "    raise LookupError('task failed')",
            "context.spawn(work(), name='work')",
        ),
        r"task failed",
    ),
    BadPlugin(
        "spawns_many",
        _set_up(
            "for number in range(10_000):",
            "    context.spawn(asyncio.sleep(3600), name=f'task {number}')",
        ),
        r"[Tt]ask",
    ),
)
