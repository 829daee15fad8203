"""Plugins of a daemon that runs have what the documentation says, and no more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import GazelledError, RequestRefused, RetryLater
from gazelled.model import Call, Lane
from gazelled.plugin.plugin_context import PluginContext
from gazelled.service.app import App
from gazelled.service.plugins.budgets import AT_ONCE
from gazelled.tracker.forms.sender import one_change

if TYPE_CHECKING:
    from .conftest import House

HELPER = """
import asyncio
import threading
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_setup(context):
    context.log.info("helper.began")
    (context.folder / "begun").write_text(context.plugin)
    async def wait():
        try:
            await asyncio.Event().wait()
        finally:
            (context.folder / "ended").write_text("yes")
    async def job():
        await context.store.set("job", context.clock.now().isoformat())
    context.spawn(wait(), name="waiting")
    context.schedule(job, every="1h")
    yield
    (context.folder / "torn down").write_text(str((context.folder / "ended").exists()))
"""

LOOP = """
from gazelled.plugin import TrackerError, hookimpl

@hookimpl
async def gazelled_setup(context):
    async def ask():
        number = 0
        while True:
            number += 1
            try:
                await context.tracker.call("torrent", id=number)
            except TrackerError:
                pass
    for number in range(20):
        context.spawn(ask(), name=f"loop {number}")
"""


def add_plugin(house: House, name: str, code: str, table: str = "") -> None:
    """Add a plugin to the config of a house."""
    (house.home / "plugins" / f"{name}.py").write_text(code)
    house.more += f'\n[plugin.{name}]\nfile = "{name}.py"\n{table}\n'


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(30_000):
        if condition():
            return
        await asyncio.sleep(0.002)
    pytest.fail("it never came")


@pytest.fixture
def helped(house: House) -> House:
    """Return a house with a plugin."""
    add_plugin(house, "helper", HELPER)
    return house


def context_of(app: App) -> PluginContext:
    """Return what the plugin has."""
    return app.plugins.by_plugin["helper"]


async def test_a_plugin_begins_and_ends_with_the_daemon(helped: House) -> None:
    """Its tasks end before it is torn down; its job ran."""
    folder = helped.folder / "plugins" / "helper"
    async with helped.running() as app:
        await until(lambda: any(job.last for job in app.plugins.jobs.status()))
        (job,) = app.plugins.jobs.status()
        assert (job.plugin, job.name) == ("helper", "job")
        assert (folder / "begun").read_text() == "helper"

    assert (folder / "ended").exists()
    assert (folder / "torn down").read_text() == "True"
    assert folder.stat().st_mode & 0o077 == 0


async def test_it_has_facts_and_a_place(helped: House) -> None:
    """The site, its own folder, the public one and the time."""
    async with helped.opened() as app:
        context = context_of(app)
        assert (context.plugin, context.site.name) == ("helper", "BioTorrents.de")
        assert context.site.url == helped.sim.url
        assert context.public == helped.folder / "public"
        assert context.address == f"http://{helped.web}/"
        assert context.folder == helped.folder / "plugins" / "helper"
        assert abs(context.clock.now() - helped.clock.now()) < timedelta(hours=1)
        assert context.secrets == {}
        assert context.tracker.write is None


async def test_it_asks_the_tracker_and_nothing_else_does(helped: House) -> None:
    """Its calls are counted; what changes something is refused, and so is the other way."""
    async with helped.opened() as app:
        context = context_of(app)
        answer = await context.tracker.call("index")
        assert (answer.call.action, answer.call.lane) == ("index", Lane.PLUGIN)
        with pytest.raises(RequestRefused, match="plugins may only read"):
            await context.tracker.call("clear_user_notification", type="News")
        with pytest.raises(RequestRefused, match=r"is the tracker.*context\.tracker"):
            await context.http.get(f"{helped.sim.url}/ajax.php?action=index")
        usage = app.plugins.budgets.usage()["helper"]

    assert (usage.calls, usage.waiting) == (1, 0)
    assert [arrival.action for arrival in helped.sim.arrivals] == ["index"]


async def test_it_stores_values_over_a_restart(helped: House) -> None:
    """Secrets of the tracker are refused."""
    async with helped.opened() as app:
        await context_of(app).store.set("seen", ["1", "2"])
        with pytest.raises(ValueError, match="secret"):
            await context_of(app).store.set("token", helped.environ["TOKEN"])
    async with helped.opened() as app:
        assert await context_of(app).store.get("seen") == ["1", "2"]
        assert (await app.plugins.resources())["helper"].stored > 10


async def test_its_notices_go_through_the_targets(helped: House) -> None:
    """In a number that nobody drowns in; without secrets."""
    helped.notices = ["moody"]

    async def flood(context: PluginContext) -> None:
        for number in range(1000):
            await context.notify("digest", f"More {number}", "x" * 20_000, urgent=True)

    async with helped.running() as app:
        context = context_of(app)
        await context.notify("digest", f"A week {helped.environ['TOKEN']}", "Three data sets.")
        with pytest.raises(RetryLater, match="20 notices an hour") as raised:
            await flood(context)
        assert raised.value.after
        file = helped.home / "moody.txt"
        await until(lambda: file.exists() and "More 3" in file.read_text())
        used = (await app.plugins.resources())["helper"]
        assert used.notices_refused == 1

    lines = file.read_text()
    assert "A week" in lines
    assert helped.environ["TOKEN"] not in lines


async def test_a_notice_holds_what_targets_can_show(helped: House) -> None:
    """No terminal codes, halves of characters or addresses that are no page's; texts alone."""
    helped.notices = ["moody"]
    async with helped.opened() as app:
        notify = context_of(app).notify
        with pytest.raises(TypeError, match="a notice has texts, not int"):
            await notify("week", 3, "")  # type: ignore[arg-type] # that is the point
        await notify("week", "A\x1b[31m week\ud800", "one\ntwo", url="javascript:alert(1)")
        await notify("page", "A page", "", url="https://lab.example/weeks?week=3")
        events = await app.store.archive.events_after(0, kind="notice")
    by_topic = {event.key.split(":")[1]: event for _, event in events}
    week, page = by_topic["helper-week"], by_topic["helper-page"]
    assert (week.title, week.text) == ("A\ufffd[31m week\ufffd", "one\ntwo")
    assert week.item.url == helped.sim.url
    assert page.item.url == "https://lab.example/weeks?week=3"


