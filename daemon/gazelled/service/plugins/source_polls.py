"""Asks sources that plugins bring, in place of the tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.errors import SourceError
from gazelled.hooks import Bus
from gazelled.model import Answer, Call
from gazelled.watches.plugins.source_listing import read_items
from gazelled.watches.plugins.source_set import options_of

AskTracker = Callable[[Call], Awaitable[Answer]]


class SourcePolls:
    """
    Asks sources of plugins, and the tracker for everything else.

    Args:
        ask: Asks the tracker.
        config: Has the sources that plugins bring, and the folder that their paths are meant from.
        scrub: Takes secrets out of what they return.

    """

    def __init__(
        self,
        ask: AskTracker,
        config: Config,
        bus: Bus,
        clock: Clock,
        scrub: Callable[[str], str],
    ) -> None:
        self._ask = ask
        self._sources = config.sources
        self._bus = bus
        self._clock = clock
        self._folder = config.file.parent
        self._scrub = scrub

    async def ask(self, call: Call) -> Answer:
        """
        Return the answer to a call: of a source, its items are the payload.

        Raises:
            SourceError: If a source fails, or returns what can't be read.
            TrackerError: As the tracker does.

        """
        if call.action not in self._sources:
            return await self._ask(call)
        source = self._sources[call.action].source
        try:
            options = options_of(call.params, source.options, {"folder": self._folder})
        except ValueError as error:
            raise SourceError(f"The source {source.name}: {error}.") from None
        at, began = self._clock.now(), self._clock.monotonic()
        result = await self._bus.awaited.poll(source.name, options, at)
        items = read_items(source, result, self._scrub)
        return Answer(call, items, b"", at, self._clock.monotonic() - began)
