"""The guard of the daemon: plugins that hold the event loop, or ran at crashes, are left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from gazelled.containment.exclusions import Exclusion, Exclusions
from gazelled.containment.loop_watcher import BlockedLoop
from gazelled.hooks import Bus
from gazelled.service.notices import texts
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.notices.texts import Notice
from gazelled.text import counted

CASES = 3
"""A plugin that held the event loop so often is left out."""


class PluginGuard:
    """
    Leaves plugins out that harm the daemon, and notifies of it.

    Args:
        folder: The state folder.
        bus: The plugins.
        notices: Sends the notices.
        scrub: Takes secrets out of texts.

    """

    def __init__(
        self, folder: Path, bus: Bus, notices: NoticeSender, scrub: Callable[[str], str]
    ) -> None:
        self._exclusions = Exclusions(folder)
        self._bus = bus
        self._notices = notices
        self._scrub = scrub
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def excluded(self) -> Mapping[str, Exclusion]:
        """The plugins that are left out."""
        return self._exclusions.excluded

    async def begin(self) -> None:
        """Leave out whoever was left out before, and notify of it: of each once."""
        for name, exclusion in self.excluded.items():
            if plugin := self._bus.contained(name):
                plugin.excluded = exclusion.reason
            await self._notices.send(texts.plugin_excluded(name, exclusion.reason, exclusion.at))

    def blocked(self, case: BlockedLoop) -> None:
        """Take note that a plugin held the event loop; notify of the first case and the last."""
        plugin = case.plugin
        place = self._scrub(f"{case.file}:{case.line}")
        if plugin.blocked == 1:
            self._send(texts.plugin_blocked(plugin.name, place))
        if plugin.blocked >= CASES and not plugin.excluded:
            times = counted(plugin.blocked, "time", "times")
            self.exclude(plugin.name, f"it held the event loop {times}, at last at {place}")

    def exclude(self, name: str, reason: str) -> None:
        """Leave a plugin out from now on, and notify of it."""
        self._exclusions.exclude(name, reason)
        if plugin := self._bus.contained(name):
            plugin.excluded = reason
        self._send(texts.plugin_excluded(name, reason, self._exclusions.excluded[name].at))

    def enable(self, name: str) -> bool:
        """
        Use a plugin again; return whether it was left out.

        One that was left out at the start is loaded at the next one.
        """
        was_out = self._exclusions.enable(name)
        if plugin := self._bus.contained(name):
            was_out = was_out or bool(plugin.excluded)
            plugin.excluded, plugin.blocked = "", 0
        return was_out

    def _send(self, notice: Notice) -> None:
        task = asyncio.create_task(self._notices.send(notice), name="notice of a plugin")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
