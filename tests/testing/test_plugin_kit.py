"""The kit: every hook of a plugin can be tested, with and without asyncio."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click
import pytest

from gazelled.errors import RequestRefused, SourceError, TargetFault, TrackerError
from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.model import Item
from gazelled.plugin import CheckFinding, Note, PluginStoreFullError, SecretStr, Veto
from gazelled.plugin.json_values import MOST_BYTES
from gazelled.testing.plugin_kit import AT, PluginKit, SentNotice

PLUGIN = """
import asyncio
import click
from gazelled.plugin import *

class Options(PluginConfig):
    word: str = "yeast"

class TargetOptions(PluginConfig):
    name: str = ""

async def session(options, context):
    await context.plugin.store.set("open", True)
    yield {"sent": 0}
    await context.plugin.store.delete("open")

@target(TargetOptions, prepare=session)
async def send(delivery, options, context, session):
    session["sent"] += 1
    await context.plugin.store.set("sent", session["sent"])

@hookimpl
async def gazelled_check_target(options, context):
    if not options.name:
        raise TargetFault("it has no name")

@hookimpl
async def gazelled_history(since, until, options):
    return [{"event_key": "1"}]

@hookimpl
async def gazelled_setup(context):
    (context.folder / "log").write_text("setup")
    context.schedule(lambda: context.notify("week", "A week", "text"), every="1d", name="week")
    async def nap():
        await context.clock.sleep(60)
        await context.notify("nap", "Awake", context.clock.now().isoformat())
    context.spawn(nap(), name="nap")
    yield
    (context.folder / "log").write_text("end")

@hookimpl
async def gazelled_teardown(context):
    (context.folder / "torn").touch()

async def write(context, text):
    await context.store.set("seen", text)

@hookimpl
async def gazelled_answered(answer, context):
    await write(context, answer.payload["word"])

@hookimpl
async def gazelled_request_failed(failure, context):
    await write(context, failure.error)

@hookimpl
async def gazelled_event_stored(stored, context):
    await write(context, [stored.event.title, *stored.targets])

@hookimpl
async def gazelled_delivered(done, context):
    await write(context, done.delivery.key)

@hookimpl
async def gazelled_delivery_failed(failure, context):
    await write(context, [failure.error, failure.final])

@hookimpl
async def gazelled_tracker_changed(change, context):
    await write(context, change.state)
    if change.state == "stopped":
        raise OSError("no room")

@hookimpl
async def gazelled_items_found(batch, context):
    answer = await context.tracker.call("torrent", id=batch.items[0].id)
    return {item.id: {"words": [answer.payload["word"]]} for item in batch.items}

@hookimpl
async def gazelled_item_decided(decision, context):
    if "bad" in decision.item.title:
        return Veto("it is bad")
    return Note(context.options.word)

@hookimpl
def gazelled_options(register):
    register(Options)

@hookimpl
def gazelled_match_fields(register):
    register("words", TEXTS)
    register("shout", TEXT, compute=lambda item: item.title.upper())

@hookimpl
def gazelled_functions(register):
    register("twice", lambda text: text * 2, takes=[TEXT], returns=TEXT)

@hookimpl
def gazelled_template_filters(register):
    register("shout", str.upper)

@hookimpl
def gazelled_actions(register):
    register(ActionSpec(name="riplog", about="a log"))

@hookimpl
def gazelled_sites(register):
    register(SiteSpec(name="mine", about="mine"))

@click.command
@click.argument("name")
def hello(name):
    click.echo(f"hello {name}")

@hookimpl
def gazelled_commands(register):
    register(hello)

async def accounts(context):
    secret = context.secrets["key"].get_secret_value()
    return [CheckFinding(f"a key of {len(secret)} letters")]

