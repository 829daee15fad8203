"""The bus: what plugins do stays their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.hooks.conftest import settle

from gazelled.errors import GiveUp, RetryLater
from gazelled.hooks import Bus, Patience, PluginHealth
from gazelled.hooks.isolation import LINE
from gazelled.model import Answer, Delivery
from gazelled.plugin import Context, PluginConfig
from gazelled.redact import Redactor

Write = Callable[[str, str], Path]
Send = Callable[..., Awaitable[None]]

EXAMPLES = Path(__file__).parents[2] / "plugins" / "examples"

WATCHER = """
import asyncio
from gazelled.plugin import hookimpl
seen = []

@hookimpl
async def gazelled_answer(answer):
    seen.append(answer)
    print("{name}", answer.call.action)
    {body}
"""


async def test_hook_gazelled_targets(write: Write, delivery: Delivery, context: Context) -> None:
    """A plugin may register its options and deliver with plain hooks, taking what it needs."""
    path = write(
        "plain",
        """
        import pathlib
        from gazelled.plugin import Delivery, PluginConfig, hookimpl
        class Options(PluginConfig):
            file: str
        @hookimpl
        def gazelled_targets(register):
            register(Options)
        @hookimpl
        async def gazelled_deliver(options, delivery):
            pathlib.Path(options.file).write_text(delivery.event.title)
        """,
    )
    bus = Bus()
    assert bus.load({"plain": path}, []) == []
    file = path.with_suffix(".txt")
    options = bus.check_options("plain", {"file": str(file)})
    assert not isinstance(options, list)
    async with bus:
        await bus.targets.deliver("plain", delivery, options, context)
    assert file.read_text() == "S288C reads"


async def test_hook_gazelled_deliver(tmp_path: Path, delivery: Delivery, context: Context) -> None:
    """The example in the README delivers once, however often it is asked."""
    bus = Bus(folder=tmp_path)
    assert bus.load({"lab-sheet": EXAMPLES / "lab_sheet.py"}, ["lab-sheet"]) == []
    options = bus.check_options("lab-sheet", {"path": "lab.csv"})
    assert not isinstance(options, list)
    async with bus:
        await bus.targets.deliver("lab-sheet", delivery, options, context)
        await bus.targets.deliver("lab-sheet", delivery, options, context)
    assert (tmp_path / "lab.csv").read_text().count("S288C") == 1


async def test_hook_gazelled_prepare(write: Write, context: Context) -> None:
    """A target is got ready before anything is delivered; a failure is logged and returned."""
    path = write(
        "ready",
        """
        from gazelled.plugin import PluginConfig, target
        class Options(PluginConfig):
            fails: bool = False
        async def prepare(options, context):
            if options.fails:
                raise ValueError("no room")
            (context.public / context.target).touch()
        @target(Options, prepare=prepare)
        async def ready(delivery, options): ...
        """,
    )
    bus = Bus()
    assert bus.load({"ready": path}, []) == []
    good = bus.check_options("ready", {})
    bad = bus.check_options("ready", {"fails": True})
    assert isinstance(good, PluginConfig)
    assert isinstance(bad, PluginConfig)
    async with bus:
        assert await bus.lifetimes.prepare("ready", good, context) is None
        assert (context.public / "phone").exists()
        with capture_logs() as logged:
            assert isinstance(await bus.lifetimes.prepare("ready", bad, context), ValueError)
    assert [(line["event"], line["error"]) for line in logged] == [
        ("plugin.prepare_failed", "ValueError: no room")
    ]
    assert bus.health()["ready"].failures == 1


async def test_hook_gazelled_answer(
    write: Write, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each plugin sees each answer; what one of them raises is not the others' concern."""
    bus = Bus()
    files = {
        "one": write("one", WATCHER.format(name="one", body="")),
        "bad": write("bad", WATCHER.format(name="bad", body="raise SystemExit(3)")),
        "two": write("two", WATCHER.format(name="two", body="")),
    }
    assert bus.load(files, []) == []
    async with bus:
        bus.observers.answered(answer)
        bus.observers.answered(answer)
        await settle(bus)
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line for line in lines if line.endswith(" index")) == [
        *["bad index"] * 2,
        *["one index"] * 2,
        *["two index"] * 2,
    ]
    assert bus.health() == {
        "one": PluginHealth(calls=2),
        "bad": PluginHealth(failures=2, calls=2, last_error="SystemExit: 3"),
        "two": PluginHealth(calls=2),
    }


