"""Lifetimes: begun and ended in one task, in bounded time, targets before their plugins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from structlog.testing import capture_logs

from gazelled.errors import RetryLater, TargetFault
from gazelled.hooks import Bus
from gazelled.hooks.calls import lifetime_calls
from gazelled.model import Delivery
from gazelled.plugin import Context, PluginConfig, PluginContext, TrackerChange
from gazelled.plugin.plugin_context import NO_PLUGIN

Write = Callable[[str, str], Path]
Printed = Callable[[], list[str]]

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

START = """
import asyncio
from gazelled.plugin import *

class Options(PluginConfig):
    path: str = ""
"""

WHOLE = (
    START
    + """
tasks = []

@hookimpl
async def gazelled_setup(context):
    tasks.append(asyncio.current_task())
    print("setup", context.plugin)
    yield
    tasks.append(asyncio.current_task())
    print("end", tasks[0] is tasks[1])

@hookimpl
async def gazelled_teardown(context):
    print("teardown", context.plugin)

async def session(options, context):
    async with asyncio.timeout(None):  # entered and left in one task
        print("open", context.target, context.plugin.plugin)
        yield {"sent": 0}
        print("close", context.target)

@target(Options, prepare=session)
async def send(delivery, options, context, session):
    session["sent"] += 1
    print("sent", session["sent"])
"""
)


def contexts(*names: str) -> dict[str, PluginContext]:
    """Make contexts of plugins."""
    return {name: replace(NO_PLUGIN, plugin=name) for name in names}


@pytest.fixture
def load(write: Write) -> Callable[[str], tuple[Bus, PluginConfig]]:
    """Load a plugin named `one`, and return the bus and options of a target."""

    def go(source: str) -> tuple[Bus, PluginConfig]:
        bus = Bus()
        assert bus.load({"one": write("one", source)}, []) == []
        options = bus.check_options("one", {})
        return bus, PluginConfig() if isinstance(options, list) else options

    return go


Load = Callable[[str], tuple[Bus, PluginConfig]]


async def test_hook_gazelled_setup(
    load: Load, delivery: Delivery, context: Context, printed: Printed
) -> None:
    """A session is opened once for a target, and all is closed in the opposite order."""
    bus, options = load(WHOLE)
    async with bus, bus.lifetimes.all_set_up(contexts("one")) as problems:
        assert problems == []
        assert await bus.lifetimes.prepare("one", options, context) is None
        await bus.targets.deliver("one", delivery, options, context)
        await bus.targets.deliver("one", delivery, options, context)
    assert printed() == [
        "setup one",
        "open phone one",
        "sent 1",
        "sent 2",
        "close phone",
        "end True",
        "teardown one",
    ]


async def test_hook_gazelled_teardown(load: Load, printed: Printed) -> None:
    """It is called at the end, once; its failure is logged and stops nothing."""
    body = "@hookimpl\nasync def gazelled_teardown(context): print('end'); 1 / 0"
    bus, _ = load(START + body)
    with capture_logs() as logs:
        async with bus, bus.lifetimes.all_set_up(contexts("one")):
            pass
    assert printed() == ["end"]
    assert [(line["event"], line["error"]) for line in logs if "error" in line] == [
        ("plugin.teardown_failed", "ZeroDivisionError: division by zero")
    ]


async def test_nothing_is_shown_before_the_setup_or_after_the_end(
    load: Load, printed: Printed
) -> None:
    """What happens during the setup is seen behind it, and what happens at the end before it."""
    bus, _ = load(
        START
        + """
@hookimpl
async def gazelled_setup(context):
    CHANGED("up")
    await asyncio.sleep(0.05)
    print("setup")
    yield
    CHANGED("stopped")
    print("end")

@hookimpl
async def gazelled_tracker_changed(change):
    print(change.state)
"""
    )

    def changed(state: Literal["up", "down", "stopped"]) -> None:
        bus.observers.tracker_changed(TrackerChange(state, AT, "", AT))

    module = bus.caller.registry.of("one", "gazelled_setup")[0].function.__globals__
    module["CHANGED"] = changed
    async with bus, bus.lifetimes.all_set_up(contexts("one")):
        changed("down")
    assert printed() == ["setup", "up", "down", "end"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise OSError('no room'); yield", "OSError: no room"),
        ("return; yield", "RuntimeError: it must yield once"),
        ("raise SystemExit(3); yield", "SystemExit: 3"),
    ],
)
async def test_a_plugin_whose_setup_fails_is_left_out(
    load: Load, delivery: Delivery, context: Context, body: str, error: str
) -> None:
    """None of its hooks is called, and the messages of its targets wait."""
    bus, options = load(
        START
        + f"@hookimpl\nasync def gazelled_setup(context):\n    {body}\n"
        + "@hookimpl\nasync def gazelled_teardown(context): print('never')\n"
        + "@target(Options)\nasync def send(delivery, options): print('never')"
    )
    async with bus, bus.lifetimes.all_set_up(contexts("one")) as problems:
        assert [str(problem) for problem in problems] == [f"plugin one: setup failed: {error}"]
        assert await bus.lifetimes.prepare("one", options, context) is None
        with pytest.raises(TargetFault, match="the plugin one is left out: setup failed"):
            await bus.targets.deliver("one", delivery, options, context)
    assert bus.health()["one"].left_out == f"setup failed: {error}"


async def test_a_setup_that_hangs_is_given_up(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cancelled when its time is over, and what it opened is closed."""
    monkeypatch.setattr(lifetime_calls, "LIMIT", 0.05)
    bus, _ = load(
        START
        + "@hookimpl\nasync def gazelled_setup(context):\n    await asyncio.Event().wait(); yield"
    )
    async with bus, bus.lifetimes.all_set_up(contexts("one")) as problems:
        assert "TimeoutError: it took longer than 0.05 s" in str(problems[0])