async def test_the_config_says_what_it_may(house: House) -> None:
    """Its own options, secrets, changes, targets and share."""
    (house.home / "secrets").mkdir()
    (house.home / "secrets" / "ncbi-key").write_text("made-up-key-of-ncbi")
    options = """
from gazelled.plugin import PluginConfig, hookimpl

class Options(PluginConfig):
    terms: tuple[str, ...]

@hookimpl
def gazelled_options(register):
    register(Options)
"""
    table = """
terms = ["yeast"]
secrets = ["ncbi-key"]
allow = ["bookmark"]
tell = ["moody"]
share = "2%"
"""
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = house.sim.world.user("me").password
    add_plugin(house, "helper", HELPER + options, table)
    async with house.running() as app:
        context = context_of(app)
        assert context.options.model_dump() == {"terms": ("yeast",)}
        assert context.secrets["ncbi-key"].get_secret_value() == "made-up-key-of-ncbi"
        assert "made-up-key-of-ncbi" not in repr(context)
        assert context.tracker.write is not None
        done = await context.tracker.write.do("bookmark", kind="group", number=7)
        again = await context.tracker.write.do("bookmark", kind="group", number=7)
        with pytest.raises(RequestRefused, match=r"subscribing is off .* in \[plugin.helper\]"):
            await context.tracker.write.do("subscribe", thread=1)
        with pytest.raises(RequestRefused, match='no form "bookmarks"; did you mean "bookmark"'):
            await context.tracker.write.do("bookmarks", number=63)
        with pytest.raises(RequestRefused, match="bookmark takes kind and number"):
            await context.tracker.write.do("bookmark", number=63)
        await context.notify("found", "Only for moody", "")
        await until(lambda: "Only for moody" in "".join(house.arrived()))
        usage = app.plugins.budgets.usage()["helper"]

    assert done == "Data set 7 is bookmarked."
    assert again == "Data set 7 is bookmarked already; nothing was sent."
    assert 7 in house.sim.world.user("me").bookmarks
    assert (usage.share, usage.per_hour) == (0.02, 12.0)
    assert usage.calls == 4
    assert "Only for moody" not in house.titles()


async def test_a_daemon_that_runs_once_runs_jobs(helped: House) -> None:
    """Those that are due, to their end."""
    async with helped.opened() as app:
        assert await app.once()
        (job,) = app.plugins.jobs.status()
        done = await context_of(app).store.get("job")

    assert job.last is not None
    assert job.last.isoformat() <= str(done)


