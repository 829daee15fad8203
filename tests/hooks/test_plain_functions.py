"""Plain functions of plugins, which rules call, harm nobody and are named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.fields import COUNT, TEXT, TEXTS
from gazelled.hooks import Bus
from gazelled.hooks.plain_functions import MOST_SLOW, SLOW, ContainedFunction
from gazelled.model import Item, Value

Write = Callable[[str, str], Path]

ITEM = Item(id="7", kind="torrent", title="Reads", fields={"license": "CC0"})


def raising(error: BaseException) -> Callable[[Item], Value]:
    """Return a function that raises an error."""

    def function(_: Item) -> Value:
        raise error

    return function


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), MemoryError()],
)
def test_whatever_it_raises_is_its_own(error: BaseException) -> None:
    """The value is unknown, and the failure is counted."""
    function = ContainedFunction("lab", "runs", raising(error), COUNT)
    assert function(ITEM) is None
    assert (function.failures, function.last_error.partition(":")[0]) == (1, "runs")


@pytest.mark.parametrize("value", ["3", -1, float("nan"), object(), [3]])
def test_a_value_of_another_type_is_unknown(value: Value) -> None:
    """As if there were none."""
    function = ContainedFunction("lab", "runs", lambda _: value, COUNT)
    assert function(ITEM) is None
    assert "expected a number, not " in function.last_error


def test_none_is_no_failure() -> None:
    """It is how a function says that it doesn't know."""
    function = ContainedFunction("lab", "runs", lambda _: None, COUNT)
    assert (function(ITEM), function.failures) == (None, 0)


def test_texts_are_cleaned() -> None:
    """Neither a secret nor what harms a terminal gets in."""

    def scrub(text: str) -> str:
        return text.replace("hunter2", "[…]")

    assert ContainedFunction("lab", "a", lambda _: "hunter2", TEXT, scrub)(ITEM) == "[…]"
    assert ContainedFunction("lab", "a", lambda _: ("\x1b[2J",), TEXTS, scrub)(ITEM) == (
        "\ufffd[2J",
    )
    failing = ContainedFunction("lab", "a", raising(ValueError("hunter2")), TEXT, scrub)
    assert failing(ITEM) is None
    assert failing.last_error == "a: ValueError: […]"


def test_it_can_change_nothing() -> None:
    """An item's fields are read-only to it."""

    def function(item: Item) -> Value:
        item.fields["license"] = "mine"  # type: ignore[index] # that's the point
        return 1

    assert ContainedFunction("lab", "a", function, COUNT)(ITEM) is None
    assert ITEM.fields == {"license": "CC0"}


def test_one_that_is_slow_again_and_again_rests(capsys: pytest.CaptureFixture[str]) -> None:
    """Each call holds up everything, so there are few of them."""
    calls = 0

    def function(_: Item) -> Value:
        nonlocal calls
        calls += 1
        time.sleep(SLOW)
        return 1

    contained = ContainedFunction("lab", "runs", function, COUNT)
    values = [contained(ITEM) for _ in range(MOST_SLOW + 2)]
    assert values == [1] * MOST_SLOW + [None, None]
    assert (calls, contained.failures) == (MOST_SLOW, MOST_SLOW)
    assert "plugin.function_paused" in capsys.readouterr().out


def test_failures_stand_in_the_health_of_the_plugin(write: Write) -> None:
    """With the name of the field or function, and how it failed."""
    bus = Bus()
    source = """
        from gazelled.plugin import *

        @hookimpl
        def gazelled_match_fields(register):
            register("runs", COUNT, compute=lambda item: 1 / 0)

        @hookimpl
        def gazelled_functions(register):
            register("under", lambda text: text, takes=[TEXT], returns=FLAG)
    """
    assert bus.load({"lab": write("lab", source)}, []) == []
    extensions = bus.contributions.extensions
    assert extensions.with_computed(ITEM).fields["runs"] is None
    assert extensions.functions["under"].function("a") is None
    health = bus.health()["lab"]
    assert (health.failures, health.last_error) == (
        2,
        "under: ValueError: expected true or false, not a str of 1",
    )
