"""Hooks that have a say: what they return is checked, and their failure names the plugin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.hooks import Bus, Patience
from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.plugin import CheckFinding, Context, ItemDecision, ItemsFound, Note, Veto
from gazelled.redact import Redactor
from gazelled.testing.plugin_kit import PluginKit

Write = Callable[[str, str], Path]
Load = Callable[..., Bus]

REDACTOR = Redactor()
REDACTOR.add("hunter2")
REDACTED = REDACTOR.scrub("hunter2")
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

START = """
import asyncio
from gazelled.plugin import *

class Options(PluginConfig):
    pass

@hookimpl
def gazelled_match_fields(register):
    register("accessions", TEXTS)
    register("long", FLAG, compute=lambda item: len(item.title) > 9)

"""


@pytest.fixture
def load(write: Write) -> Load:
    """Load a plugin named `one` with a body of its own."""

    def go(body: str, **settings: object) -> Bus:
        bus = Bus(**settings)  # type: ignore[arg-type] # as the test says
        assert bus.load({"one": write("one", START + body)}, []) == []
        return bus

    return go


@pytest.fixture
def batch(gz: PluginKit) -> ItemsFound:
    """Make items that were found."""
    items = (gz.item("S288C reads"), gz.item("W303 reads"))
    return ItemsFound("browse", "browse", items, ("yeast",), AT)


@pytest.fixture
def decision(gz: PluginKit) -> ItemDecision:
    """Make a decision."""
    item = gz.item("S288C reads")
    return ItemDecision("yeast", "browse", item, fits=True, why=("title",), at=AT)


async def test_hook_gazelled_items_found(load: Load, batch: ItemsFound) -> None:
    """The fields of each item are returned as their types hold them."""
    bus = load(
        "@hookimpl\nasync def gazelled_items_found(batch):\n"
        "    return {item.id: {'accessions': [item.title[:4]]} for item in batch.items}"
    )
    first, second = (item.id for item in batch.items)
    async with bus:
        assert bus.caller.plugins_with("gazelled_items_found") == ["one"]
        assert await bus.awaited.items_found("one", batch) == {
            first: {"accessions": ("S288",)},
            second: {"accessions": ("W303",)},
        }


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return 3", "it must return fields by their names, by the ids of items"),
        ("return {batch.items[0].id: 3}", "it must return fields by their names"),
        ("return {'0': {}}", "it returns fields of an item that it was not asked about"),
        (
            "return {batch.items[0].id: {'size': 3}}",
            'the field "size", which it has not registered',
        ),
        ("return {batch.items[0].id: {'long': True}}", 'the field "long", which it has not regist'),
        ("return {batch.items[0].id: {'accessions': 3}}", "accessions: expected a list of texts"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("await asyncio.Event().wait()", "TimeoutError: it took longer than 0.05 s"),
    ],
)
async def test_what_an_enricher_may_not_do(
    load: Load, batch: ItemsFound, body: str, error: str
) -> None:
    """Its failure names it, and is counted."""
    hook = f"@hookimpl\nasync def gazelled_items_found(batch):\n    {body}"
    bus = load(hook, limit=0.05 if "wait" in body else 10.0)
    async with bus:
        with pytest.raises(HookFailure, match='The plugin "one" failed: ') as raised:
            await bus.awaited.items_found("one", batch)
    assert error in str(raised.value)
    assert bus.health()["one"].failures == 1


async def test_an_enricher_with_nothing_to_add(load: Load, batch: ItemsFound) -> None:
    """None is no failure, and neither is a plugin without the hook."""
    bus = load("@hookimpl\nasync def gazelled_items_found(): return None")
    async with bus:
        assert await bus.awaited.items_found("one", batch) == {}


async def test_a_plugin_that_fails_again_and_again_is_not_asked(
    load: Load, batch: ItemsFound
) -> None:
    """It rests, so that it costs no look its time."""
    body = "@hookimpl\nasync def gazelled_items_found(batch): 1 / 0"
    bus = load(body, patience=Patience(failures=2, seconds=3600.0))
    async with bus:
        for _ in range(2):
            with pytest.raises(HookFailure, match="ZeroDivisionError"):
                await bus.awaited.items_found("one", batch)
        with pytest.raises(HookFailure, match="paused after several failures"):
            await bus.awaited.items_found("one", batch)
    assert bus.health()["one"].calls == 2


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return None", None),
        ("return Veto('a colleague\\n has it')", Veto("a colleague has it")),
        ("return Note('new hunter2')", Note(f"new {REDACTED}")),
    ],
)
async def test_hook_gazelled_item_decided(
    load: Load, decision: ItemDecision, body: str, result: object
) -> None:
    """A veto or a note is one line without secrets."""
    bus = load(
        f"@hookimpl\nasync def gazelled_item_decided(decision):\n    {body}", scrub=REDACTOR.scrub
    )
    async with bus:
        decided = await bus.awaited.item_decided("one", decision)
    assert decided == result


@pytest.mark.parametrize("body", ["return True", "return Veto('')", "return Note(3)"])
async def test_what_is_no_decision(load: Load, decision: ItemDecision, body: str) -> None:
    """Anything else is a failure."""
    bus = load(f"@hookimpl\nasync def gazelled_item_decided(decision):\n    {body}")
    async with bus:
        with pytest.raises(HookFailure, match="must return a Veto with a reason, a Note"):
            await bus.awaited.item_decided("one", decision)


async def test_a_veto_counts_more_than_notes(load: Load, decision: ItemDecision) -> None:
    """Several implementations of one plugin make one result."""
    hook = "@hookimpl(specname='gazelled_item_decided')\nasync def {}(decision): return {}\n"
    notes = hook.format("a", "Note('one')") + hook.format("b", "Note('two')")
    async with load(notes) as bus:
        assert await bus.awaited.item_decided("one", decision) in (
            Note("one; two"),
            Note("two; one"),
        )
    async with load(notes + hook.format("c", "Veto('no')")) as bus:
        assert await bus.awaited.item_decided("one", decision) == Veto("no")


async def test_the_checks_of_the_doctor(load: Load) -> None:
    """What a check finds is returned, and its failure is a finding."""
    bus = load(
        """
