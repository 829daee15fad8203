"""What a plugin can use while it is tried: recorded answers, and nothing that sends or lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import NoReturn

import structlog

from gazelled.errors import GazelledError, TrackerError
from gazelled.model import Answer
from gazelled.plugin import PluginConfig, PluginContext, SiteFacts
from gazelled.testing.kit.kit_store import KitStore

SITE = SiteFacts("BioTorrents.de", "https://biotorrents.de")
_LONGEST = 200


class TrialCapabilities:
    """
    The capabilities of a plugin that is tried.

    Args:
        answers: What stands for answers of the tracker.

    Attributes:
        held_back: What the plugin would have sent or begun, a line each.

    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.held_back: list[str] = []
        self.write: None = None
        self._answers = answers

    def context(self, plugin: str, options: PluginConfig, folder: Path) -> PluginContext:
        """Return the context of a plugin; its folders are in a folder that is empty at first."""
        own, public = folder / plugin, folder / "public"
        own.mkdir()
        public.mkdir()
        return PluginContext(
            plugin,
            options,
            folder=own,
            public=public,
            address="http://127.0.0.1:8765/",
            site=SITE,
            log=structlog.stdlib.get_logger("gazelled.plugin").bind(plugin=plugin),
            tracker=self,
            store=KitStore(),
            schedule=self._schedule,
            spawn=self._spawn,
            to_thread=asyncio.to_thread,
            notify=self._notify,
            open_http=_no_http,
        )

    async def call(self, action: str, /, **params: object) -> Answer:
        """Return a recorded answer: to the same call, or else to the same action."""
        sent = {name: str(value) for name, value in params.items()}
        recorded = [answer for answer in self._answers if answer.call.action == action]
        recorded.sort(key=lambda answer: dict(answer.call.params) != sent)
        words = " ".join([action, *(f"{name}={value}" for name, value in sent.items())])
        self.held_back.append(f"request: {words}")
        if not recorded:
            raise TrackerError(f"no answer is recorded: gazelled record {words}")
        return recorded[0]

    def _schedule(
        self,
        function: Callable[[], Awaitable[object]],
        /,
        *,
        every: str = "",
        cron: str = "",
        zone: str = "",
        name: str = "",
    ) -> None:
        what = name or getattr(function, "__name__", "a function")
        times = f"every {every}" if every else f"cron {cron}"
        self.held_back.append(f"schedule: {what}, {times} {zone}".rstrip())

    def _spawn(self, coroutine: Coroutine[object, object, object], /, *, name: str) -> None:
        coroutine.close()
        self.held_back.append(f"task: {name}")

    async def _notify(
        self, topic: str, title: str, text: str, /, *, url: str = "", urgent: bool = False
    ) -> None:
        del url, urgent
        self.held_back.append(f"notice: {topic}: {title}: {text}"[:_LONGEST])


def _no_http() -> NoReturn:
    raise GazelledError("nothing is sent while a plugin is tried")