@hookimpl
def gazelled_doctor_checks(register):
    register("accounts", accounts)
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Write the plugin, and return its path."""
    path = tmp_path / "whole.py"
    path.write_text(PLUGIN)
    return str(path)


def test_what_happens_is_shown(gz: PluginKit, file: str) -> None:
    """Each hook that sees something has a method, and what the plugin stores is there."""
    event = gz.event(title="S288C reads")
    with gz.plugin(file) as plugin:
        values = plugin.store.values
        plugin.answered(gz.answer("index", {"word": "yes"}))
        assert values["seen"] == '"yes"'
        plugin.request_failed(gz.request_failure("browse", "no route"))
        assert values["seen"] == '"no route"'
        plugin.event_stored(gz.stored(event, "phone"))
        assert values["seen"] == '["S288C reads", "phone"]'
        plugin.delivered(gz.done(event, "feed"))
        assert values["seen"] == f'"{event.key}@feed"'
        plugin.delivery_failed(gz.failure(event, error="no", final=True))
        assert values["seen"] == '["no", true]'
        plugin.tracker_changed(gz.tracker_change("down"))
        assert values["seen"] == '"down"'
        with pytest.raises(OSError, match="no room"):
            plugin.tracker_changed(gz.tracker_change("stopped"))


async def test_calls_are_awaited_in_async_tests(gz: PluginKit, file: str) -> None:
    """All of it is there for async tests; the other way says which one to take."""
    event = gz.event(title="S288C reads")
    async with gz.async_plugin(file) as plugin:
        await plugin.answered(gz.answer("index", {"word": "yes"}))
        await plugin.request_failed(gz.request_failure())
        await plugin.event_stored(gz.stored(event))
        await plugin.delivered(gz.done(event))
        await plugin.delivery_failed(gz.failure(event))
        await plugin.tracker_changed(gz.tracker_change("up"))
        assert await plugin.store.get("seen") == "up"
        plugin.tracker.answers["torrent"] = {"word": "coli"}
        item = gz.item("E. coli")
        assert await plugin.items_found(item) == {item.id: {"words": ("coli",)}}
        assert await plugin.item_decided(gz.item("bad reads")) == Veto("it is bad")
        target = plugin.target(name="x")
        await target.deliver(event)
        await target.deliver(event)
        assert await plugin.store.get("sent") == 2
        assert await target.check() is True
        await plugin.advance(60)
        await plugin.run_job("week")
        assert [notice.topic for notice in plugin.notices] == ["nap", "week"]
    assert await plugin.store.keys() == ("seen", "sent")
    with pytest.raises(RuntimeError, match=r"use gz\.async_plugin and gz\.async_target"):
        gz.plugin(file).answered(gz.answer("index", {}))


async def test_a_target_for_async_tests(gz: PluginKit, file: str) -> None:
    """It has the methods of the other, to be awaited."""
    async with gz.async_target(file, named="lab", name="x") as target:
        await target.prepare()
        await target.deliver(gz.event())
        assert await target.preview(gz.event(title="S288C")) == await target.preview(
            gz.event(title="S288C")
        )
        assert await target.history(AT, AT) == [{"event_key": "1"}]
        assert await target.get("lab.csv") is None


def test_setup_and_teardown(gz: PluginKit, file: str) -> None:
    """A plugin begins and ends with the block, or with each call where there is none."""
    plugin = gz.plugin(file)
    log = plugin.folder / "log"
    with plugin:
        assert log.read_text() == "setup"
        assert not (plugin.folder / "torn").exists()
    assert log.read_text() == "end"
    assert (plugin.folder / "torn").exists()
    plugin.tracker_changed(gz.tracker_change())
    assert log.read_text() == "end"


def test_a_setup_that_fails(gz: PluginKit, tmp_path: Path) -> None:
    """It is an error of the block."""
    (tmp_path / "bad.py").write_text(
        "from gazelled.plugin import hookimpl\n"
        "@hookimpl\nasync def gazelled_setup(): raise OSError('no room')"
    )
    with (
        pytest.raises(HookFailure, match="setup failed: OSError: no room"),
        gz.plugin(str(tmp_path / "bad.py")),
    ):
        pass


def test_items_and_decisions(gz: PluginKit, file: str) -> None:
    """Fields, vetoes and notes are returned as the daemon gets them."""
    plugin = gz.plugin(file, word="coli")
    plugin.tracker.answers["torrent"] = {"word": "x"}
    item = gz.item("S288C")
    assert plugin.items_found(item) == {item.id: {"words": ("x",)}}
    assert [call.action for call in plugin.tracker.calls] == ["torrent"]
    assert plugin.item_decided(item) == Note("coli")
    assert plugin.item_decided(gz.item("bad")) == Veto("it is bad")
    plugin.tracker.answers["torrent"] = TrackerError("it is down")
    with pytest.raises(HookFailure, match="TrackerError: it is down"):
        plugin.items_found(item)


def test_contributions(gz: PluginKit, file: str) -> None:
    """Each is there by its name, and what can be called is called as the daemon does."""
    plugin = gz.plugin(file)
    assert plugin.match_fields(gz.item("S288C")) == {"shout": "S288C"}
    assert plugin.function("twice", "ab") == "abab"
    assert plugin.function("twice", None) is None
    with pytest.raises(ValueError, match="expected a text"):
        plugin.function("twice", 3)
    with pytest.raises(ValueError, match="takes 1 arguments"):
        plugin.function("twice")
    assert plugin.template_filters["shout"]("a") == "A"
    assert list(plugin.actions) == ["riplog"]
    assert list(plugin.sites) == ["mine"]
    assert isinstance(plugin.commands["hello"], click.Command)
    assert plugin.command("hello", "you").output == "hello you\n"
    assert (plugin.kinds, plugin.sources) == ({}, {})
    plugin.secrets["key"] = SecretStr("hunter2")
    assert plugin.doctor_check("accounts") == (CheckFinding("a key of 7 letters"),)


def test_options(gz: PluginKit, file: str) -> None:
    """Its own options are checked like a target's."""
    assert gz.plugin(file, word="x").options.model_dump() == {"word": "x"}
    with pytest.raises(ValueError, match="did you mean"):
        gz.plugin(file, wrod="x")