async def test_plugins_see_answers_in_their_order(
    write: Write, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are called as they were loaded, unless one wants to be first."""
    first = WATCHER.replace("@hookimpl", "@hookimpl(tryfirst=True)")
    files = {
        "older": write("older", WATCHER.format(name="older", body="")),
        "newer": write("newer", WATCHER.format(name="newer", body="")),
        "first": write("first", first.format(name="first", body="")),
    }
    async with Bus() as bus:
        bus.load(files, [])
        bus.observers.answered(answer)
        await settle(bus)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.endswith(" index")]
    assert lines == ["first index", "older index", "newer index"]


async def test_no_plugin_can_change_an_answer(write: Write, answer: Answer) -> None:
    """An attempt to change the answer fails, and neither the next plugin nor the daemon sees it."""
    bodies = {
        "shape": "answer.payload['a'] = 0",
        "deep": "answer.payload['a'][1]['b'] = 0",
        "list": "answer.payload['a'].append(0)",
        "field": "answer.payload = 0",
    }
    files = {name: write(name, WATCHER.format(name=name, body=b)) for name, b in bodies.items()}
    async with Bus() as bus:
        bus.load(files, [])
        bus.observers.answered(answer)
        await settle(bus)
    assert {name: health.failures for name, health in bus.health().items()} == dict.fromkeys(
        bodies, 1
    )
    assert answer.payload == {"a": [1, {"b": 2}]}


async def test_a_flood_of_answers_waits_for_nobody(write: Write, answer: Answer) -> None:
    """A slow plugin loses answers, which are counted and told once; the daemon never waits."""
    path = write("slow", WATCHER.format(name="slow", body="await asyncio.sleep(0.01)"))
    bus = Bus(backlog=5)
    with capture_logs() as logs:
        async with bus:
            bus.load({"slow": path}, [])
            for _ in range(1000):
                bus.observers.answered(answer)
    assert bus.health()["slow"].drops == 995
    assert [line["event"] for line in logs].count("plugin.answers_dropped") == 1


async def test_a_plugin_that_fails_again_and_again_rests(write: Write, answer: Answer) -> None:
    """It is left alone for a while, which is told once, and so is its recovery."""
    path = write("bad", WATCHER.format(name="bad", body="assert len(seen) > 4"))
    bus = Bus(patience=Patience(failures=3, seconds=3600.0))
    with capture_logs() as logs:
        async with bus:
            bus.load({"bad": path}, [])
            for _ in range(4):
                bus.observers.answered(answer)
            await settle(bus)
            assert bus.health()["bad"] == PluginHealth(
                failures=3, drops=1, resting=True, calls=3, last_error="AssertionError"
            )
            for _ in range(3):
                bus.caller.plugins["bad"].rests_until = 0.0  # an hour later
                bus.observers.answered(answer)
                await settle(bus)
    assert not bus.health()["bad"].resting
    assert [line["event"] for line in logs if line["log_level"] != "debug"] == [
        "plugin.deprecated",
        "plugin.answer_failed",
        "plugin.paused",
        "plugin.recovered",
    ]


async def test_a_plugin_that_hangs_at_an_answer_is_cut_off(write: Write, answer: Answer) -> None:
    """A plugin gets its time and no more, and the next answer gets its turn."""
    path = write(
        "slow", WATCHER.format(name="slow", body="await asyncio.sleep(len(seen) == 1 and 60)")
    )
    async with Bus(limit=0.5) as bus:
        bus.load({"slow": path}, [])
        bus.observers.answered(answer)
        bus.observers.answered(answer)
        await settle(bus)
        assert bus.health()["slow"].failures == 1


async def test_leaving_the_bus_ends_what_hangs(write: Write, answer: Answer) -> None:
    """A daemon that stops doesn't wait for a plugin longer than it said."""
    path = write("slow", WATCHER.format(name="slow", body="await asyncio.sleep(3600)"))
    async with Bus() as bus:
        bus.load({"slow": path}, [])
        bus.observers.answered(answer)
    assert {task.get_name() for task in asyncio.all_tasks() if "plugin" in task.get_name()} == set()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('no\\n way')", 'The plugin "bad" failed: ValueError: no way'),
        ("raise SystemExit(1)", 'The plugin "bad" failed: SystemExit: 1'),
        ("raise asyncio.CancelledError", 'The plugin "bad" failed: RuntimeError: it cancelled its'),
        ("raise BaseExceptionGroup('both', [SystemExit(1)])", 'The plugin "bad" failed: BaseExcep'),
        ("await asyncio.sleep(60)", 'The plugin "bad" failed: TimeoutError: it took longer than'),
        (
            "asyncio.current_task().cancel()\nawait asyncio.sleep(1)",
            'The plugin "bad" failed: Runt',
        ),
        ("raise type('E', (Exception,), {'__str__': None})()", 'The plugin "bad" failed: E'),
        ("raise ValueError('x' * 10000)", 'The plugin "bad" failed: ValueError: xxxx'),
    ],
)
async def test_whatever_goes_wrong_is_tried_again(send: Send, body: str, told: str) -> None:
    """Errors, exits, cancellations and hangs of a plugin ask for another try, in one line."""
    with pytest.raises(RetryLater) as caught:
        await send(body, Bus(deliver_limit=0.5))
    assert str(caught.value).startswith(told)
    assert len(str(caught.value)) < 400
    assert caught.value.after is None


