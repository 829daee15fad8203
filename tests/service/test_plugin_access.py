"""What a plugin may ask of the tracker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.clock import Clock
from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    GiveUp,
    RequestRefused,
    RetryLater,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Lane
from gazelled.service.plugin_access import ReadOnlyTracker, TorrentFiles
from gazelled.testing import Simulator
from gazelled.testing.content.torrent_file import torrent_file
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.sites.site import Site

if TYPE_CHECKING:
    from .conftest import House

CURIOUS = """
from gazelled.plugin import PluginConfig, target

class Options(PluginConfig):
    pass

@target(Options)
async def curious(delivery, options, context):
    answer = await context.tracker.call("torrent", id=3)
    (context.folder / "seen").write_text(answer.payload["group"]["name"])
"""

SITE = Site("https://x.example", "x")


async def test_a_plugin_asks_in_the_lane_of_watches_and_reads_what_cannot_be_changed() -> None:
    """Others see the same answer."""
    calls: list[Call] = []

    async def ask(call: Call) -> Answer:
        calls.append(call)
        return Answer(call, {"a": [1]}, b"", datetime(2026, 3, 2, tzinfo=UTC), 0.1)

    answer: Any = await ReadOnlyTracker(ask).call("forum", type="viewthread", threadid=1)
    assert answer.payload["a"] == (1,)
    assert calls[0].lane is Lane.WATCH
    assert dict(calls[0].params)["updatelastread"] == "0"


@pytest.mark.parametrize(
    ("action", "params", "words"),
    [
        ("brwse", {}, 'did you mean "browse"'),
        ("browse", {"serchstr": "x"}, 'did you mean "searchstr"'),
        ("announcements", {}, "and plugins may only read"),
        ("inbox", {"type": "viewconv", "id": 1}, "and plugins may only read"),
        ("clear_user_notification", {"type": "News"}, "and plugins may only read"),
        ("similar_artists", {"id": 1}, "not implemented"),
    ],
)
async def test_what_changes_something_is_refused(
    action: str, params: dict[str, object], words: str
) -> None:
    """Before anything is sent."""

    async def ask(call: Call) -> Answer:
        raise AssertionError(call)

    with pytest.raises(RequestRefused) as refused:
        await ReadOnlyTracker(ask).call(action, **params)
    assert words in str(refused.value)


async def test_a_target_asks_through_its_context(house: House) -> None:
    """It has no other way to the tracker, and needs none."""
    (house.home / "plugins" / "curious.py").write_text(CURIOUS)
    house.more = '[target.curious]\nplugin = "curious"\n[plugin.curious]\nfile = "curious.py"\n'
    async with house.opened():
        (said,) = await house.ask("target.test", name="curious")
    assert said["delivered"]
    seen = (house.folder / "targets" / "curious" / "seen").read_text()
    assert seen == house.sim.world.torrents[3].group.title


async def test_the_account_can_be_asked_for_too(house: House) -> None:
    """It is made of two answers."""
    async with house.opened() as app:
        answer: Any = await ReadOnlyTracker(app.composer.composing(app.dispatcher.call)).call(
            "account"
        )
    assert answer.payload["id"] == house.sim.world.user("me").id


GREEDY = """
from pathlib import Path
from typing import ClassVar
from gazelled.plugin import PluginConfig, target

class Options(PluginConfig):
    needs_downloads: ClassVar[bool] = NEEDS

@target(Options)
async def greedy(delivery, options, context):
    file = await context.download(3)
    (context.folder / "seen").write_text(f"{file.infohash} {file.name} {file.size}")
"""


class Tracker:
    """Answers with a file when it may, and counts."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.may = asyncio.Event()
        self.problem: TrackerError | None = None

    async def call(self, call: Call) -> Answer:
        """Return the answer."""
        self.calls.append(call)
        await self.may.wait()
        if self.problem:
            raise self.problem
        torrent = Simulator().world.torrents[int(dict(call.params)["id"])]
        payload: object = {"torrent": {"infoHash": torrent.hash}}
        if call.action == "download":
            payload = torrent_file(torrent, "p" * 32)
        return Answer(call, payload, b"", datetime(2026, 3, 2, tzinfo=UTC), 0.1)


