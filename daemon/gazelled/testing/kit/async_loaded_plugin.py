"""A plugin in an async test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from gazelled.model import Answer, Item, Value
from gazelled.plugin import (
    CheckFinding,
    DeliveryDone,
    DeliveryFailure,
    Note,
    RequestFailure,
    StoredEvent,
    TrackerChange,
    Veto,
)
from gazelled.plugin.sources import SourcePage
from gazelled.testing.kit.hook_harness import HookHarness
from gazelled.testing.kit.plugin_targets import AsyncPluginTarget


class AsyncLoadedPlugin(HookHarness):
    """
    A plugin, as `LoadedPlugin`, whose calls are awaited.

    As an async context manager it is set up at the beginning and torn down at the end.
    """

    async def __aenter__(self) -> Self:
        """Set the plugin up."""
        await self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tear the plugin down."""
        await self.end()

    def target(self, *, named: str = "target", **options: object) -> AsyncPluginTarget:
        """Make a target of the plugin, as `LoadedPlugin.target` does."""
        return AsyncPluginTarget(self, options, named)

    async def answered(self, answer: Answer) -> None:
        """
        Show an answer of the tracker to `gazelled_answered`, and wait for it.

        Args:
            answer: The answer; `gz.answer` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        await self._answered(answer)

    async def request_failed(self, failure: RequestFailure) -> None:
        """
        Show a request without an answer to `gazelled_request_failed`.

        Args:
            failure: The request and why it failed; `gz.request_failure` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        await self._request_failed(failure)

    async def event_stored(self, stored: StoredEvent) -> None:
        """
        Show an event to `gazelled_event_stored`.

        Args:
            stored: The event and its targets; `gz.stored` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        await self._event_stored(stored)

    async def delivered(self, done: DeliveryDone) -> None:
        """
        Show a delivery to `gazelled_delivered`.

        Args:
            done: The delivery; `gz.done` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        await self._delivered(done)

    async def delivery_failed(self, failure: DeliveryFailure) -> None:
        """
        Show a delivery that failed to `gazelled_delivery_failed`.

        Args:
            failure: The delivery and why it failed; `gz.failure` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        await self._delivery_failed(failure)

    async def tracker_changed(self, change: TrackerChange) -> None:
        """
        Show a change of the tracker to `gazelled_tracker_changed`.

        Args:
            change: The change; `gz.tracker_change` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        await self._tracker_changed(change)

    async def items_found(
        self, *items: Item, source: str = "browse", watches: Sequence[str] = ("yeast",)
    ) -> Mapping[str, Mapping[str, Value]]:
        """
        Return the fields that `gazelled_items_found` adds, by the ids of items.

        Args:
            items: The items.
            source: Their source, as a person types it.
            watches: The watches that can use further fields.

        Raises:
            HookFailure: If the plugin fails; its `__cause__` is the error.

        """
        return await self._items_found(items, source, watches)

    async def item_decided(
        self,
        item: Item,
        *,
        watch: str = "yeast",
        source: str = "browse",
        why: Sequence[str] = (),
    ) -> Veto | Note | None:
        """
        Return what `gazelled_item_decided` says of an item that the rule of a watch fits.

        Args:
            item: The item.
            watch: The name of the watch.
            source: Its source, as a person types it.
            why: The conditions that hold.

        Raises:
            HookFailure: If the plugin fails; its `__cause__` is the error.

        """
        return await self._item_decided(item, watch, source, why)

    async def poll(self, source: str, /, **options: object) -> SourcePage:
        """
        Return what a source of `gazelled_sources` has now.

        Args:
            source: The name of the source.
            options: What `with` of a watch says.

        Raises:
            ValueError: If the options are wrong.
            SourceError: If the plugin fails; its `__cause__` is the error.

        """
        return await self._poll(source, options)

    async def doctor_check(self, name: str) -> tuple[CheckFinding, ...]:
        """
        Return what a check of `gazelled_doctor_checks` finds.

        Args:
            name: The name of the check.

        """
        return await self._doctor_check(name)

    async def run_job(self, name: str) -> None:
        """
        Run once what the plugin has scheduled.

        Args:
            name: The name of the job.

        Raises:
            Exception: What the plugin raises.

        """
        await self._run_job(name)

    async def advance(self, seconds: float) -> None:
        """
        Move the plugin's clock, and let its tasks go on.

        Args:
            seconds: By how much.

        """
        await self._advance(seconds)
