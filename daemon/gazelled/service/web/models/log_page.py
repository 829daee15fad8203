"""The page of the log: its last lines, as far as they are in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.logs import MOST_RECENT, LogLine, recent_lines
from gazelled.service.web.web_page import PageRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class LogPage:
    """The last lines of the log, the newest first, from a `level` on; `most` stay in memory."""

    now: datetime
    level: str
    levels: tuple[str, ...]
    lines: tuple[LogLine, ...]
    most: int


async def log_page(app: App, request: PageRequest) -> LogPage:
    """Return the last lines; `level` in the query leaves out what is less important."""
    level = request.query.get("level", "")
    level = level if level in LEVELS else "debug"
    rank = {name: number for number, name in enumerate(LEVELS)}
    lines = [line for line in recent_lines() if rank.get(line.level, 1) >= rank[level]]
    return LogPage(app.clock.now(), level, LEVELS, tuple(reversed(lines)), MOST_RECENT)
