"""A kind of watch that a plugin brings, in the daemon: the recipe `trend`, on a plugin's source."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .test_plugin_sources import SHELF, put, run

if TYPE_CHECKING:
    from gazelled.model import Event
    from gazelled.service.app import App

    from .conftest import House

EXAMPLES = Path(__file__).parents[2] / "plugins" / "examples"
PLUGINS = '[plugin.lab]\nfile = "lab.py"\n[plugin.trend]\nfile = "trend.py"\n'
WATCH = """
[watch.books]
ask = "shelf"
with.path = "shelf.json"
kind = "trend"
fields = ["pages"]
looks = 3
urgent = true
tell = ["journal"]
"""
VETO = """
from gazelled.plugin import ItemDecision, Veto, hookimpl

@hookimpl
async def gazelled_item_decided(decision: ItemDecision) -> Veto | None:
    return Veto("a colleague has it") if decision.item.title == "Had" else None
"""
BROKEN = """
from gazelled.plugin import hookimpl
from gazelled.plugin.kinds import Kind, Look, Outcome

class Broken(Kind):
    name = "broken"
    about = "reports nothing"
    compares_states = True

    def decide(self, look: Look) -> Outcome:
        raise ValueError("no idea")

@hookimpl
def gazelled_kinds(register):
    register(Broken())
"""


@pytest.fixture
def lab(house: House) -> House:
    """Return a house with a shelf and the recipe."""
    (house.home / "lab.py").write_text(SHELF)
    shutil.copy(EXAMPLES / "trend.py", house.home / "trend.py")
    house.more, house.watches = PLUGINS, WATCH
    put(house)
    return house


async def grow(house: House, app: App, pages: int, title: str = "Book") -> None:
    """Let a book have so many pages, and look."""
    put(house, {"id": "1", "title": title, "fields": {"pages": pages}})
    await run(app)


async def changes(app: App) -> list[Event]:
    """Return the changes that were reported."""
    stored = await app.store.archive.events_after(0, kind="change")
    return [event for _, event in stored]


async def test_it_remembers_over_restarts(lab: House) -> None:
    """Its marks are in the state; what it reports is urgent, as the watch is."""
    async with lab.opened() as app:
        for pages in (10, 11, 12, 13):
            await grow(lab, app, pages)
    async with lab.opened() as app:
        await grow(lab, app, 14)
        assert await changes(app) == []
        await grow(lab, app, 50)
        (event,) = await changes(app)
    assert (event.title, event.urgent) == ("Book", True)
    assert event.text == "pages 14 → 50, usually +1 a look"


async def test_a_veto_is_a_condition_of_its_rule(lab: House) -> None:
    """A kind asks `look.fits`; it knows nothing of plugins that veto."""
    (lab.home / "veto.py").write_text(VETO)
    lab.more += '[plugin.veto]\nfile = "veto.py"\n'
    async with lab.opened() as app:
        for pages in (10, 11, 12, 13, 14, 90):
            await grow(lab, app, pages, "Had")
        assert await changes(app) == []


async def test_why_try_and_status_have_its_sentences(lab: House) -> None:
    """From what the kind says of itself."""
    async with lab.opened() as app:
        await grow(lab, app, 10)
        put(
            lab,
            {"id": "1", "title": "Book", "fields": {"pages": 10}},
            {"id": "2", "title": "New", "fields": {"pages": 20}},
        )
        await run(app)
        (why,) = await lab.ask("why", item="2", watch="")
        tried = (await lab.ask("try", watch="books", since=86400.0))[-1]["tried"]
    (verdict,) = why["why"]["seen"][0]["watches"]
    assert verdict["note"] == "it is watched, but nothing of it grew faster than usual"
    assert "how their numbers grew is not stored" in tried["note"]


async def test_a_kind_that_fails_is_reported_once_and_the_daemon_goes_on(lab: House) -> None:
    """The notice names the plugin, and status shows it; another watch of the source works."""
    (lab.home / "broken.py").write_text(BROKEN)
    lab.more += '[plugin.bad]\nfile = "broken.py"\n'
    lab.watches += (
        '[watch.broken]\nask = "shelf"\nwith.path = "shelf.json"\nkind = "broken"\n'
        'tell = ["journal"]\n[watch.fresh]\nask = "shelf"\nwith.path = "shelf.json"\n'
        'tell = ["journal"]\n'
    )
    async with lab.opened() as app:
        await run(app)
        put(lab, {"id": "7", "title": "Fresh"})
        await run(app)
        stored = [event for _, event in await app.store.archive.events_after(0)]
        status = {one["name"]: one["trouble"] for one in (await lab.status())["watches"]}
    (notice,) = [event for event in stored if event.kind == "notice"]
    assert notice.title == "broken reports nothing: its kind fails"
    assert 'of the plugin "bad" failed (ValueError: no idea)' in notice.text
    assert [event.title for event in stored if event.kind == "new"] == ["Fresh"]
    assert status["broken"].startswith('kind = "broken" of the plugin "bad" failed')
    assert status["fresh"] == ""
