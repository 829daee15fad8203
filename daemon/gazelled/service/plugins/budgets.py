"""
How many requests plugins may send.

All plugins together have what the watches leave of their share of the limit; a plugin with a share
of its own has that alone. Beyond it calls wait, each plugin's in a line of its own, so that none
takes the place of another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from math import isinf

from gazelled.clock import Clock
from gazelled.errors import RequestRefused
from gazelled.model import Answer, Call, Lane
from gazelled.planning.plan import Plan
from gazelled.watches.watch import HOUR

AT_ONCE = 2
"""So many calls of a plugin are in the queue of all requests."""

MOST_WAITING = 1000
"""So many calls of a plugin may wait; more are a fault of the plugin."""

_FEWEST = 5.0
_SAVED = HOUR / 6
"""So many seconds' worth of calls may follow each other at once, after a pause."""


@dataclass(frozen=True, slots=True)
class PluginUsage:
    """
    What a plugin uses of the tracker.

    Attributes:
        calls: How many requests it has sent since the start.
        waiting: How many of its calls wait for its budget.
        per_hour: How many requests an hour it may send; None if the tracker has no limit.
        share: The part of the limit that is its own; None if it shares with other plugins.

    """

    calls: int
    waiting: int
    per_hour: float | None
    share: float | None


class TokenBucket:
    """
    A token bucket: so many of something in an hour, and after a pause some at once.

    Attributes:
        per_hour: How many in an hour, more than 0; infinite if there is no limit.

    """

    def __init__(self, clock: Clock, per_hour: float) -> None:
        self.per_hour = per_hour
        self._clock = clock
        self._left = self._most
        self._filled_at = clock.monotonic()
        self._line = asyncio.Lock()

    @property
    def _most(self) -> float:
        return max(_FEWEST, self.per_hour / HOUR * _SAVED)

    async def ready(self) -> None:
        """Wait for the right to one of them, first come, first served; `charge` uses it."""
        async with self._line:
            while (wait := self.wait()) > 0:
                await self._clock.sleep(wait)

    def charge(self) -> None:
        """Use the right to one of them, in advance if there is none: others wait longer then."""
        self._left -= 1

    def wait(self) -> float:
        """Return the seconds until there is a right to one of them."""
        if isinf(self.per_hour):
            return 0.0
        now, per_second = self._clock.monotonic(), self.per_hour / HOUR
        self._left = min(self._most, self._left + (now - self._filled_at) * per_second)
        self._filled_at = now
        return max(1 - self._left, 0.0) / per_second


class PluginCalls:
    """Sends the calls of one plugin, below watches and within its budget; counts them."""

    def __init__(
        self, plugin: str, ask: Callable[[Call], Awaitable[Answer]], budget: TokenBucket
    ) -> None:
        self.budget = budget
        self.sent = 0
        self.waiting = 0
        self._plugin = plugin
        self._ask = ask
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def call(self, call: Call) -> Answer:
        """
        Wait for the budget, send a call and return its answer.

        Raises:
            RequestRefused: If too many calls wait already.
            TrackerError: If there is no answer.

        """
        async with self._turn():
            self.charge()
            lane = Lane.CATCH_UP if call.lane is Lane.CATCH_UP else Lane.PLUGIN
            return await self._ask(replace(call, lane=lane))

    async def ready(self) -> None:
        """
        Wait for the budget, for what sends several calls without a pause; they are charged.

        Raises:
            RequestRefused: If too many calls wait already.

        """
        async with self._turn():
            pass

    def charge(self) -> None:
        """Count a call that is sent at once."""
        self.sent += 1
        self.budget.charge()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Hold a turn in the plugin's line, once its budget allows a call."""
        if self.waiting >= MOST_WAITING:
            raise RequestRefused(f"{MOST_WAITING} calls of the plugin {self._plugin} wait already")
        with ExitStack() as stack:
            self.waiting += 1
            try:
                await self._turns.acquire()
                stack.callback(self._turns.release)
                await self.budget.ready()
            finally:
                self.waiting -= 1
            yield


class PluginBudgets:
    """
    The calls of all plugins, each within its budget.

    Args:
        ask: Sends a call.
        plan: The plan as it is now, with the shares of plugins.
        replan: Makes it anew, with what was learned since.

    """

    def __init__(
        self,
        ask: Callable[[Call], Awaitable[Answer]],
        plan: Plan,
        replan: Callable[[], Awaitable[Plan]],
        clock: Clock,
    ) -> None:
        self._ask = ask
        self._plan = plan
        self._replan = replan
        self._clock = clock
        self._common = TokenBucket(clock, plan.left)
        self._calls: dict[str, PluginCalls] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow what the watches leave, as the plan learns what they need."""
        task = asyncio.create_task(self._follow(), name="budgets of plugins")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _follow(self) -> None:
        while True:
            await self._clock.sleep(HOUR)
            self._common.per_hour = (await self._replan()).left

    def adopt(self, plan: Plan, plugins: Collection[str]) -> None:
        """Follow the plan of another config from now on, and forget what no plugin uses."""
        self._plan, self._common.per_hour = plan, plan.left
        self._calls = {name: calls for name, calls in self._calls.items() if name in plugins}
        for name, calls in self._calls.items():
            own, per_hour = plan.plugins.get(name) is not None, plan.of_plugin(name)
            if own is (calls.budget is self._common):
                calls.budget = self._budget(name)
            elif own:
                calls.budget.per_hour = per_hour

    def _budget(self, plugin: str) -> TokenBucket:
        if self._plan.plugins.get(plugin) is None:
            return self._common
        return TokenBucket(self._clock, self._plan.of_plugin(plugin))

    def of(self, plugin: str) -> PluginCalls:
        """Return what sends the calls of a plugin."""
        if plugin not in self._calls:
            self._calls[plugin] = PluginCalls(plugin, self._ask, self._budget(plugin))
        return self._calls[plugin]

    def usage(self) -> Mapping[str, PluginUsage]:
        """Return what each plugin uses."""
        return {
            plugin: PluginUsage(
                calls.sent,
                calls.waiting,
                None if isinf(calls.budget.per_hour) else calls.budget.per_hour,
                self._plan.plugins.get(plugin),
            )
            for plugin, calls in self._calls.items()
        }
