"""Hooks that see what happens: nobody waits for them, and each plugin has a queue."""

from __future__ import annotations

import asyncio

from gazelled.containment.plugin_call import context_of
from gazelled.containment.read_only import read_only
from gazelled.hooks.calls.hook_calls import HookCaller
from gazelled.hooks.plugin_health import Observation, PluginState
from gazelled.model import Answer
from gazelled.plugin import (
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    RequestFailure,
    StoredEvent,
    TrackerChange,
)

DRAIN = 2.0
"""Seconds that plugins get at the end for what they haven't seen yet."""


class ObservingCalls:
    """
    Shows plugins what happens; never waits for them.

    Attributes:
        observing: Whether plugins are shown anything: while the bus is open.

    """

    def __init__(self, caller: HookCaller) -> None:
        self._caller = caller
        self.observing = False

    def answered(self, answer: Answer) -> None:
        """Show an answer to every plugin that wants to see answers."""
        self._show("answer", answer, *_ANSWERED)

    def request_failed(self, failure: RequestFailure) -> None:
        """Show a request that got no usable answer."""
        self._show("failure", failure, "gazelled_request_failed")

    def event_stored(self, stored: StoredEvent) -> None:
        """Show an event that was stored, after the commit."""
        self._show("stored", stored, "gazelled_event_stored")

    def delivered(self, done: DeliveryDone) -> None:
        """Show a delivery that succeeded, after it was recorded."""
        self._show("done", done, "gazelled_delivered")

    def delivery_failed(self, failure: DeliveryFailure) -> None:
        """Show an attempt at a delivery that failed."""
        self._show("failure", failure, "gazelled_delivery_failed")

    def tracker_changed(self, change: TrackerChange) -> None:
        """Show a change of the tracker's availability."""
        self._show("change", change, "gazelled_tracker_changed")

    def config_changed(self, change: ConfigChange) -> None:
        """Show a change of the config that was applied."""
        self._show("change", change, "gazelled_config_changed")

    def _show(self, argument: str, value: object, *hooks: str) -> None:
        watching = self._caller.plugins_with(*hooks)
        if not (watching and self.observing):
            return
        shown = Observation(hooks, argument, read_only(value))
        for name in watching:
            state = self._caller.plugins[name]
            if state.resting or state.queue.full():
                state.drop(hooks[0])
                continue
            state.queue.put_nowait(shown)
            if state.worker is None or state.worker.done():
                state.worker = asyncio.create_task(
                    self._work(state), name=f"plugin {name}", context=context_of(None)
                )

    async def _work(self, state: PluginState) -> None:
        await state.set_up.wait()
        while not state.queue.empty():
            seen = state.queue.get_nowait()
            if state.resting or state.contained.excluded:
                state.drop(seen.hooks[0])
                continue
            state.judge(await self._see(state, seen), seen.hooks[0], self._caller.scrub)
        state.dropping = False

    async def _see(self, state: PluginState, seen: Observation) -> BaseException | None:
        outcomes = [
            await self._caller.call(state, hook, seen.argument, {seen.argument: seen.value})
            for name in seen.hooks
            for hook in self._caller.registry.of(state.name, name)
        ]
        return next((outcome.error for outcome in outcomes if outcome.error is not None), None)

    async def end(self) -> None:
        """Show nothing from now on, and wait a moment until plugins have seen what they shall."""
        states = self._caller.plugins.values()
        workers = {state.worker for state in states if state.worker is not None}
        observed, self.observing = self.observing, False
        if workers and observed:
            await asyncio.wait(workers, timeout=DRAIN)

    async def show_to(
        self, plugin: str, argument: str, value: object, *hooks: str
    ) -> BaseException | None:
        """Show a plugin something, wait for it, and return what it raised: for tests of plugins."""
        seen = Observation(hooks, argument, read_only(value))
        return await self._see(self._caller.plugins[plugin], seen)


_ANSWERED = ("gazelled_answered", "gazelled_answer")