async def test_an_end_that_hangs_is_given_up(
    load: Load, monkeypatch: pytest.MonkeyPatch, printed: Printed
) -> None:
    """It is cancelled when its time is over; its own clean-up runs nevertheless."""
    bus, _ = load(
        START
        + "@hookimpl\nasync def gazelled_setup(context):\n"
        + "    try:\n        yield\n        await asyncio.Event().wait()\n"
        + "    finally:\n        print('closed')"
    )
    with capture_logs() as logs:
        async with bus, bus.lifetimes.all_set_up(contexts("one")) as problems:
            assert problems == []
            monkeypatch.setattr(lifetime_calls, "LIMIT", 0.05)
    assert printed() == ["closed"]
    assert [line["error"] for line in logs if line["event"] == "plugin.teardown_failed"] == [
        "TimeoutError: it took longer than 0.05 s to end"
    ]


async def test_a_second_yield_is_an_error(load: Load) -> None:
    """What follows it would never run."""
    bus, _ = load(START + "@hookimpl\nasync def gazelled_setup(context):\n    yield\n    yield")
    with capture_logs() as logs:
        async with bus, bus.lifetimes.all_set_up(contexts("one")):
            pass
    assert [line["error"] for line in logs if line["event"] == "plugin.teardown_failed"] == [
        "RuntimeError: it must yield only once"
    ]


async def test_a_session_that_could_not_open_opens_at_the_next_delivery(
    load: Load, delivery: Delivery, context: Context, printed: Printed
) -> None:
    """Until then its deliveries are retried, with what the plugin said of it."""
    bus, options = load(
        START
        + """
tries = []

async def session(options, context):
    tries.append(1)
    if len(tries) < 3:
        raise TargetFault("not yet", after=7)
    yield "session"

@target(Options, prepare=session)
async def send(delivery, options, context, session):
    print(session, len(tries))
"""
    )
    async with bus:
        assert isinstance(await bus.lifetimes.prepare("one", options, context), TargetFault)
        with pytest.raises(TargetFault, match="not yet") as raised:
            await bus.targets.deliver("one", delivery, options, context)
        assert raised.value.after == 7
        await bus.targets.deliver("one", delivery, options, context)
        await bus.targets.deliver("one", delivery, options, context)
    assert printed() == ["session 3", "session 3"]


async def test_the_session_of_each_target_is_its_own(
    load: Load, delivery: Delivery, context: Context, printed: Printed
) -> None:
    """Two targets of a plugin share nothing."""
    bus, options = load(WHOLE)
    async with bus:
        for name in ("phone", "feed"):
            own = replace(context, target=name)
            await bus.targets.deliver("one", replace(delivery, target=name), options, own)
    lines = printed()
    assert lines[:4] == ["open phone ", "sent 1", "open feed ", "sent 1"]
    assert sorted(lines[4:]) == ["close feed", "close phone"]


async def test_only_what_has_an_end_may_yield(write: Write) -> None:
    """A generator elsewhere would never be run."""
    source = START + "@hookimpl\nasync def gazelled_answered(answer): yield"
    (problem,) = Bus().load({"bad": write("bad", source)}, [])
    assert "gazelled_answered must not yield; only gazelled_setup and gazelled_prepare may" in str(
        problem
    )


async def test_a_delivery_fails_as_its_plugin_does(
    load: Load, delivery: Delivery, context: Context
) -> None:
    """An error at opening the session is a failure of the delivery, in the daemon's words."""
    bus, options = load(
        START
        + "async def session(options, context):\n    1 / 0; yield\n"
        + "@target(Options, prepare=session)\n"
        + "async def send(delivery, options, context, session): ..."
    )
    async with bus:
        with pytest.raises(RetryLater, match="ZeroDivisionError: division by zero"):
            await bus.targets.deliver("one", delivery, options, context)