@pytest.fixture
def tracker() -> Tracker:
    """Return a tracker that answers nothing yet."""
    return Tracker()


@pytest.fixture
async def files(tracker: Tracker, tmp_path: Path) -> AsyncIterator[TorrentFiles]:
    """Return what plugins fetch files with, one a day."""
    downloads = Downloads(tracker.call, SITE, "page", tmp_path, InMemoryStore(), Clock(), a_day=1)
    made = TorrentFiles(downloads)
    async with made.running():
        yield made


async def test_a_file_comes_even_if_the_plugin_stopped_waiting(
    tracker: Tracker, files: TorrentFiles
) -> None:
    """It was counted at the tracker; the next try finds it."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await files(3)
    waiting = asyncio.create_task(files(3))
    tracker.may.set()
    found = await waiting
    assert found.infohash.upper() == Simulator().world.torrents[3].hash
    assert (await files(3)) == found
    assert found.infohashes == (found.infohash,)
    assert sum(size for _, size in found.files) == found.size
    assert [(each.action, each.lane) for each in tracker.calls] == [
        ("torrent", Lane.WATCH),
        ("download", Lane.WATCH),
    ]


async def test_what_is_under_way_ends_at_the_end(tracker: Tracker, tmp_path: Path) -> None:
    """Nothing of it is left."""
    files = TorrentFiles(Downloads(tracker.call, SITE, "page", tmp_path, InMemoryStore(), Clock()))
    before = asyncio.all_tasks()
    async with files.running():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await files(3)
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("problem", "kind", "after"),
    [
        (RequestRefused("bad id parameter"), GiveUp, None),
        (BadAnswer("no torrent"), GiveUp, None),
        (TrackerUnavailable("502", after=7.0), RetryLater, 7.0),
        (ActionRequired("banned"), RetryLater, None),
    ],
)
async def test_a_plugin_is_told_whether_to_try_again(
    tracker: Tracker,
    files: TorrentFiles,
    problem: TrackerError,
    kind: type[Exception],
    after: float | None,
) -> None:
    """In the two words that it knows."""
    tracker.may.set()
    tracker.problem = problem
    with pytest.raises(kind, match=str(problem)) as caught:
        await files(3)
    assert getattr(caught.value, "after", None) == after


async def test_enough_for_today_is_no_reason_to_give_up(
    tracker: Tracker, files: TorrentFiles
) -> None:
    """There is more tomorrow."""
    tracker.may.set()
    await files(3)
    with pytest.raises(RetryLater, match="1 file was fetched within a day") as caught:
        await files(4)
    assert caught.value.after is not None
    assert 80_000 < caught.value.after <= 86_400


@pytest.mark.parametrize(
    ("needs", "words"), [("False", "needs_downloads = True"), ("True", "a log-in with user name")]
)
async def test_only_a_plugin_that_says_so_fetches_files(
    house: House, needs: str, words: str
) -> None:
    """And only with a log-in that can."""
    (house.home / "plugins" / "greedy.py").write_text(GREEDY.replace("NEEDS", needs))
    house.more = '[target.greedy]\nplugin = "greedy"\n[plugin.greedy]\nfile = "greedy.py"\n'
    async with house.opened():
        with pytest.raises(RequestRefused, match=words):
            await house.ask("target.test", name="greedy")
    assert house.sim.arrivals == []


async def test_a_target_fetches_through_its_context(house: House) -> None:
    """With a log-in that can."""
    (house.home / "plugins" / "greedy.py").write_text(GREEDY.replace("NEEDS", "True"))
    house.more = '[target.greedy]\nplugin = "greedy"\n[plugin.greedy]\nfile = "greedy.py"\n'
    house.environ["PASSWORD"] = house.sim.world.user("me").password
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    async with house.opened():
        (said,) = await house.ask("target.test", name="greedy")
    assert said["delivered"]
    it = house.sim.world.torrents[3]
    seen = (house.folder / "targets" / "greedy" / "seen").read_text()
    assert seen == f"{it.hash.lower()} {it.folder} {sum(size for _, size in it.files)}"
