"""Sources that plugins bring: watched, explained and reported as the tracker's actions are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.errors import SourceError
from gazelled.model import Lane

if TYPE_CHECKING:
    from gazelled.service.app import App

    from .conftest import House

SHELF = """
import asyncio
import json
from datetime import datetime
from pathlib import Path
from gazelled.plugin import AGE, COUNT, SIZE, TAGS, TEXT, Item, PluginConfig, RetryLater, hookimpl
from gazelled.plugin.sources import Source, SourcePage, SourceRequest


class Options(PluginConfig):
    path: Path
    shelves: list[str] = []
    most: int = 100


class Shelf(Source[Options]):
    name = "shelf"
    about = "The books of a shelf"
    options = Options
    item = "book"
    fields = {"size": SIZE, "age": AGE, "tags": TAGS, "pages": COUNT, "language": TEXT}
    timeout = 5.0

    async def poll(self, request: SourceRequest[Options]):
        data = json.loads(request.options.path.read_text())
        match data:
            case "later":
                raise RetryLater("closed on Sundays")
            case "bug":
                raise ValueError("canary-secret")
            case "hang":
                await asyncio.sleep(3600)
            case "number":
                return 7
            case "exit":
                raise SystemExit(3)
        items = []
        for book in data["books"]:
            if "time" in book:
                book["time"] = datetime.fromisoformat(book["time"])
            if isinstance(book.get("tags"), list):
                book["tags"] = tuple(book["tags"])
            items.append(Item(**{"kind": "", **book}))
        return SourcePage(items[: request.options.most], complete=data.get("complete", True))


@hookimpl
def gazelled_sources(register):
    register(Shelf())
"""
PLUGIN = '[plugin.lab]\nfile = "lab.py"\n'


def watch(kind: str = "new", name: str = "books", more: str = "") -> str:
    """Return a watch of the shelf."""
    return (
        f'[watch.{name}]\nask = "shelf"\nwith.path = "shelf.json"\nkind = "{kind}"\n'
        f'tell = ["journal"]\nevery = "1h"\n{more}\n'
    )


@pytest.fixture
def lab(house: House) -> House:
    """Return a house with a shelf."""
    (house.home / "lab.py").write_text(SHELF)
    house.more = PLUGIN
    house.watches = watch()
    put(house)
    return house


def put(house: House, *books: dict[str, Any], **more: object) -> None:
    """Put books onto the shelf."""
    (house.home / "shelf.json").write_text(json.dumps({"books": books, **more}))


def say(house: House, word: str) -> None:
    """Let the source do something else than to return books."""
    (house.home / "shelf.json").write_text(json.dumps(word))


async def run(app: App, name: str = "books") -> None:
    """Run a watch as its schedule does."""
    source = next(one.source for one in app.config.watches.values() if one.name == name)
    await app.runs.run(source, Lane.WATCH)
    app.deliverer.wake()


async def events(app: App) -> list[tuple[str, str]]:
    """Return the kinds and titles of all events, the oldest first."""
    stored = await app.store.archive.events_after(0)
    return [(event.kind.value, event.title) for _, event in stored]


async def test_every_kind_of_watch_fits(lab: House) -> None:
    """New, changed, gone, alerts and reports, by rules on the fields of the source."""
    lab.watches = (
        watch("new", more="match.pages.min = 10")
        + watch("change", "changes", 'fields = ["pages"]')
        + watch("gone", "gone")
        + watch("alert", "alert", "if = 'pages > 90'")
        + watch("report", "report")
    )
    asked = len(lab.sim.arrivals)
    async with lab.opened() as app:
        put(lab, {"id": "1", "title": "Old", "fields": {"pages": 50}})
        for name in ("books", "report"):
            await run(app, name)
        put(
            lab,
            {"id": "1", "title": "Old", "fields": {"pages": 99}},
            {"id": "2", "title": "Thick", "fields": {"pages": 20}},
            {"id": "3", "title": "Thin", "fields": {"pages": 2}},
        )
        await run(app)
        put(lab, {"id": "2", "title": "Thick", "fields": {"pages": 20}})
        await run(app)
        await run(app)
        told = await events(app)
    assert [kind for kind, _ in told].count("first-look") == 4
    assert [event for event in told if event[0] != "first-look"] == [
        ("report", "report"),
        ("new", "Thick"),
        ("change", "Old"),
        ("raised", "Old: pages 99, above 90"),
        ("gone", "Old"),
        ("gone", "Thin"),
        ("cleared", "Over: Old: it is no longer in the list"),
    ]
    assert len(lab.sim.arrivals) == asked


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("later", "The source shelf: closed on Sundays"),
        ("bug", 'The plugin "lab" failed: ValueError'),
        ("exit", 'The plugin "lab" failed: SystemExit'),
        ("number", "The source shelf returned int, expected a list of items or a SourcePage."),
    ],
)
async def test_a_source_that_fails_is_reported_once_and_when_it_is_back(
    lab: House, word: str, reason: str
) -> None:
    """As a source of the tracker is; others go on, and nothing is lost."""
    async with lab.opened() as app:
        put(lab, {"id": "1", "title": "Old"})
        await run(app)
        say(lab, word)
        for _ in range(3):
            with pytest.raises(SourceError) as caught:
                await run(app)
            assert str(caught.value).startswith(reason)
        status = await lab.status()
        (line,) = [one for one in status["watches"] if one["name"] == "books"]
        assert line["trouble"].startswith(reason)
        put(lab, {"id": "1", "title": "Old"}, {"id": "2", "title": "New"})
        await run(app)
        told = await events(app)
    assert told[1:] == [
        ("notice", "books: its source fails"),
        ("new", "New"),
        ("notice", "books works again"),
    ]


async def test_a_source_that_hangs_is_given_up(lab: House) -> None:
    """In the time that it has, and the next poll works."""
    async with lab.opened() as app:
        say(lab, "hang")
        with pytest.raises(SourceError, match="TimeoutError"):
            await run(app)
        put(lab)
        await run(app)


async def test_what_cant_be_read_is_left_out_and_reported(lab: House) -> None:
    """The rest of the answer counts."""
    bad: list[dict[str, Any]] = [
        {"id": "", "title": "no id"},
        {"id": "3", "title": 3},
        {"id": "4", "title": "x", "size": -1},
        {"id": "5", "title": "x", "tags": "abc"},
        {"id": "6", "title": "x", "fields": {"weight": 3}},
        {"id": "7", "title": "x", "fields": {"pages": "many"}},
        {"id": "8", "title": "x", "time": "2026-01-01T00:00:00"},
    ]
    async with lab.opened() as app:
        put(lab)
        await run(app)
        put(lab, *bad, {"id": "9", "title": "Two\nlines", "tags": ["a"], "size": 5})
        await run(app)
        told = await events(app)
    assert ("new", "Two lines") in told
    (notice,) = [title for kind, title in told if kind == "notice"]
    assert notice.startswith("books: ")


async def test_an_id_with_other_characters_is_replaced_by_a_hash(lab: House) -> None:
    """It is the same at each look, and one that may be typed."""
    async with lab.opened() as app:
        await run(app)
        put(lab, {"id": "https://a.example/1?x=2:3", "title": "A page"})
        await run(app)
        await run(app)
        (event,) = [one for _, one in await app.store.archive.events_after(0)][1:]
    assert event.title == "A page"
    assert len(event.item.id) == 20
    assert event.item.id.isalnum()
    assert event.item.kind == "book"


async def test_too_many_new_ones_may_have_hidden_others(lab: House) -> None:
    """A source that says that there is more can't have told what is gone."""
    lab.watches = watch("gone")
    async with lab.opened() as app:
        put(lab, {"id": "1", "title": "Old"})
        await run(app)
        for _ in range(3):
            put(lab, {"id": "2", "title": "New"}, complete=False)
            await run(app)
        assert ("gone", "Old") not in await events(app)


