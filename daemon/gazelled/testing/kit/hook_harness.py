"""The hooks of a plugin in a test: each as the daemon calls it, and what it raises is raised."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar

from gazelled.hooks import Contributed
from gazelled.hooks.options import check_options
from gazelled.hooks.plain_functions import ContainedFunction
from gazelled.model import Answer, FirstLook, Item, Value
from gazelled.plugin import (
    ActionSpec,
    CheckFinding,
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    HealthFinding,
    ItemDecision,
    ItemsFound,
    Metric,
    Note,
    PluginConfig,
    RequestFailure,
    RouteRequest,
    SiteSpec,
    StoredEvent,
    TrackerChange,
    Veto,
)
from gazelled.plugin.kinds import AnyKind
from gazelled.plugin.sources import AnySource, SourcePage
from gazelled.testing.kit.harness import Harness, one_of, options_or_error
from gazelled.testing.kit.kit_clock import AT
from gazelled.testing.kit.kit_watch import Fits, KitWatch
from gazelled.text import missing

if TYPE_CHECKING:  # only plugins with commands load it
    import click
    from click.testing import Result

T = TypeVar("T")

NO_FIELDS: Mapping[str, str] = MappingProxyType({})


class HookHarness(Harness):
    """A plugin, what it contributes, and the calls of its hooks."""

    @property
    def options(self) -> PluginConfig:
        """Its own options, of the type that `gazelled_options` registers."""
        return self._options

    @property
    def kinds(self) -> dict[str, AnyKind]:
        """The kinds of watches that `gazelled_kinds` registers."""
        return self._values(self.contributions.kinds)

    @property
    def sources(self) -> dict[str, AnySource]:
        """The sources that `gazelled_sources` registers."""
        return self._values(self.contributions.sources)

    @property
    def actions(self) -> dict[str, ActionSpec]:
        """The actions that `gazelled_actions` registers."""
        return self._values(self.contributions.actions)

    @property
    def sites(self) -> dict[str, SiteSpec]:
        """The profiles that `gazelled_sites` registers."""
        return self._values(self.contributions.sites)

    @property
    def commands(self) -> dict[str, click.Command]:
        """The commands that `gazelled_commands` registers."""
        return self._values(self.contributions.commands)

    @property
    def template_filters(self) -> dict[str, Callable[..., object]]:
        """The filters that `gazelled_template_filters` registers."""
        return self._values(self.contributions.template_filters)

    def watch(
        self,
        kind: str,
        /,
        *,
        fits: Fits = lambda _: True,
        raised: Fits | None = None,
        cleared: Fits | None = None,
        fields: Sequence[str] = (),
        first: FirstLook = FirstLook(),  # noqa: B008 - it is frozen
        **keys: object,
    ) -> KitWatch:
        """
        Make a watch of a kind of `gazelled_kinds`; each `look` shows it what its source lists.

        Args:
            kind: The name of the kind.
            fits: Whether an item fits `match`, and `if` where that chooses items.
            raised: What `if` says for a kind that `raises`; what fits unless it is given.
            cleared: What `until` says.
            fields: The names of `fields`.
            first: What `first` says.
            keys: The kind's own keys.

        Raises:
            ValueError: If the keys are wrong.

        """
        own = one_of("kind", kind, self.kinds)
        checked = None
        if own.keys is not None:
            checked = options_or_error(check_options(own.keys, keys, None))
        return KitWatch(
            own,
            fits=fits,
            raised=raised,
            cleared=cleared,
            fields=fields,
            first=first,
            keys=checked,
        )

    def match_fields(self, item: Item) -> dict[str, Value]:
        """
        Return the fields of `gazelled_match_fields` that are computed from an item.

        Args:
            item: The item.

        Raises:
            ValueError: If a value is not of the type of its field.
            Exception: What the plugin raises.

        """
        fields = self._values(self.contributions.match_fields).values()
        return {
            field.name: _uncontained(field.compute)(item)
            for field in fields
            if field.compute is not None
        }

    def function(self, name: str, *arguments: Value) -> Value:
        """
        Return what a function of `gazelled_functions` returns, as `if` gets it.

        Args:
            name: Its name.
            arguments: Its arguments.

        Raises:
            ValueError: If the arguments or the result are not of the registered types.
            Exception: What the plugin raises.

        """
        function = one_of("function", name, self._values(self.contributions.functions))
        if len(arguments) != len(function.takes):
            raise ValueError(f"{name} takes {len(function.takes)} arguments")
        pairs = zip(function.takes, arguments, strict=True)
        known = [type_.checked(argument) for type_, argument in pairs]
        if any(argument is None for argument in known):
            return None
        return _uncontained(function.function)(*known)

    def command(self, name: str, *arguments: str) -> Result:
        """
        Run a command of `gazelled_commands`, and return its exit code and output.

        Args:
            name: Its name.
            arguments: Its arguments.

        """
        from click.testing import CliRunner  # noqa: PLC0415 - only plugins with commands load it

        command = copy(one_of("command", name, self.commands))
        if command.callback is not None:
            command.callback = _ended(command.callback)
        return CliRunner().invoke(command, arguments, obj=self.context())

    async def _show(self, argument: str, value: object, *hooks: str) -> None:
        async with self.living() as bus:
            error = await bus.observers.show_to(self.name, argument, value, *hooks)
        if error is not None:
            raise error

    async def _answered(self, answer: Answer) -> None:
        await self._show("answer", answer, "gazelled_answered", "gazelled_answer")

    async def _request_failed(self, failure: RequestFailure) -> None:
        await self._show("failure", failure, "gazelled_request_failed")

    async def _event_stored(self, stored: StoredEvent) -> None:
        await self._show("stored", stored, "gazelled_event_stored")

    async def _delivered(self, done: DeliveryDone) -> None:
        await self._show("done", done, "gazelled_delivered")

    async def _delivery_failed(self, failure: DeliveryFailure) -> None:
        await self._show("failure", failure, "gazelled_delivery_failed")

    async def _tracker_changed(self, change: TrackerChange) -> None:
        await self._show("change", change, "gazelled_tracker_changed")

    async def _config_changed(self, change: ConfigChange) -> None:
        await self._show("change", change, "gazelled_config_changed")

    async def _items_found(
        self, items: Sequence[Item], source: str, watches: Sequence[str]
    ) -> Mapping[str, Mapping[str, Value]]:
        action = source.partition(" ")[0]
        batch = ItemsFound(source, action, tuple(items), tuple(watches), AT)
        async with self.living() as bus:
            return await bus.awaited.items_found(self.name, batch)

    async def _item_decided(
        self, item: Item, watch: str, source: str, why: Sequence[str]
    ) -> Veto | Note | None:
        decision = ItemDecision(watch, source, item, fits=True, why=tuple(why), at=AT)
        async with self.living() as bus:
            return await bus.awaited.item_decided(self.name, decision)

    async def _poll(self, source: str, options: Mapping[str, object]) -> SourcePage:
        own = one_of("source", source, self.sources)
        checked = options_or_error(check_options(own.options, options, None))
        async with self.living() as bus:
            result = await bus.awaited.poll(source, checked, self.clock.now())
        if isinstance(result, SourcePage):
            return result
        if isinstance(result, Sequence) and all(isinstance(item, Item) for item in result):
            return SourcePage(tuple(result))
        raise TypeError(f"{source} must return a SourcePage or a sequence of items")

    async def _doctor_check(self, name: str) -> tuple[CheckFinding, ...]:
        _ = one_of("check", name, self._values(self.contributions.doctor_checks))
        async with self.living() as bus:
            return await bus.awaited.doctor_check(name)

    async def _metrics(self) -> tuple[Metric, ...]:
        async with self.living() as bus:
            return await bus.awaited.metrics(self.name, self.clock.now())

    async def _health_checks(self) -> tuple[HealthFinding, ...]:
        async with self.living() as bus:
            return await bus.awaited.health_checks(self.name, self.clock.now())

    async def _route(
        self, path: str, query: Mapping[str, str], form: Mapping[str, str] | None
    ) -> object:
        if (place := self.bus.web.route(self.name, path)) is None:
            names = self._values(self.contributions.routes)
            known = [name.partition("/")[2] for name in names]
            raise ValueError(missing("page", path, known))
        route, rest = place
        method: Literal["GET", "POST"] = "GET" if form is None else "POST"
        request = RouteRequest(rest, query, form or {}, method, f"/plugins/{self.name}/", "csrf")
        async with self.living() as bus:
            return await bus.web.page(self.name, route, request)

    def _values(self, contributed: Mapping[str, Contributed[T]]) -> dict[str, T]:
        """Return what this plugin contributes of one sort, by name."""
        return {name: one.value for name, one in contributed.items() if one.plugin == self.name}


def _uncontained(function: Callable[..., Value]) -> Callable[..., Value]:
    """Return a function of a plugin as one that raises what the plugin raises."""
    return function.uncontained if isinstance(function, ContainedFunction) else function


def _ended(function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that runs what an async one returns, in a test with a loop or without."""

    @wraps(function)
    def run(*arguments: object, **options: object) -> object:
        result = function(*arguments, **options)
        if not inspect.iscoroutine(result):
            return result
        with ThreadPoolExecutor(1) as pool:  # a loop may run in this thread already
            return pool.submit(asyncio.run, result).result()

    return run