@pytest.mark.parametrize(
    ("after", "kept"), [("30", 30.0), ("None", None), ("'soon'", None), ("float('nan')", None)]
)
async def test_retry_later_is_passed_on(send: Send, after: str, kept: float | None) -> None:
    """What a plugin asks for is passed on, as far as it makes sense."""
    with pytest.raises(RetryLater, match=r"^the disk is full$") as caught:
        await send(f"raise RetryLater('the disk is full', after={after})", Bus())
    assert caught.value.after == kept


@pytest.mark.parametrize("kind", ["RetryLater", "GiveUp", "ValueError"])
async def test_no_half_of_a_secret_is_left_where_an_error_is_cut(send: Send, kind: str) -> None:
    """Secrets are taken out before the text is cut to a line."""
    body = f"raise {kind}('x' * {LINE - 20} + ' https://host/canary-secret ' * 9)"
    redactor = Redactor()
    redactor.add("canary-secret")
    with pytest.raises((RetryLater, GiveUp)) as caught:
        await send(body, Bus(scrub=redactor.scrub))

    assert "canary" not in str(caught.value)
    assert "https://host/" in str(caught.value)


async def test_an_error_that_is_empty_is_an_error(send: Send) -> None:
    """An exception that counts what it holds can be false."""
    body = """
        class Errors(Exception):
            def __len__(self):
                return 0

        raise Errors
    """
    with pytest.raises(RetryLater, match="Errors"):
        await send(body, Bus())


async def test_give_up_is_passed_on(send: Send) -> None:
    """A plugin may say that a delivery can never succeed."""
    with pytest.raises(GiveUp, match=r"^no such book$"):
        await send("raise GiveUp('no such book')", Bus())


@pytest.mark.slow
async def test_a_plugin_that_refuses_to_end_is_left_behind(send: Send) -> None:
    """A plugin that swallows its cancellation is not waited for."""
    body = """
    for _ in range(200):
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            if context.folder.joinpath("end").exists():
                raise
            context.folder.joinpath("end").touch()
    """
    bus = Bus(deliver_limit=0.02)
    with capture_logs() as logs, pytest.raises(RetryLater, match="TimeoutError"):
        await send(body, bus)
    assert [line["event"] for line in logs if line["event"] == "plugin.hung"] == ["plugin.hung"]


@pytest.mark.slow
async def test_a_target_that_hangs_is_not_called_again(
    write: Write, delivery: Delivery, context: Context
) -> None:
    """While an earlier call still hangs, the next one is put off at once."""
    path = write(
        "stuck",
        """
        import asyncio
        from gazelled.plugin import PluginConfig, target
        @target(PluginConfig)
        async def stuck(delivery, options):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(60)
        """,
    )
    async with Bus(deliver_limit=0.02) as bus:
        bus.load({"stuck": path}, [])
        options = bus.check_options("stuck", {})
        assert not isinstance(options, list)
        with pytest.raises(RetryLater, match="TimeoutError"):
            await bus.targets.deliver("stuck", delivery, options, context)
        with pytest.raises(RetryLater, match="an earlier call has not ended"):
            await bus.targets.deliver("stuck", delivery, options, context)


async def test_a_cancelled_caller_cancels_the_plugin(send: Send, tmp_path: Path) -> None:
    """When the daemon stops, the plugin is cancelled and may clean up."""
    body = """
    try:
        (context.folder / "begun").touch()
        await asyncio.sleep(3600)
    finally:
        (context.folder / "cleaned").touch()
    """
    sending = asyncio.ensure_future(send(body, Bus()))
    while not (tmp_path / "begun").exists():  # noqa: ASYNC110 - the plugin makes it
        await asyncio.sleep(0.005)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert (tmp_path / "cleaned").exists()


async def test_the_first_failure_is_logged_with_its_trace(send: Send) -> None:
    """An author finds the place of a mistake in the log."""
    with capture_logs() as logs, pytest.raises(RetryLater):
        await send("raise ValueError('x')", Bus())
    failed = [line for line in logs if line["event"] == "plugin.failed"]
    assert [(line["plugin"], line["target"]) for line in failed] == [("bad", "phone")]
    assert isinstance(failed[0]["exc_info"], ValueError)


async def test_a_plugin_that_was_left_out_keeps_its_deliveries(
    delivery: Delivery, context: Context
) -> None:
    """Deliveries to a plugin that could not be loaded wait for it."""
    async with Bus() as bus:
        with pytest.raises(RetryLater, match="is not loaded"):
            await bus.targets.deliver("none", delivery, PluginConfig(), context)
