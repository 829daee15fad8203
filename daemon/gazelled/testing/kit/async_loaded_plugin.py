"""A plugin in an async test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from gazelled.model import Answer, Item, Value
from gazelled.plugin import (
    CheckFinding,
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    HealthFinding,
    Metric,
    Note,
    RequestFailure,
    StoredEvent,
    TrackerChange,
    Veto,
)
from gazelled.plugin.sources import SourcePage
from gazelled.testing.kit.hook_harness import NO_FIELDS, HookHarness
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
        """Show an answer to `gazelled_answered`, as `LoadedPlugin.answered` does."""
        await self._answered(answer)

    async def request_failed(self, failure: RequestFailure) -> None:
        """Show a request without an answer, as `LoadedPlugin.request_failed` does."""
        await self._request_failed(failure)

    async def event_stored(self, stored: StoredEvent) -> None:
        """Show an event, as `LoadedPlugin.event_stored` does."""
        await self._event_stored(stored)

    async def delivered(self, done: DeliveryDone) -> None:
        """Show a delivery, as `LoadedPlugin.delivered` does."""
        await self._delivered(done)

    async def delivery_failed(self, failure: DeliveryFailure) -> None:
        """Show a delivery that failed, as `LoadedPlugin.delivery_failed` does."""
        await self._delivery_failed(failure)

    async def tracker_changed(self, change: TrackerChange) -> None:
        """Show a change of the tracker, as `LoadedPlugin.tracker_changed` does."""
        await self._tracker_changed(change)

    async def config_changed(self, change: ConfigChange) -> None:
        """Show a change of the config, as `LoadedPlugin.config_changed` does."""
        await self._config_changed(change)

    async def items_found(
        self, *items: Item, source: str = "browse", watches: Sequence[str] = ("yeast",)
    ) -> Mapping[str, Mapping[str, Value]]:
        """Return the fields that are added, as `LoadedPlugin.items_found` does."""
        return await self._items_found(items, source, watches)

    async def item_decided(
        self,
        item: Item,
        *,
        watch: str = "yeast",
        source: str = "browse",
        why: Sequence[str] = (),
    ) -> Veto | Note | None:
        """Return what is said of an item, as `LoadedPlugin.item_decided` does."""
        return await self._item_decided(item, watch, source, why)

    async def poll(self, source: str, /, **options: object) -> SourcePage:
        """Return what a source has now, as `LoadedPlugin.poll` does."""
        return await self._poll(source, options)

    async def doctor_check(self, name: str) -> tuple[CheckFinding, ...]:
        """Return what a check finds, as `LoadedPlugin.doctor_check` does."""
        return await self._doctor_check(name)

    async def metrics(self) -> tuple[Metric, ...]:
        """Return the values of its metrics, as `LoadedPlugin.metrics` does."""
        return await self._metrics()

    async def health_checks(self) -> tuple[HealthFinding, ...]:
        """Return what is wrong with it, as `LoadedPlugin.health_checks` does."""
        return await self._health_checks()

    async def route(
        self,
        path: str = "",
        query: Mapping[str, str] = NO_FIELDS,
        form: Mapping[str, str] | None = None,
    ) -> object:
        """Return what a page is made of, as `LoadedPlugin.route` does."""
        return await self._route(path, query, form)

    async def run_job(self, name: str) -> None:
        """Run once what the plugin has scheduled, as `LoadedPlugin.run_job` does."""
        await self._run_job(name)

    async def advance(self, seconds: float) -> None:
        """Move the plugin's clock, as `LoadedPlugin.advance` does."""
        await self._advance(seconds)
