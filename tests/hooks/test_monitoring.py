"""Hooks by which plugins say how they are: metrics and health, checked and contained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.hooks import Bus
from gazelled.hooks.calls import awaited_calls
from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.plugin import HealthFinding, Metric
from gazelled.redact import Redactor

Write = Callable[[str, str], Path]
Load = Callable[[str], Bus]

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
START = "import asyncio, datetime\nfrom gazelled.plugin import *\n\n@hookimpl\nasync def "


@pytest.fixture
def load(write: Write) -> Load:
    """Load a plugin named `one` with a hook of its own."""
    redactor = Redactor()
    redactor.add("hunter2hunter2")

    def go(body: str) -> Bus:
        bus = Bus(scrub=redactor.scrub)
        assert bus.load({"one": write("one", START + body)}, []) == []
        return bus

    return go


async def test_hook_gazelled_metrics(load: Load) -> None:
    """Values are numbers, labels are sorted, and no secret is left in them."""
    bus = load(
        "gazelled_metrics(at, context):\n    return ("
        'Metric("age_seconds", at.hour, "  Its\\nage. "),'
        'Metric("lines", 3, "x", "counter", {"what": "new", "file": "hunter2hunter2"}),)'
    )
    async with bus:
        assert bus.caller.plugins_with("gazelled_metrics") == ["one"]
        age, lines = await bus.awaited.metrics("one", AT)
    assert age == Metric("age_seconds", 9.0, "Its age.")
    assert (lines.kind, lines.value, [*lines.labels]) == ("counter", 3.0, ["file", "what"])
    assert "hunter2" not in lines.labels["file"]


async def test_hook_gazelled_health_checks(load: Load) -> None:
    """What is wrong, what to do, and since when; None is nothing."""
    bus = load(
        "gazelled_health_checks(at):\n    return None if at.hour == 9 else"
        ' [HealthFinding("its line\\nis down", "look at it", at)]'
    )
    later = AT.replace(hour=10)
    async with bus:
        assert await bus.awaited.health_checks("one", AT) == ()
        assert await bus.awaited.health_checks("one", later) == (
            HealthFinding("its line is down", "look at it", later),
        )


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("3", "it must return a list of objects of the class Metric, or None"),
        ("[3]", "it must return a list of objects of the class Metric, or None"),
        ('[Metric("Age", 1, "x")]', "a metric must have a name of small letters"),
        ('[Metric("age\\n", 1, "x")]', "a metric must have a name of small letters"),
        ('[Metric("age", "1", "x")]', "the metric age must have a number"),
        ('[Metric("age", 10**400, "x")]', "the value of the metric age is too large"),
        ('[Metric("age_total", 1, "x")]', "must not end with"),
        ('[Metric("age_created", 1, "x", "counter")]', "must not end with"),
        ('[Metric("age", 1, "\\ud800")]', "the help of the metric age must be a text"),
        ('[Metric("age", 1, "x", labels={"a": "\\ud800"})]', "must be texts"),
        (
            '[Metric("age", 1, "x", "counter"), Metric("age_total", 1, "x", "counter")]',
            "two values with the same labels",
        ),
        ('[Metric("age", 1, None)]', "the help of the metric age must be a text"),
        ('[Metric("age", 1, "x", "histogram")]', "must be a counter or a gauge"),
        ('[Metric("age", 1, "x", labels=3)]', "must be a mapping"),
        ('[Metric("age", 1, "x", labels={"a": 1})]', "must be texts"),
        ('[Metric("age", 1, "x", labels={"A-b": "1"})]', "a label that can't be one"),
        ('[Metric("age", 1, "x", labels={f"a{n}": "" for n in range(6)})]', "over 5 labels"),
        ('[Metric("age", 1, "x"), Metric("age", 2, "x")]', "two values with the same labels"),
        ('[Metric("age", 1, "x"), Metric("age", 2, "x", "counter")]', "of two kinds"),
        ('[Metric(f"age{n}", 1, "x") for n in range(101)]', "101 of them; 100 are allowed"),
        ("1 / 0", "ZeroDivisionError"),
        ("await asyncio.Event().wait()", "it took longer than 0.05 s"),
    ],
)
async def test_what_metrics_may_not_be(
    load: Load, monkeypatch: pytest.MonkeyPatch, body: str, error: str
) -> None:
    """A failure names the plugin, and is counted."""
    monkeypatch.setattr(awaited_calls, "MONITORING_LIMIT", 0.05 if "wait" in body else 60.0)
    bus = load(f"gazelled_metrics():\n    return {body}")
    async with bus:
        with pytest.raises(HookFailure, match='The plugin "one" failed: ') as raised:
            await bus.awaited.metrics("one", AT)
    assert error in str(raised.value)
    assert bus.health()["one"].failures == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('["down"]', "it must return a list of objects of the class HealthFinding"),
        ('[HealthFinding(" ")]', "a HealthFinding needs a text"),
        ('[HealthFinding("\\ud800")]', "a HealthFinding needs a text"),
        ('[HealthFinding("x", None)]', "the advice of a HealthFinding must be a text"),
        ('[HealthFinding("x", since=datetime.datetime(2026, 1, 1))]', "an aware datetime"),
        ('[HealthFinding("x")] * 11', "11 of them; 10 are allowed"),
    ],
)
async def test_what_findings_may_not_be(load: Load, body: str, error: str) -> None:
    """Likewise."""
    bus = load(f"gazelled_health_checks():\n    return {body}")
    async with bus:
        with pytest.raises(HookFailure) as raised:
            await bus.awaited.health_checks("one", AT)
    assert error in str(raised.value)
