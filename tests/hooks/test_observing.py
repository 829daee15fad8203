"""Hooks that see what happens: in order, nobody waits, and each plugin for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.hooks.conftest import settle

from gazelled.hooks import Bus, Patience
from gazelled.hooks.registry import Registry
from gazelled.model import Answer, Call, Delivery
from gazelled.plugin import (
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    RequestFailure,
    StoredEvent,
    TableChanges,
    TrackerChange,
)
from gazelled.plugin.plugin_context import NO_PLUGIN

Write = Callable[[str, str], Path]
Printed = Callable[[], list[str]]
Observe = Callable[..., Awaitable[list[str]]]

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

OBSERVER = """
from gazelled.plugin import *

@hookimpl
async def {hook}({argument}, context):
    print({argument}.{shown}, context.plugin)
    {body}
"""


@pytest.fixture
def observe(write: Write, printed: Printed) -> Observe:
    """Load a plugin that prints what a hook is handed, show it twice, return what was printed."""

    async def go(hook: str, argument: str, shown: str, value: object) -> list[str]:
        bus = Bus()
        source = OBSERVER.format(hook=hook, argument=argument, shown=shown, body="")
        assert bus.load({"observer": write("observer", source)}, []) == []
        show = getattr(bus.observers, hook.removeprefix("gazelled_"))
        show(value)  # the bus is closed: nobody sees it
        async with bus:
            show(value)
            show(value)
            await settle(bus)
        assert bus.health()["observer"].calls == 2
        return printed()

    return go


async def test_hook_gazelled_answered(observe: Observe, answer: Answer) -> None:
    """An answer is shown with its call."""
    lines = await observe("gazelled_answered", "answer", "call.action", answer)
    assert lines == ["index "] * 2


async def test_hook_gazelled_request_failed(observe: Observe) -> None:
    """A request without an answer is shown with the reason."""
    failure = RequestFailure(Call("browse"), "502 Bad Gateway", AT)
    lines = await observe("gazelled_request_failed", "failure", "error", failure)
    assert lines == ["502 Bad Gateway "] * 2


async def test_hook_gazelled_event_stored(observe: Observe, delivery: Delivery) -> None:
    """An event is shown with its targets."""
    stored = StoredEvent(delivery.event, ("phone", "feed"), AT)
    lines = await observe("gazelled_event_stored", "stored", "targets", stored)
    assert lines == ["('phone', 'feed') "] * 2


async def test_hook_gazelled_delivered(observe: Observe, delivery: Delivery) -> None:
    """A delivery that succeeded is shown."""
    done = DeliveryDone(delivery, AT, 0.5)
    assert await observe("gazelled_delivered", "done", "delivery.target", done) == ["phone "] * 2


async def test_hook_gazelled_delivery_failed(observe: Observe, delivery: Delivery) -> None:
    """One that failed is shown with what follows."""
    failure = DeliveryFailure(delivery, "no route", final=False, at=AT, retry_at=AT)
    assert await observe("gazelled_delivery_failed", "failure", "final", failure) == ["False "] * 2


async def test_hook_gazelled_tracker_changed(observe: Observe) -> None:
    """That the tracker is down is shown."""
    change = TrackerChange("down", AT, "502 Bad Gateway", AT)
    assert await observe("gazelled_tracker_changed", "change", "state", change) == ["down "] * 2


async def test_hook_gazelled_config_changed(observe: Observe) -> None:
    """That another config is in use is shown."""
    none = TableChanges()
    change = ConfigChange(TableChanges(added=("yeast",)), none, none, (), AT)
    lines = await observe("gazelled_config_changed", "change", "watches.added", change)
    assert lines == ["('yeast',) "] * 2


async def test_both_names_of_a_hook_are_called(
    write: Write, answer: Answer, printed: Printed
) -> None:
    """A plugin with the deprecated name sees answers, and one with both sees each once by each."""
    source = """
    from gazelled.plugin import hookimpl
    @hookimpl
    async def gazelled_answer(answer):
        print("old")
    @hookimpl
    async def gazelled_answered(answer):
        print("new")
    """
    bus = Bus()
    with capture_logs() as logs:
        assert bus.load({"both": write("both", source)}, []) == []
    (text,) = [line["text"] for line in logs if line["event"] == "plugin.deprecated"]
    assert text.startswith("gazelled_answer is deprecated and goes with version 2.0")
    assert text.endswith("use gazelled_answered")
    async with bus:
        bus.observers.answered(answer)
        await settle(bus)
    assert printed() == ["new", "old"]


async def test_what_is_shown_cannot_be_changed(write: Write, delivery: Delivery) -> None:
    """Fields of items are read-only: others are shown the same."""
    body = "stored.event.item.fields['license'] = 'mine'"
    source = OBSERVER.format(hook="gazelled_event_stored", argument="stored", shown="at", body=body)
    bus = Bus()
    assert bus.load({"bad": write("bad", source)}, []) == []
    async with bus:
        bus.observers.event_stored(StoredEvent(delivery.event, (), AT))
        await settle(bus)
    assert "can't be changed" in bus.health()["bad"].last_error
    assert delivery.event.item.fields["license"] == "CC0"


async def test_a_plugin_that_fails_rests_from_all_it_is_shown(write: Write) -> None:
    """Its failures are counted whatever the hook, and logged with its name."""
    source = OBSERVER.format(
        hook="gazelled_tracker_changed", argument="change", shown="at", body="1 / 0"
    )
    bus = Bus(patience=Patience(failures=2, seconds=3600.0))
    assert bus.load({"bad": write("bad", source)}, []) == []
    with capture_logs() as logs:
        async with bus:
            for _ in range(3):
                bus.observers.tracker_changed(TrackerChange("up", AT, "", AT))
            await settle(bus)
            health = bus.health()["bad"]
            assert (health.failures, health.drops, health.resting) == (2, 1, True)
    assert [(line["event"], line.get("hook")) for line in logs if "failed" in line["event"]] == [
        ("plugin.hook_failed", "gazelled_tracker_changed")
    ]


async def test_a_plugin_that_is_too_slow_loses_some(write: Write) -> None:
    """Its queue is bounded, nobody waits for it, and what it loses is counted."""
    source = """
    import asyncio
    from gazelled.plugin import hookimpl
    @hookimpl
    async def gazelled_tracker_changed(change):
        await asyncio.sleep(0)
    """
    bus = Bus(backlog=2)
    assert bus.load({"slow": write("slow", source)}, []) == []
    with capture_logs() as logs:
        async with bus:
            for _ in range(5):
                bus.observers.tracker_changed(TrackerChange("up", AT, "", AT))
            await settle(bus)
    assert (bus.health()["slow"].drops, bus.health()["slow"].calls) == (3, 2)
    dropped = [line for line in logs if line["event"] == "plugin.calls_dropped"]
    assert [line["hook"] for line in dropped] == ["gazelled_tracker_changed"]


async def test_a_plugin_that_another_bus_has_loaded_is_not_called(
    write: Write, answer: Answer
) -> None:
    """Commands load plugins into the registry of a running daemon's config."""
    registry = Registry()
    bus, other = Bus(registry=registry), Bus(registry=registry)
    source = OBSERVER.format(hook="gazelled_answered", argument="answer", shown="at", body="")
    assert other.load({"late": write("late", source)}, []) == []
    async with bus:
        bus.observers.answered(answer)
    assert bus.caller.plugins_with("gazelled_answered") == []
    assert other.caller.plugins_with("gazelled_answered") == ["late"]


def test_where_there_is_no_context() -> None:
    """It refuses, and says what is missing."""
    with pytest.raises(Exception, match="no HTTP session is available here"):
        _ = NO_PLUGIN.http
    with pytest.raises(Exception, match="no schedule is available here"):
        NO_PLUGIN.schedule(asyncio.sleep, every="1h")  # type: ignore[arg-type] # never called
