"""A plugin in a test without asyncio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
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
from gazelled.testing.kit.loop_runner import LoopRunner
from gazelled.testing.kit.plugin_targets import PluginTarget


class LoadedPlugin(HookHarness):
    """
    A plugin, configured as in `[plugin.NAME]`.

    As a context manager it is set up at the beginning and torn down at the end, as by the daemon;
    otherwise each call stands alone, with a setup and a teardown of its own.

    Args:
        plugin: The plugin's name, or its file.
        options: Its own options.
        state: A folder for its state.

    Raises:
        ValueError: If the plugin can't be loaded or the options are wrong.

    """

    def __init__(self, plugin: str | Path, options: Mapping[str, object], state: Path) -> None:
        super().__init__(plugin, options, state)
        self._loop = LoopRunner()

    def __enter__(self) -> Self:
        """Set the plugin up."""
        self._loop.enter(self.begin())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tear the plugin down."""
        self._loop.leave(self.end())

    def target(self, *, named: str = "target", **options: object) -> PluginTarget:
        """
        Make a target of the plugin, as `[target.NAME]` does.

        Args:
            named: The name of the target.
            options: Its options.

        Raises:
            ValueError: If the options are wrong.

        """
        return PluginTarget(self, options, named, self.state, self._loop)

    def answered(self, answer: Answer) -> None:
        """
        Show an answer of the tracker to `gazelled_answered`, and wait for it.

        Args:
            answer: The answer; `gz.answer` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._answered(answer))

    def request_failed(self, failure: RequestFailure) -> None:
        """
        Show a request without an answer to `gazelled_request_failed`.

        Args:
            failure: The request and why it failed; `gz.request_failure` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._request_failed(failure))

    def event_stored(self, stored: StoredEvent) -> None:
        """
        Show an event to `gazelled_event_stored`.

        Args:
            stored: The event and its targets; `gz.stored` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._event_stored(stored))

    def delivered(self, done: DeliveryDone) -> None:
        """
        Show a delivery to `gazelled_delivered`.

        Args:
            done: The delivery; `gz.done` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._delivered(done))

    def delivery_failed(self, failure: DeliveryFailure) -> None:
        """
        Show a delivery that failed to `gazelled_delivery_failed`.

        Args:
            failure: The delivery and why it failed; `gz.failure` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._delivery_failed(failure))

    def tracker_changed(self, change: TrackerChange) -> None:
        """
        Show a change of the tracker to `gazelled_tracker_changed`.

        Args:
            change: The change; `gz.tracker_change` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._tracker_changed(change))

    def config_changed(self, change: ConfigChange) -> None:
        """
        Show a change of the config to `gazelled_config_changed`.

        Args:
            change: The change; `gz.config_change` makes one.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._config_changed(change))

    def items_found(
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
        return self._loop.run(self._items_found(items, source, watches))

    def item_decided(
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
        return self._loop.run(self._item_decided(item, watch, source, why))

    def poll(self, source: str, /, **options: object) -> SourcePage:
        """
        Return what a source of `gazelled_sources` has now.

        Args:
            source: The name of the source.
            options: What `with` of a watch says.

        Raises:
            ValueError: If the options are wrong.
            SourceError: If the plugin fails; its `__cause__` is the error.

        """
        return self._loop.run(self._poll(source, options))

    def doctor_check(self, name: str) -> tuple[CheckFinding, ...]:
        """
        Return what a check of `gazelled_doctor_checks` finds.

        Args:
            name: The name of the check.

        """
        return self._loop.run(self._doctor_check(name))

    def metrics(self) -> tuple[Metric, ...]:
        """
        Return the values of `gazelled_metrics`, as `/metrics` shows them.

        Raises:
            HookFailure: If the plugin fails; its `__cause__` is the error.

        """
        return self._loop.run(self._metrics())

    def health_checks(self) -> tuple[HealthFinding, ...]:
        """
        Return what `gazelled_health_checks` says is wrong.

        Raises:
            HookFailure: If the plugin fails; its `__cause__` is the error.

        """
        return self._loop.run(self._health_checks())

    def route(
        self,
        path: str = "",
        query: Mapping[str, str] = NO_FIELDS,
        form: Mapping[str, str] | None = None,
    ) -> object:
        """
        Return what a page of `gazelled_routes` is made of.

        Args:
            path: Its path below `/plugins/NAME/`.
            query: The parameters of the address.
            form: The fields of a form; None to get the page.

        Raises:
            ValueError: If there is no such page.
            RetryLater: If the plugin fails; its `__cause__` is the error.
            GiveUp: If the plugin says that there is nothing.

        """
        return self._loop.run(self._route(path, query, form))

    def run_job(self, name: str) -> None:
        """
        Run once what the plugin has scheduled.

        Args:
            name: The name of the job.

        Raises:
            Exception: What the plugin raises.

        """
        self._loop.run(self._run_job(name))

    def advance(self, seconds: float) -> None:
        """
        Move the plugin's clock, and let its tasks go on.

        Args:
            seconds: By how much.

        """
        self._loop.run(self._advance(seconds))