async def accounts(context):
    return [CheckFinding("fine"), CheckFinding("odd", "note", "look")]

async def broken(context):
    1 / 0

async def wrong(context):
    return ["fine"]

async def swapped(context):
    return [CheckFinding("good", "fine")]

@hookimpl
def gazelled_doctor_checks(register):
    register("accounts", accounts)
    register("broken", broken)
    register("wrong", wrong)
    register("swapped", swapped)
"""
    )
    async with bus:
        assert await bus.awaited.doctor_check("accounts") == (
            CheckFinding("fine"),
            CheckFinding("odd", "note", "look"),
        )
        (broken,) = await bus.awaited.doctor_check("broken")
        assert (broken.rating, "ZeroDivisionError" in broken.text) == ("bad", True)
        for name in ("wrong", "swapped"):
            (wrong,) = await bus.awaited.doctor_check(name)
            assert "must return a list of CheckFindings" in wrong.text


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise TargetFault('no route', after=9)", TargetFault("no route", after=9)),
        ("raise GiveUp('never')", GiveUp("never")),
        ("1 / 0", RetryLater('The plugin "one" failed: ZeroDivisionError: division by zero')),
        ("await context.tracker.call('index')", RetryLater("no tracker is available for index")),
    ],
)
async def test_hook_gazelled_check_target(
    load: Load, context: Context, body: str, error: Exception
) -> None:
    """A target that can't be reached is told as a delivery would be, without the tracker."""
    bus = load(
        "@target(Options)\nasync def send(delivery, options): ...\n"
        f"@hookimpl\nasync def gazelled_check_target(options, context):\n    {body}"
    )
    options = bus.check_options("one", {})
    assert not isinstance(options, list)
    async with bus:
        with pytest.raises(type(error)) as raised:
            await bus.targets.check_target("one", options, context)
    assert str(error) in str(raised.value)
    assert type(raised.value) is type(error)
    assert getattr(raised.value, "after", None) == getattr(error, "after", None)


async def test_a_target_that_cannot_be_checked(load: Load, context: Context) -> None:
    """Whether the plugin has a check is known."""
    target = "@target(Options)\nasync def send(delivery, options): ...\n"
    check = "@hookimpl\nasync def gazelled_check_target(options): ..."
    for body, checks in ((target, False), (target + check, True)):
        bus = load(body)
        options = bus.check_options("one", {})
        assert not isinstance(options, list)
        async with bus:
            assert await bus.targets.check_target("one", options, context) is checks