def test_a_target_shares_its_plugin(gz: PluginKit, file: str) -> None:
    """What is opened for a target is open for all its deliveries, and closed at the end."""
    with gz.plugin(file) as plugin:
        target = plugin.target(name="x")
        target.deliver(gz.event())
        target.deliver(gz.event("gone"))
        assert plugin.store.values == {"open": "true", "sent": "2"}
        assert target.check() is True
        with pytest.raises(TargetFault, match="it has no name"):
            plugin.target(named="other").check()
        assert target.history(AT, AT) == [{"event_key": "1"}]
    assert plugin.store.values == {"sent": "2"}


def test_a_target_as_a_context_manager(gz: PluginKit, file: str) -> None:
    """Its session lasts as long as the block, and as long as a call without one."""
    target = gz.target(file, name="x")
    with target:
        target.deliver(gz.event())
        target.deliver(gz.event())
        assert target.plugin.store.values["sent"] == "2"
    target.deliver(gz.event())
    assert target.plugin.store.values["sent"] == "1"


def test_the_clock_moves_when_it_is_told(gz: PluginKit, file: str) -> None:
    """Tasks that sleep wake when the clock has moved far enough."""
    with gz.plugin(file) as plugin:
        plugin.advance(59)
        assert plugin.notices == []
        plugin.advance(1)
        at = "2026-01-05T09:01:00+00:00"
        assert plugin.notices == [SentNotice("nap", "Awake", at)]
        assert plugin.clock.monotonic() == 60


def test_the_simulated_tracker_answers(gz: PluginKit, tmp_path: Path) -> None:
    """What the test has not set, the simulated tracker answers, as it is."""
    (tmp_path / "asks.py").write_text(
        "from gazelled.plugin import *\n"
        "@hookimpl\nasync def gazelled_setup(context):\n"
        "    answer = await context.tracker.call('browse')\n"
        "    await context.store.set('found', len(answer.payload['results']) > 5)\n"
        "    yield\n"
        "    await context.tracker.call('torrent', id=999999)\n"
    )
    plugin = gz.plugin(str(tmp_path / "asks.py"))
    plugin.tracker.simulator = gz.simulator()
    with plugin:
        assert plugin.store.values == {"found": "true"}
    assert "RequestRefused: bad id parameter" in plugin.bus.health()["asks"].last_error


