"""Hooks of targets: deliver, preview, check, and what a target keeps."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from gazelled.containment.read_only import read_only
from gazelled.errors import GazelledError, GiveUp, RetryLater, TargetFault
from gazelled.hooks import isolation
from gazelled.hooks.calls.hook_calls import HookCaller
from gazelled.hooks.calls.lifetime_calls import LifetimeCalls
from gazelled.hooks.plain_message import plain_message
from gazelled.hooks.plugin_health import PluginState
from gazelled.hooks.threads import PATIENCE, DeliveryThreads
from gazelled.model import Delivery
from gazelled.plugin import Context, PluginConfig

log = structlog.stdlib.get_logger(__name__)

MARGIN = 15.0
"""Seconds by which a delivery's limit is longer than the target's timeout, which plugins set."""


class TargetCalls:
    """Calls the plugins of targets."""

    def __init__(self, caller: HookCaller, lifetimes: LifetimeCalls) -> None:
        self._caller = caller
        self._lifetimes = lifetimes
        self._threads = DeliveryThreads()

    async def deliver(
        self, plugin: str, delivery: Delivery, options: PluginConfig, context: Context
    ) -> None:
        """
        Deliver an event to a target. Returning means delivered.

        It may take the target's timeout and a margin, and longer while a thread of it runs: what
        goes on must not be begun a second time.

        Raises:
            TargetFault: If the plugin says so.
            RetryLater: If the plugin says so, and for whatever else it does but return.
            GiveUp: If the plugin says so.

        """
        state = self._with_targets(plugin)
        limit = self._limit_of(context)
        last = asyncio.get_running_loop().time() + limit * PATIENCE
        error, resource = await self._lifetimes.resource(plugin, options, context)
        if error is None:
            error, _ = await self._caller.call(
                state,
                self._caller.registry.of(plugin, "gazelled_deliver")[0],
                f"deliver to {delivery.target}",
                {
                    "delivery": read_only(delivery),
                    "options": options,
                    "context": replace(context, in_thread=self._threads.run),
                    "resource": resource,
                },
                limit,
                lambda task: self._threads.outlast(delivery, task, last),
            )
        if error is None:
            return
        if not isinstance(error, GiveUp):
            await self._threads.end_of(delivery, last)
        if not isinstance(error, GiveUp | RetryLater) and delivery.attempt == 1:
            log.warning("plugin.failed", plugin=plugin, target=delivery.target, exc_info=error)
        raise self._outcome(plugin, error) from error

    def _outcome(self, plugin: str, error: BaseException) -> GiveUp | RetryLater:
        """Return what a plugin said of a target, in the daemon's own words if it said nothing."""
        if isinstance(error, GiveUp):
            return GiveUp(isolation.words(error, self._caller.scrub))
        if isinstance(error, RetryLater):
            kind = TargetFault if isinstance(error, TargetFault) else RetryLater
            text = isolation.words(error, self._caller.scrub)
            return kind(text, after=seconds(error.after))
        return RetryLater(self._caller.describe(plugin, error))

    async def check_target(self, plugin: str, options: PluginConfig, context: Context) -> bool:
        """
        Have a plugin check that a target can be reached, without sending anything.

        Returns:
            Whether the plugin can check that; returning True means that it can be reached.

        Raises:
            TargetFault: If the plugin says so.
            RetryLater: If the plugin says so, and for whatever else it does but return.
            GiveUp: If the plugin says so.

        """
        state = self._with_targets(plugin)
        hooks = self._caller.registry.of(plugin, "gazelled_check_target")
        for hook in hooks:
            what, limit = f"check of {context.target}", self._limit_of(context)
            arguments = {"options": options, "context": self._caller.cut_off(context)}
            error, _ = await self._caller.call(state, hook, what, arguments, limit)
            if error is not None:
                raise self._outcome(plugin, error) from error
        return bool(hooks)

    async def preview(
        self, plugin: str, delivery: Delivery, options: PluginConfig, context: Context
    ) -> str:
        """
        Return the message that a target would send, without sending it.

        The plugin can't reach the tracker meanwhile. If it shows no message of its own, the event
        is returned as plain text.

        Raises:
            GazelledError: If the plugin is not loaded, or fails.

        """
        state = self._with_targets(plugin)
        for hook in self._caller.registry.of(plugin, "gazelled_preview"):
            error, text = await self._caller.call(
                state,
                hook,
                f"preview of {context.target}",
                {
                    "delivery": delivery,
                    "options": options,
                    "context": self._caller.cut_off(context),
                },
                self._limit_of(context),
            )
            if isinstance(error, GiveUp | RetryLater):
                raise GazelledError(isolation.words(error, self._caller.scrub)) from error
            if error is not None:
                raise GazelledError(self._caller.describe(plugin, error)) from error
            if isinstance(text, str):
                return text
        return plain_message(delivery.event)

    async def history(
        self,
        plugin: str,
        options: PluginConfig,
        context: Context,
        since: datetime,
        until: datetime,
    ) -> list[Mapping[str, object]] | None:
        """
        Return the events that a target keeps of a time; None if it keeps none.

        Raises:
            GazelledError: If the plugin fails.

        """
        recorded: list[Mapping[str, object]] | None = None
        for hook in self._caller.registry.of(plugin, "gazelled_history"):
            error, events = await self._caller.call(
                self._caller.plugins[plugin],
                hook,
                f"history of {context.target}",
                {
                    "since": since,
                    "until": until,
                    "options": options,
                    "context": self._caller.cut_off(context),
                },
                self._limit_of(context),
            )
            if error is not None:
                raise GazelledError(self._caller.describe(plugin, error))
            if isinstance(events, list):
                recorded = [*(recorded or []), *events]
        return recorded

    def end(self) -> None:
        """Forget all threads of deliveries: the event loop ends."""
        self._threads.clear()

    def _with_targets(self, plugin: str) -> PluginState:
        """Return the state of a plugin with targets; raise TargetFault if it can't be called."""
        state = self._caller.plugins.get(plugin)
        if state is None or state.options is None:
            raise TargetFault(f'The plugin "{plugin}" is not loaded.')
        if state.contained.excluded:
            raise TargetFault(f"{state.contained.problem}.")
        return state

    def _limit_of(self, context: Context) -> float:
        return min(self._caller.limits.deliver_limit, context.timeout + MARGIN)


def seconds(after: object) -> float | None:
    """Take a plugin's word for a time only if it is one."""
    if isinstance(after, int | float) and math.isfinite(after) and after >= 0:
        return float(after)
    return None
