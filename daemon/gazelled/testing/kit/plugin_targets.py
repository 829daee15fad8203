"""Targets of plugins in tests: for tests without asyncio, and for async ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from gazelled.model import Event
from gazelled.plugin import GiveUp, RetryLater, WebFile
from gazelled.testing.kit.harness import Harness
from gazelled.testing.kit.loop_runner import LoopRunner
from gazelled.testing.kit.target_harness import TargetHarness


class PluginTarget(TargetHarness):
    """
    One target of a plugin, configured as in `[target.NAME]`.

    As a context manager it keeps what `prepare` opened from one delivery to the next, as the daemon
    does; otherwise each call stands alone.

    Args:
        plugin: The plugin: its name, its file, or as it was loaded.
        options: The target's options.
        name: The name of the target.
        state: A folder for the state of the target.
        loop: Runs the calls; one of its own unless given.

    Raises:
        ValueError: If the plugin can't be loaded or the options are wrong.

    """

    def __init__(
        self,
        plugin: str | Path | Harness,
        options: Mapping[str, object],
        name: str,
        state: Path,
        loop: LoopRunner | None = None,
    ) -> None:
        harness = plugin if isinstance(plugin, Harness) else Harness(plugin, {}, state)
        super().__init__(harness, options, name)
        self._loop = loop or LoopRunner()

    def __enter__(self) -> Self:
        """Set the plugin up."""
        self._loop.enter(self.plugin.begin())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what the target has opened, and tear the plugin down."""
        self._loop.leave(self.plugin.end())

    def deliver(self, event: Event, *, attempt: int = 1, is_test: bool = False) -> None:
        """
        Deliver an event; returning means delivered.

        Args:
            event: The event; equal events make deliveries with equal keys.
            attempt: The number of this attempt.
            is_test: Whether it is a message of `gazelled target test`.

        Raises:
            TargetFault: If all that waits for the target must be retried.
            RetryLater: If it must be retried; its `__cause__` is an unexpected error of the plugin.
            GiveUp: If it must not be retried.

        """
        self._loop.run(self._deliver(event, attempt, is_test=is_test))

    def deliver_all(self, events: Iterable[Event]) -> list[RetryLater | GiveUp | None]:
        """
        Deliver events one after the other, as one run of the daemon does, and stop.

        What `prepare` yields is opened once for all of them, and closed at the end.

        Args:
            events: The events; one that comes again is another attempt.

        Returns:
            For each what `deliver` would raise; None for one that was delivered.

        """
        return self._loop.run(self._deliver_all(events))

    def preview(self, event: Event) -> str:
        """
        Return the message that the target would send, as `gazelled preview` shows it.

        Args:
            event: The event.

        Raises:
            GazelledError: If the plugin fails; its `__cause__` is the error.

        """
        return self._loop.run(self._preview(event))

    def prepare(self) -> None:
        """
        Prepare the target, as the daemon does at each start.

        Raises:
            Exception: The exception that the plugin raised.

        """
        self._loop.run(self._prepare())

    def check(self) -> bool:
        """
        Return whether the plugin can check that the target can be reached, and found that it can.

        Raises:
            TargetFault: If the target can't be reached, or refuses the log-in.
            RetryLater: If it is not available now, or the plugin fails.
            GiveUp: If it can never work.

        """
        return self._loop.run(self._check())

    def history(self, since: datetime, until: datetime) -> list[Mapping[str, object]] | None:
        """
        Return the events that the target keeps of a time; None if it keeps none.

        Args:
            since: The beginning.
            until: The end, which is not part of it.

        Raises:
            GazelledError: If the plugin fails.

        """
        return self._loop.run(self._history(since, until))

    def get(self, path: str) -> WebFile | None:
        """
        Return what the target serves at an address, after `prepare`; None if nothing is there.

        Args:
            path: The address without the host and the first slash.

        Raises:
            RetryLater: If it isn't available now; its `__cause__` is the error of the plugin.

        """
        return self._loop.run(self._get(path))


class AsyncPluginTarget(TargetHarness):
    """
    One target of a plugin, as `PluginTarget`, whose calls are awaited.

    As an async context manager it keeps what `prepare` opened from one delivery to the next.
    """

    async def __aenter__(self) -> Self:
        """Set the plugin up."""
        await self.plugin.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what the target has opened, and tear the plugin down."""
        await self.plugin.end()

    async def deliver(self, event: Event, *, attempt: int = 1, is_test: bool = False) -> None:
        """Deliver an event; returning means delivered."""
        await self._deliver(event, attempt, is_test=is_test)

    async def deliver_all(self, events: Iterable[Event]) -> list[RetryLater | GiveUp | None]:
        """Deliver events one after the other; return what each raised."""
        return await self._deliver_all(events)

    async def preview(self, event: Event) -> str:
        """Return the message that the target would send."""
        return await self._preview(event)

    async def prepare(self) -> None:
        """Prepare the target; raise what the plugin raises."""
        await self._prepare()

    async def check(self) -> bool:
        """Return whether the plugin can check the target, and found that it can be reached."""
        return await self._check()

    async def history(self, since: datetime, until: datetime) -> list[Mapping[str, object]] | None:
        """Return the events that the target keeps of a time; None if it keeps none."""
        return await self._history(since, until)

    async def get(self, path: str) -> WebFile | None:
        """Return what the target serves at an address, after `prepare`; None if nothing is."""
        return await self._get(path)