async def test_forms_and_the_store(gz: PluginKit, file: str) -> None:
    """Forms are recorded if they are allowed, and the store takes JSON alone."""
    plugin = gz.async_plugin(file)
    assert plugin.context().tracker.write is None
    plugin.tracker.forms.add("bookmark")
    assert plugin.context().tracker.write is not None
    assert await plugin.tracker.do("bookmark", id=3) == "Done."
    assert plugin.tracker.changes == [("bookmark", {"id": 3})]
    with pytest.raises(RequestRefused, match="the form delete is not allowed"):
        await plugin.tracker.do("delete", id=3)
    with pytest.raises(ValueError, match="is not of JSON"):
        await plugin.store.set("x", {1, 2})  # type: ignore[arg-type] # that is the point
    assert await plugin.store.get("x", 5) == 5


@pytest.mark.parametrize("value", [{1: "a"}, (1, 2), float("nan"), {1, 2}])
async def test_the_store_is_as_strict_as_the_daemons(
    gz: PluginKit, file: str, value: object
) -> None:
    """What would not come back as it is is refused."""
    plugin = gz.async_plugin(file)
    with pytest.raises(ValueError, match="is not of JSON"):
        await plugin.store.set("x", value)  # type: ignore[arg-type] # that is the point
    with pytest.raises(PluginStoreFullError):
        await plugin.store.set("x", "y" * MOST_BYTES)
    with pytest.raises(TypeError, match="a key must be a text"):
        await plugin.store.get(3)  # type: ignore[arg-type] # that is the point
    assert plugin.store.values == {}


FAILING = """
from gazelled.plugin import COUNT, hookimpl

def halved(number):
    return 1 // number

@hookimpl
def gazelled_functions(register):
    register("halved", halved, takes=[COUNT], returns=COUNT)

@hookimpl
def gazelled_match_fields(register):
    register("rest", COUNT, compute=lambda item: "three")

@hookimpl
async def gazelled_setup(context):
    async def job():
        context.log.info("job")

    async def fail():
        await context.clock.sleep(60)
        raise LookupError("no table")

    context.schedule(job, every=(await context.store.get("every", "1h")))
    context.spawn(fail(), name="fail")
    yield
    await context.store.set("left", "torn down")
"""


@pytest.fixture
def failing(tmp_path: Path) -> str:
    """Write a plugin whose parts fail."""
    (tmp_path / "failing.py").write_text(FAILING)
    return str(tmp_path / "failing.py")


def test_what_the_daemon_would_contain_is_raised(gz: PluginKit, failing: str) -> None:
    """A test sees the errors of functions, of fields and of tasks."""
    with gz.plugin(failing) as plugin:
        assert plugin.function("halved", 1) == 1
        with pytest.raises(ZeroDivisionError):
            plugin.function("halved", 0)
        with pytest.raises(ValueError, match="expected a number"):
            plugin.match_fields(gz.item())
        with pytest.raises(LookupError, match="no table"):
            plugin.advance(60)
    assert plugin.store.values == {"left": '"torn down"'}


def test_jobs_have_times_as_in_the_daemon(gz: PluginKit, failing: str) -> None:
    """Times that the daemon refuses are refused, and an unknown name is named."""
    plugin = gz.plugin(failing)
    for _ in range(2):
        plugin.run_job("job")
    with pytest.raises(ValueError, match='has no job "report"; it has: job'):
        plugin.run_job("report")
    with pytest.raises(ValueError, match='has no function "half"; it has: halved'):
        plugin.function("half", 1)
    with pytest.raises(ValueError, match='has no kind "trend"; it has: none'):
        plugin.watch("trend")
    plugin.store.values["every"] = '"often"'
    with pytest.raises(HookFailure, match="ValueError"):
        plugin.run_job("job")


def test_an_answer_that_took_long(gz: PluginKit) -> None:
    """`took` is no parameter of the request."""
    answer = gz.answer("browse", {}, took=7.5, searchstr="yeast")
    assert (answer.took, str(answer.call)) == (7.5, "browse searchstr=yeast")


async def test_the_session_for_the_outside(gz: PluginKit, file: str) -> None:
    """It is one session, and closed at the end."""
    async with gz.async_plugin(file) as plugin:
        session = plugin.context().http
        assert session is plugin.context().http
        assert not session.closed
    assert session.closed