async def test_what_it_has_open_is_closed_at_the_end(helped: House) -> None:
    """Also if the plugin forgot it."""
    async with helped.opened() as app:
        context = context_of(app)
        session = context.http
        assert context.http is session
    assert session.closed
    with pytest.raises(RequestRefused, match="stopping"):
        _ = context.http
    with pytest.raises(GazelledError, match="has ended"):
        context.spawn(asyncio.sleep(0), name="late")


async def test_a_change_waits_for_the_budget_without_holding_others_up(house: House) -> None:
    """The lock of the account is free meanwhile, so that a person's change goes first."""
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = house.sim.world.user("me").password
    add_plugin(house, "helper", HELPER, 'allow = ["bookmark"]\nshare = "0.1%"\n')
    async with house.opened() as app:
        context, calls = context_of(app), app.plugins.budgets.of("helper")
        while not calls.budget.wait():
            calls.charge()
        assert context.tracker.write is not None
        change = context.tracker.write.do("bookmark", kind="group", number=7)
        task = asyncio.create_task(change)
        await until(lambda: calls.waiting == 1)
        assert not one_change(app.dispatcher).locked()
        calls.budget.per_hour = 1e9
        assert await task == "Data set 7 is bookmarked."


async def test_the_example_of_the_documentation_works(house: House) -> None:
    """As it stands there, but each hour."""
    text = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
    (code,) = re.findall(
        r'```python\n("""A weekly summary.*?)^```$', text, re.DOTALL | re.MULTILINE
    )
    add_plugin(house, "weekly", code, 'at = "1h"\ntell = ["moody"]\n')
    async with house.running():
        await until(lambda: "0 new data sets" in house.arrived())


async def test_the_plugin_of_the_readme_writes_into_the_state_alone(house: House) -> None:
    """As in the shipped unit, which can write nowhere else."""
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (code,) = re.findall(r'```python\n("""One CSV row.*?)^```$', readme, re.DOTALL | re.MULTILINE)
    (tables,) = re.findall(
        r"```toml\n(\[plugin\.lab-sheet\].*?)^```$", readme, re.DOTALL | re.MULTILINE
    )
    (house.home / "plugins" / "lab_sheet.py").write_text(code)
    house.more = tables
    house.watches = house.watches.replace('"moody"', '"sheet"')
    beside = {*house.home.iterdir()}
    sheet = house.folder / "targets" / "sheet" / "lab.csv"
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        await until(sheet.exists)
        await until(lambda: "S288C reads" in sheet.read_text())

    assert {*house.home.iterdir()} - beside == {house.folder, house.home / "config.toml"}


async def test_a_path_of_a_plugin_is_meant_from_its_folder(house: House) -> None:
    """Its options have it, as those of a target."""
    options = """
from pathlib import Path
from gazelled.plugin import PluginConfig, hookimpl

class Options(PluginConfig):
    table: Path
    other: Path

@hookimpl
def gazelled_options(register):
    register(Options)
"""
    add_plugin(house, "helper", options + HELPER, 'table = "table.csv"\nother = "there.csv"\n')
    (house.home / "there.csv").touch()
    async with house.opened() as app:
        assert context_of(app).options.model_dump() == {
            "table": house.folder / "plugins" / "helper" / "table.csv",
            "other": house.home / "there.csv",
        }


async def test_a_loop_of_calls_takes_its_share_and_no_more(house: House) -> None:
    """Watches go on and people are answered, while twenty loops ask without end."""
    add_plugin(house, "loop", LOOP)

    def asked(action: str) -> int:
        return sum(arrival.action == action for arrival in house.sim.arrivals)

    began = house.clock.monotonic()
    async with house.running() as app:
        await until(lambda: asked("torrent") >= 30 and asked("browse") >= 3)
        before = asked("torrent")
        await app.dispatcher.call(Call("stats"))
        overtaken = asked("torrent") - before
        usage = app.plugins.budgets.usage()["loop"]
        hours = (house.clock.monotonic() - began) / 3600
        status = await house.status()

    per_hour = usage.per_hour or 0.0
    assert per_hour == pytest.approx(56.0, abs=4)
    assert 30 <= usage.calls <= per_hour * hours + per_hour / 6 + 1
    assert usage.waiting >= 10
    assert overtaken <= 2 * AT_ONCE
    shown = status["resources"]["loop"]
    assert shown["requests"]["per_hour"] == per_hour
    assert shown["requests"]["calls"] >= usage.calls
    assert len(shown["tasks"]) == 20