async def test_why_and_try_work(lab: House) -> None:
    """From what is kept, with the fields of the source; nothing is requested."""
    lab.watches = watch(more="match.pages.min = 10")
    asked = len(lab.sim.arrivals)
    async with lab.opened() as app:
        await run(app)
        put(
            lab,
            {"id": "thin", "title": "Thin", "fields": {"pages": 2}},
            {"id": "thick", "title": "Thick", "fields": {"pages": 20}},
        )
        await run(app)
        (why,) = await lab.ask("why", item="thin", watch="")
        tried = (await lab.ask("try", watch="books", since=86400.0))[-1]["tried"]
    (sight,) = why["why"]["seen"]
    (verdict,) = sight["watches"]
    assert verdict["verdict"] is False
    assert verdict["clauses"][0]["has"].startswith("pages 2")
    assert [one["id"] for one in tried["shown"]] == ["thick"]
    assert len(lab.sim.arrivals) == asked


async def test_try_asks_the_source_if_nothing_is_kept(lab: House) -> None:
    """It costs no request of the tracker."""
    asked = len(lab.sim.arrivals)
    put(lab, {"id": "1", "title": "One", "fields": {"pages": 20}})
    async with lab.opened():
        tried = (await lab.ask("try", watch="books", since=86400.0))[-1]["tried"]
    assert [one["title"] for one in tried["shown"]] == ["One"]
    assert len(lab.sim.arrivals) == asked


async def test_a_schedule_runs_it_while_the_tracker_is_down(lab: House) -> None:
    """The source has nothing to do with the tracker."""
    lab.watches = watch() + '[watch.yeast]\nask = "browse"\ntell = ["journal"]\n'
    async with lab.running() as app:
        await lab.told("Watching books")
        put(lab, {"id": "1", "title": "By the clock"})
        await lab.told("By the clock")
        assert app.runs.next_run(app.config.watches["books"].source) is not None