KIND = """
from gazelled.plugin import EventKind, PluginConfig, hookimpl
from gazelled.plugin.kinds import Kind, Look, Outcome

class Keys(PluginConfig):
    by: int = 1

class Growth(Kind[Keys]):
    name, about, keys, compares_states = "growth", "reports what grows", Keys, True

    def decide(self, look: Look[Keys]) -> Outcome:
        marks = {thing: look.mark_of(item) for thing, item in look.things.items()}
        if look.first:
            return Outcome([look.first_look_event()], marks)
        events = []
        for thing, item in look.things.items():
            if look.fits(item) and thing in look.marks:
                was = look.item_of(look.marks[thing]).fields["snatched"]
                if item.fields["snatched"] - was >= look.keys.by:
                    events.append(look.event(EventKind.CHANGE, [item], title=item.title))
        gone = {thing: None for thing in look.marks if thing not in marks}
        return Outcome(events, {**marks, **gone})

@hookimpl
def gazelled_kinds(register):
    register(Growth())
"""


def test_a_kind_of_watch(gz: PluginKit, tmp_path: Path) -> None:
    """It looks when the test says so, and remembers from one look to the next."""
    (tmp_path / "growth.py").write_text(KIND)
    plugin = gz.plugin(str(tmp_path / "growth.py"))
    watch = plugin.watch("growth", by=5, fits=lambda item: "reads" in item.title)

    def items(*counts: int) -> list[Item]:
        titles = ("S288C reads", "W303 reads", "a genome")
        return [
            gz.item(title, snatched=count, authors=("A", "B"))
            for title, count in zip(titles, counts, strict=False)
        ]

    (first,) = watch.look(*items(1, 1, 1)).events
    assert (first.kind, first.text.partition(";")[0]) == (
        "first-look",
        "2 of 3 known items match",
    )
    assert watch.look(*items(3, 1, 1)).events == []
    (grown,) = watch.look(*items(3, 6, 90)).events
    assert (grown.title, grown.at) == ("W303 reads", AT + timedelta(hours=2))
    assert len(watch.marks) == 3
    watch.look(*items(3))
    assert len(watch.marks) == 1
    with pytest.raises(ValueError, match='unknown option "bi"; it takes: by'):
        plugin.watch("growth", bi=5)


SOURCE = """
from gazelled.plugin import Item, PluginConfig, RetryLater, hookimpl
from gazelled.plugin.sources import Source, SourcePage

class With(PluginConfig):
    count: int

class Numbers(Source[With]):
    name, about, options = "numbers", "numbers", With

    async def poll(self, request):
        if request.options.count < 0:
            raise RetryLater("it is closed")
        if request.options.count > 100:
            return ["not an item"]
        names = map(str, range(request.options.count))
        items = [Item(name, "number", name) for name in names]
        return items if len(items) < 9 else SourcePage(items, complete=False)

@hookimpl
def gazelled_sources(register):
    register(Numbers())
"""


async def test_a_source(gz: PluginKit, tmp_path: Path) -> None:
    """It is asked with checked options, and what it returns is a page."""
    (tmp_path / "numbers.py").write_text(SOURCE)
    async with gz.async_plugin(str(tmp_path / "numbers.py")) as plugin:
        page = await plugin.poll("numbers", count=2)
        assert ([item.id for item in page.items], page.complete) == (["0", "1"], True)
        assert not (await plugin.poll("numbers", count=9)).complete
        with pytest.raises(SourceError, match="it is closed"):
            await plugin.poll("numbers", count=-1)
        with pytest.raises(TypeError, match="must return a SourcePage or a sequence of items"):
            await plugin.poll("numbers", count=101)
        with pytest.raises(ValueError, match="count: expected a whole number"):
            await plugin.poll("numbers", count="x")


def test_a_source_without_asyncio(gz: PluginKit, tmp_path: Path) -> None:
    """The same, in tests without asyncio."""
    (tmp_path / "numbers.py").write_text(SOURCE)
    assert len(gz.plugin(str(tmp_path / "numbers.py")).poll("numbers", count=3).items) == 3
