"""Sending again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.errors import ConfigError, RequestRefused
from gazelled.explain.replay import MOST
from gazelled.model import Event, EventKind, Item
from gazelled.store import LookTransaction

if TYPE_CHECKING:
    from gazelled.service.app import App

    from .conftest import House

WATCH = '[watch.yeast]\nask = "browse"\ntell = ["journal", "moody"]\n'
DAY = timedelta(days=1)
WEEK = 7 * 86400.0
LONG = 100_000.0


async def tell(app: App, name: str, days: int = 1) -> None:
    """Report an upload, some days ago."""
    item = Item(name, "torrent", f"Reads {name}", group=name)
    at = app.clock.now() - days * DAY
    event = Event(f"yeast:new:{name}", EventKind.NEW, "yeast", at, item.title, "", (item,))
    stream = next(iter(app.watcher.sources))
    await app.store.commit_look(
        LookTransaction(stream, at=at, items=[item], events=[(event, ["journal"])])
    )
    await app.deliverer.drain(LONG)


async def replayed(house: House, **given: object) -> Any:  # noqa: ANN401 - it is JSON
    """Replay what yeast told in a week."""
    (line,) = await house.ask("replay", **{"watch": "yeast", "since": WEEK, **given})
    return line


async def test_what_was_told_is_sent_again(house: House) -> None:
    """First it is listed; what is chosen then is told again, and only that."""
    house.watches = WATCH
    async with house.opened() as app:
        for name, days in (("1", 9), ("2", 3), ("3", 1)):
            await tell(app, name, days)
        listed = await replayed(house)
        assert [each["title"] for each in listed["events"]] == ["Reads 2", "Reads 3"]
        assert (listed["targets"], listed["sent"]) == (["journal", "moody"], 0)
        keys = [each["key"] for each in listed["events"]][1:]
        for _ in range(2):
            assert (await replayed(house, send=keys))["sent"] == 1
            await app.deliverer.drain(LONG)
        assert len((await replayed(house))["events"]) == len(listed["events"])
    assert house.titles() == ["Reads 1", "Reads 2", "Reads 3", "Reads 3", "Reads 3"]
    assert house.arrived() == ["Reads 3", "Reads 3"]


async def test_a_watch_may_be_called_like_it(house: House) -> None:
    """What a watch for the term "replay" told is no replay."""
    house.watches = WATCH + 'each = ["replay"]\nmatch = { title = "{each}" }\n'
    async with house.opened() as app:
        item = Item("1", "torrent", "Reads 1")
        event = Event(
            "yeast:replay:new:1", EventKind.NEW, "yeast:replay", app.clock.now(), "", "", (item,)
        )
        await app.store.outbox.add(event, [])
        listed = await replayed(house, watch="yeast:replay")
    assert [each["key"] for each in listed["events"]] == ["yeast:replay:new:1"]


async def test_one_item_to_one_target(house: House) -> None:
    """Nobody else hears of it, and of nothing else."""
    house.watches = WATCH
    async with house.opened() as app:
        for name in ("1", "2"):
            await tell(app, name)
        listed = await replayed(house, items=["1"], to="moody")
        keys = [each["key"] for each in listed["events"]]
        await replayed(house, items=["1"], to="moody", send=keys)
        await app.deliverer.drain(LONG)
    assert (house.titles(), house.arrived()) == (["Reads 1", "Reads 2"], ["Reads 1"])


async def test_what_fits_by_now(house: House) -> None:
    """After a rule was widened, what is kept and wasn't told is sent, once."""
    house.watches = WATCH
    async with house.opened() as app:
        await tell(app, "1")
        stream = next(iter(app.watcher.sources))
        item = Item("2", "torrent", "Reads 2")
        await app.store.commit_look(LookTransaction(stream, at=app.clock.now() - DAY, items=[item]))
        listed = await replayed(house, as_now=True)
        assert [each["title"] for each in listed["events"]] == ["Reads 2"]
        keys = [each["key"] for each in listed["events"]]
        await replayed(house, as_now=True, send=keys)
        await app.deliverer.drain(LONG)
        assert (await replayed(house, as_now=True))["events"] == []
    assert house.titles() == ["Reads 1", "Reads 2"]


async def test_what_is_too_much(house: House) -> None:
    """Nobody is flooded by a slip."""
    house.watches = WATCH
    async with house.opened() as app:
        at = app.clock.now()
        items = [Item(str(number), "torrent", "Reads") for number in range(MOST + 1)]
        stream = next(iter(app.watcher.sources))
        await app.store.commit_look(LookTransaction(stream, at=at, items=items))
        with pytest.raises(RequestRefused, match=f"{MOST + 1} messages, and at most {MOST}"):
            await replayed(house, as_now=True)


async def test_what_is_not_there(house: House) -> None:
    """An unknown watch or target has a nearest name."""
    async with house.opened():
        with pytest.raises(ConfigError, match='did you mean "yeast"'):
            await replayed(house, watch="yast")
        with pytest.raises(ConfigError, match='did you mean "journal"'):
            await replayed(house, to="jurnal")
