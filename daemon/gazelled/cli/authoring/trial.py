"""A trial of a plugin: its hooks are called as the daemon calls them, and each call is kept."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import pluggy

from gazelled.errors import GazelledError
from gazelled.hooks import Bus, Patience, isolation
from gazelled.hooks.calls.awaited_calls import AddedFields
from gazelled.hooks.calls.hook_calls import HookFailure, HookOutcome
from gazelled.hooks.loading.plugin_parts import hook_name
from gazelled.hooks.registry import Registry
from gazelled.model import Answer, Call, Delivery, EventKind, Item, Value
from gazelled.plugin import (
    ConfigChange,
    Context,
    DeliveryDone,
    DeliveryFailure,
    ItemDecision,
    ItemsFound,
    Note,
    PluginConfig,
    RequestFailure,
    StoredEvent,
    TableChanges,
    TrackerChange,
    Veto,
    sample_events,
)
from gazelled.store.plugins.peeking import EventSample

_TROUBLE = "503 Service Unavailable"
_WITHOUT_ITEMS = {EventKind.NOTICE, EventKind.DIGEST, EventKind.REPORT}
_TIRELESS = Patience(failures=1_000_000)


@dataclass(frozen=True, slots=True)
class HookCall:
    """
    How one call of a plugin ended.

    Attributes:
        hook: The name of the hook.
        about: What it was called for: the key of an event, the id of an item, a request.
        outcome: Whether it returned.
        text: What it returned, or what it raised and where.
        took: Seconds.

    """

    hook: str
    about: str
    outcome: Literal["returned", "raised"]
    text: str
    took: float


@dataclass(frozen=True, slots=True)
class TriedTarget:
    """A target of the plugin: its options, and what it can use."""

    options: PluginConfig
    context: Context


class HookTrial:
    """
    Calls the hooks of one plugin, and keeps how each call ended.

    Args:
        registry: Where the plugin is loaded.
        plugin: Its name.
        scrub: Takes secrets out of what is kept.

    Attributes:
        bus: What calls them.
        calls: The calls so far.

    """

    def __init__(self, registry: Registry, plugin: str, scrub: Callable[[str], str]) -> None:
        self.bus = Bus(patience=_TIRELESS, registry=registry, scrub=scrub, ended=self._ended)
        self.calls: list[HookCall] = []
        self._plugin = plugin
        self._scrub = scrub
        self._about = ""

    async def show_event(self, sample: EventSample, target: TriedTarget | None) -> None:
        """Show an event, from its items to its delivery; a message is made and not sent."""
        event = sample.event
        if event.kind not in _WITHOUT_ITEMS:
            self._about = event.key
            for item in await self._with_fields(sample):
                self._about = f"{event.watch} {item.id}"
                await self._decide(sample, item)
        self._about = event.key
        stored = StoredEvent(event, sample.targets, event.at)
        self.bus.observers.event_stored(stored)
        await self._settled()
        if target is not None:
            delivery = Delivery(event, target.context.target)
            with suppress(GazelledError):  # it was kept
                await self.bus.targets.preview(
                    self._plugin, delivery, target.options, target.context
                )
        for name in sample.targets:
            self.bus.observers.delivered(DeliveryDone(Delivery(event, name), event.at, 0.0))
            await self._settled()

    async def show_answer(self, answer: Answer) -> None:
        """Show an answer of the tracker."""
        self._about = str(answer.call)
        self.bus.observers.answered(answer)
        await self._settled()

    async def show_trouble(self, at: datetime) -> None:
        """Show a request and a delivery that fail, and a tracker that is away and comes back."""
        self._about = _TROUBLE
        delivery = Delivery(sample_events()[0], "phone")
        self.bus.observers.request_failed(RequestFailure(Call("browse"), _TROUBLE, at))
        await self._settled()
        failure = DeliveryFailure(delivery, _TROUBLE, final=False, at=at)
        self.bus.observers.delivery_failed(failure)
        await self._settled()
        for change in (TrackerChange("down", at, _TROUBLE, at), TrackerChange("up", at, "", at)):
            self._about = change.state
            self.bus.observers.tracker_changed(change)
            await self._settled()
        self._about = "a reload"
        watches = TableChanges(added=("yeast",))
        none = TableChanges()
        self.bus.observers.config_changed(ConfigChange(watches, none, none, (), at))
        await self._settled()

    async def _settled(self) -> None:
        """Wait until the plugin has seen what it was shown."""
        worker = self.bus.caller.plugins[self._plugin].worker
        if worker is not None:
            await asyncio.wait({worker})

    async def _with_fields(self, sample: EventSample) -> list[Item]:
        """Return the items of an event with the fields that the plugin adds."""
        event, source = sample.event, sample.source or "browse"
        batch = ItemsFound(source, source.split()[0], event.items, (event.watch,), event.at)
        added: AddedFields = {}
        if self.bus.caller.plugins_with("gazelled_items_found"):
            with self._checked():
                added = await self.bus.awaited.items_found(self._plugin, batch)
        items = []
        for item in event.items:
            fields = {**item.fields, **added.get(item.id, {}), **self._computed(item)}
            items.append(replace(item, fields=fields))
        return items

    def _computed(self, item: Item) -> dict[str, Value]:
        """Return the fields that the plugin computes."""
        fields: dict[str, Value] = {}
        for name, contributed in self.bus.contributions.match_fields.items():
            field = contributed.value
            if contributed.plugin != self._plugin or field.compute is None:
                continue
            self._about, began = f"{name} of {item.id}", time.perf_counter()
            try:
                fields[name] = field.type.checked(field.compute(item))
                outcome = HookOutcome(None, fields[name])
            except Exception as error:  # noqa: BLE001 - the plugin's, whatever it is
                outcome = HookOutcome(error)
            self._keep("gazelled_match_fields", time.perf_counter() - began, outcome)
        return fields

    async def _decide(self, sample: EventSample, item: Item) -> None:
        if self.bus.caller.plugins_with("gazelled_item_decided"):
            event, source = sample.event, sample.source
            with self._checked():
                await self.bus.awaited.item_decided(
                    self._plugin,
                    ItemDecision(event.watch, source, item, fits=True, why=event.why, at=event.at),
                )

    @contextmanager
    def _checked(self) -> Iterator[None]:
        """Put what is wrong with what a hook returned in the place of that."""
        try:
            yield
        except HookFailure as failure:
            if self.calls[-1].outcome == "returned":
                text = self._scrub(str(failure.__cause__ or failure))
                self.calls[-1] = replace(self.calls[-1], outcome="raised", text=text)

    def _ended(self, hook: pluggy.HookImpl, took: float, outcome: HookOutcome) -> None:
        self._keep(hook_name(hook.function.__name__, hook.function), took, outcome)

    def _keep(self, hook: str, took: float, outcome: HookOutcome) -> None:
        error, value = outcome
        text = _shown(value) if error is None else _raised(error, self._scrub)
        ended: Literal["returned", "raised"] = "returned" if error is None else "raised"
        self.calls.append(HookCall(hook, self._about, ended, self._scrub(text), took))


def _shown(value: object) -> str:
    """Return what a hook returned, as a text."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Veto | Note):
        words = value.reason if isinstance(value, Veto) else value.text
        return f"{type(value).__name__.lower()}: {words}"
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError):
        return repr(value)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _raised(error: BaseException, scrub: Callable[[str], str]) -> str:
    """Return what a hook raised, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = Path(__file__).parents[2]
    own = [frame for frame in frames if not Path(frame.filename).is_relative_to(ours)]
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}: " if own else ""
    return f"{place}{isolation.describe(error, scrub)}"
