"""What plugins send stays within their budgets, and is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from math import inf

import pytest

from gazelled.clock import Clock
from gazelled.errors import RequestRefused
from gazelled.model import Answer, Call, Lane
from gazelled.planning.plan import Plan, plugin_figures
from gazelled.service.plugins.budgets import AT_ONCE, MOST_WAITING, PluginBudgets, PluginUsage

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PLAN = Plan((), 60.0, 600.0, 0.1, {"sheet": None, "other": None, "own": 0.02})
HOUR = 3600.0


class SleepingClock(Clock):
    """Time that passes only while somebody sleeps, and then at once."""

    passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds that were slept."""
        return self.passed

    async def sleep(self, seconds: float) -> None:
        """Let them pass."""
        await asyncio.sleep(0)
        self.passed += seconds


class Sent:
    """Notes what is sent, by whom and when, and answers it."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.clock = SleepingClock()
        self.calls: list[tuple[Call, float]] = []
        self.plans = plan
        self.open = asyncio.Event()
        self.open.set()
        self.budgets = PluginBudgets(self.ask, plan, self.replan, self.clock)

    async def ask(self, call: Call) -> Answer:
        """Answer a call, as soon as answers are let through."""
        self.calls.append((call, self.clock.passed))
        await self.open.wait()
        return Answer(call, {}, b"{}", NOW, 0.1)

    async def replan(self) -> Plan:
        """Return the plan as it is by now."""
        return self.plans

    @property
    def names(self) -> list[str]:
        """What was sent."""
        return [call.action for call, _ in self.calls]


async def until(condition: Callable[[], bool]) -> None:
    """Let others go on until something is so."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came")


async def endless(sent: Sent, plugin: str, most: int = 1000) -> None:
    """Call the tracker again and again, as a plugin in a loop would."""
    for _ in range(most):
        await sent.budgets.of(plugin).call(Call(plugin))


async def test_an_endless_loop_takes_no_more_than_its_share() -> None:
    """It begins with what was saved, ten minutes' worth, and goes on at the rate of the budget."""
    sent = Sent()
    await endless(sent, "sheet", 70)

    times = [at for _, at in sent.calls]
    assert times[:10] == [0.0] * 10
    assert times[10:] == pytest.approx([60.0 * number for number in range(1, 61)])
    assert sent.budgets.usage() == {"sheet": PluginUsage(70, 0, 60.0, None)}


async def test_plugins_without_a_share_of_their_own_have_one_together() -> None:
    """One that calls a thousand times at once delays another by a few calls and no more."""
    sent = Sent()
    flood = [asyncio.create_task(endless(sent, "sheet", 2)) for _ in range(300)]
    await asyncio.sleep(0)
    await sent.budgets.of("other").call(Call("other"))
    for task in flood:
        task.cancel()
    await asyncio.wait(flood)

    assert sent.names.index("other") <= 10 + AT_ONCE
    assert sent.budgets.usage()["sheet"].waiting == 0


async def test_a_share_of_its_own_is_neither_taken_nor_given() -> None:
    """It has its part of the limit, whatever others do."""
    sent = Sent()
    await endless(sent, "sheet", 10)
    await endless(sent, "own", 6)

    times = [at for call, at in sent.calls if call.action == "own"]
    assert times == pytest.approx([0.0] * 5 + [HOUR / 12])
    assert sent.budgets.usage()["own"] == PluginUsage(6, 0, 12.0, 0.02)


async def test_calls_come_after_those_of_watches() -> None:
    """Their lane is below; what an answer is composed of stays behind all others."""
    sent = Sent()
    for lane in (Lane.PERSON, Lane.WATCH, Lane.CATCH_UP):
        await sent.budgets.of("sheet").call(Call("browse", lane=lane))

    assert [call.lane for call, _ in sent.calls] == [Lane.PLUGIN, Lane.PLUGIN, Lane.CATCH_UP]
    assert Lane.WATCH.value < Lane.PLUGIN.value < Lane.CATCH_UP.value


async def test_few_calls_are_in_the_queue_at_once_and_many_are_refused() -> None:
    """While the tracker doesn't answer, calls wait here; a flood of them is an error."""
    sent = Sent()
    sent.open.clear()
    calls = sent.budgets.of("sheet")
    flood = [asyncio.create_task(calls.call(Call("index"))) for _ in range(MOST_WAITING + AT_ONCE)]
    await until(lambda: calls.waiting == MOST_WAITING)
    with pytest.raises(RequestRefused, match="1000 calls of the plugin sheet wait already"):
        await calls.call(Call("index"))
    assert len(sent.calls) == AT_ONCE
    assert sent.budgets.usage()["sheet"] == PluginUsage(AT_ONCE, MOST_WAITING, 60.0, None)
    for task in flood:
        task.cancel()
    await asyncio.wait(flood)
    sent.open.set()
    await calls.call(Call("stats"))

    assert sent.names[-1] == "stats"
    assert calls.waiting == 0


async def test_the_budget_follows_the_plan() -> None:
    """What the watches need by now is not the plugins'."""
    sent = Sent()
    sent.plans = replace(PLAN, allowed=30.0)
    await endless(sent, "sheet", 1)
    before = sent.budgets.usage()["sheet"].per_hour
    async with sent.budgets.running():
        await until(lambda: sent.budgets.usage()["sheet"].per_hour == 30.0)

    assert before == 60.0


async def test_without_a_limit_nothing_waits() -> None:
    """A tracker that takes any number gets any number, a few at once."""
    sent = Sent(Plan((), inf, inf, 0.1, {"sheet": None, "own": 0.5}))
    await endless(sent, "sheet", 300)
    await endless(sent, "own", 300)

    assert len(sent.calls) == 600
    assert sent.clock.passed == 0.0
    assert sent.budgets.usage()["own"] == PluginUsage(300, 0, None, 0.5)
    assert plugin_figures(sent.plans) == []


def test_plugins_have_what_the_watches_leave() -> None:
    """At least a tenth of the share; and the plan says so."""
    assert (PLAN.left, PLAN.of_plugin("sheet"), PLAN.of_plugin("own")) == (60.0, 60.0, 12.0)
    together, own = plugin_figures(PLAN)
    assert together == (
        "The plugins sheet and other may send 60 requests an hour together: "
        "what the watches leave of the share"
    )
    assert own == "The plugin own may send 12 requests an hour of its own (share 2 % of 600)"
    assert plugin_figures(replace(PLAN, plugins={})) == []
