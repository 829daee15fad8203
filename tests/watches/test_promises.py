"""
Nothing missed, nothing twice: whatever happens at the tracker and to us, in any order.

In the end every watch has told each item that fits exactly once, or a gap names it, and every
change, end and alert as it was.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.kinds import KINDS
from tests.watches import oracle
from tests.watches.conftest import MONDAY, HandClock, Post, open_post
from tests.watches.oracle import (
    Crash,
    Seeders,
    Seen,
    Witness,
    condition,
    dated_id,
    is_signed,
    is_yeast,
    once,
    uploads_once,
    wanting,
)

from gazelled.errors import TrackerError
from gazelled.model import Call, Event, EventKind, FirstLook, Lane, StreamId
from gazelled.store import LookTransaction, Store
from gazelled.testing import Fault, Simulator, World
from gazelled.testing.content.records import TorrentRecord
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.watch import Watch

FEW_PAGES = 2
"""So that what lies behind the pages comes soon: a hundred uploads."""

CATCH_UP = 30
TAGS = ["yeast"]
FAULTS = [Fault.STATUS_ERROR, Fault.EMPTY_200, Fault.BAD_GATEWAY, Fault.NOT_JSON, Fault.FORBIDDEN]
UPLOADS = StreamId("browse group_results=0")
SURELY_SEEN = 40  # of the newest, which are on the page that every look reads
MOST_NEWS = 5  # the site shows
ABSURD = 10**12


class Tracker(RuleBasedStateMachine):
    """The tracker's life, and watches that look at it now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.uploads: set[int] = set()
        self.restored = False
        self.during: list[Callable[[], None]] = []
        self.post: Post
        self.watches: dict[str, Watch] = {}
        self.looks: list[tuple[LookTransaction, str, str]] = []
        self.collected: list[Seen] = []
        self.bookmarked: list[Seen] = []
        self.named = "named"
        self.unseen_news = 0
        self.tag = "yeast"
        self.newest: list[TorrentRecord] = []
        self.born: dict[str, int] = {}
        self.joined: dict[str, set[str]] = {}
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.clock = HandClock()
        self.world = World(self.clock)
        enter = self.stack.enter_async_context
        sim = await enter(Simulator(world=self.world, clock=self.clock, per=0.001, allowed=1000))
        self.store = await enter(await Store.open(Path(self.folder.name) / "state"))
        self.post = await enter(open_post(sim, self.clock, self.store))
        self.post.before = self._before
        self._live()

    def _live(self, steps: int | None = None, *, after: bool = False) -> None:
        keeper = Witness(self.store, self._note, steps=steps, after=after)
        self.post.keeper = keeper  # type: ignore[assignment]  # it does all that a store does

    def _note(self, look: LookTransaction) -> None:
        self.looks.append((look, self.tag, self.named))
        for name in {*look.begun} & {"last", "since"}:
            self._joined(name)
        at = look.at or self.clock.now()
        if look.stream.startswith("collage"):
            self.collected.append((at, self._seeders(self.world.collages.all[1].groups)))
        if look.stream.startswith("bookmarks"):
            self.bookmarked.append((at, self._seeders(sorted(self.world.user("me").bookmarks))))
        if look.stream == "announcements":
            self.unseen_news = 0

    def _joined(self, name: str) -> None:
        """Note what a watch must have heard at its first look, at least."""
        watch = self.watches[name]
        self.born[name] = max(each for each in self.world.torrents if each != ABSURD)
        newest = self.newest[: watch.first.last or SURELY_SEEN]
        self.joined[name] = {
            dated_id(each)
            for each in newest[:SURELY_SEEN]
            if each.gone is None and (watch.first.since is None or each.time >= watch.first.since)
        }

    def _seeders(self, groups: list[int]) -> Seeders:
        return {
            str(each.id): each.seeders
            for number in groups
            for each in self.world.formats(self.world.groups[number])
        }

    def _before(self, call: Call) -> None:
        del call
        if self.during:
            self.during.pop(0)()

    @initialize()
    def begin(self) -> None:
        """Look for the first time: what is there is known."""
        post = self.post
        on_collage = post.watch("change", "collage", {"id": 1})
        on_bookmarks = post.watch("few", "bookmarks")
        yeast = {"tags": {"any": TAGS}}
        signed = {"tags": {"any": ["signed"]}, "uploader": "power1"}
        watches = (
            post.watch("all", "browse", last_page=FEW_PAGES),
            post.watch("tagged", "browse", match=yeast, last_page=FEW_PAGES),
            post.watch("edited", "browse", match=yeast, last_page=FEW_PAGES),
            wanting(post.watch("signed", "browse", last_page=FEW_PAGES), signed),
            post.watch("named", "browse", match=yeast, last_page=FEW_PAGES),
            post.watch("listed", "browse", {"taglist": "yeast"}, last_page=FEW_PAGES),
            post.watch("inbox", "inbox"),
            post.watch("news", "announcements"),
            post.watch("bell", "get_user_notifications", match={"type": ["News", "Blog"]}),
            post.watch("comments", "tcomments", {"id": 1}),
            replace(on_collage, kind=KINDS["change"], fields=("seeders",)),
            replace(on_collage, name="gone", kind=KINDS["gone"]),
            replace(
                on_collage,
                name="rare",
                kind=KINDS["alert"],
                raised=condition(on_collage, "seeders <= 1"),
                cleared=condition(on_collage, "seeders >= 3"),
            ),
            replace(
                on_bookmarks, kind=KINDS["alert"], raised=condition(on_bookmarks, "seeders <= 1")
            ),
            replace(on_bookmarks, name="new bookmarks"),
        )
        self.watches = {watch.name: watch for watch in watches}
        self._look()
        self.known = {dated_id(each) for each in self.world.torrents.values()}
        self.conversations = {
            (each.id, each.messages[-1].id) for each in self.world.conversations.values()
        }
        self.commented = {each.id for each in self.world.comments.on("torrents", 1)}
        self.announced = {each.id for each in self.world.news}

    # What happens at the tracker

    def _upload(
        self, *, fits: bool, group: int | None = None, late: bool = False, by: str = "uploader1"
    ) -> None:
        tags = TAGS if fits else ["rice"]
        if by != "uploader1":
            tags = [*tags, "signed"]
        torrent = self.world.publish("Reads", tags=tags, group=group, uploader=by)
        self.uploads.add(torrent.id)
        if late:
            torrent.searchable = self.clock.now() + timedelta(minutes=40)

    @rule(fits=st.booleans(), late=st.booleans(), by=st.sampled_from(["power1", "me", "uploader1"]))
    def upload(self, fits: bool, late: bool, by: str) -> None:  # noqa: FBT001 - hypothesis' way
        """A data set appears, perhaps late in searches."""
        self._upload(fits=fits, late=late, by=by)

    @rule(count=st.sampled_from([3, 49, 50, 51, 120]), fits=st.booleans())
    def upload_many(self, count: int, fits: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """Many appear at once."""
        for _ in range(count):
            self._upload(fits=fits)

    @rule(data=st.data())
    def add_format(self, data: st.DataObject) -> None:
        """A data set gets one more format."""
        group = data.draw(st.sampled_from(sorted(self.world.groups)))
        self._upload(fits=True, group=group)

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """A title changes, which is no news."""
        self.world.edit(data.draw(st.sampled_from(sorted(self.world.groups))), title="Edited")

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """A torrent goes."""
        self.world.delete(data.draw(st.sampled_from(self._there()[-20:])))

    @rule(stays=st.booleans())
    def jump(self, stays: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """An upload has an absurd id; perhaps it goes when it was seen."""
        if ABSURD in self.world.torrents:
            return
        torrent = self.world.publish("Absurd", tags=TAGS)
        del self.world.torrents[torrent.id]
        torrent.id = ABSURD
        self.world.torrents[ABSURD] = torrent
        self.uploads.add(ABSURD)
        if not stays:
            self._look()
            self.world.delete(ABSURD)

    @rule(back=st.sampled_from([1, 12, 60]))
    def restore(self, back: int) -> None:
        """The tracker restores an older database, and we look before it is as large as it was."""
        self._mend()
        self.restored = True
        real = [each for each in self.world.torrents if each != ABSURD]
        self.world.restore(max(max(real) - back, 20))
        self.uploads &= {*self.world.torrents}
        self._look()

    @rule(seeders=st.integers(0, 4), data=st.data())
    def seed(self, seeders: int, data: st.DataObject) -> None:
        """Seeders of something in a collection come or go."""
        groups = {*self.world.collages.all[1].groups, *self.world.user("me").bookmarks}
        things = [
            each.id
            for number in sorted(groups)
            for each in self.world.formats(self.world.groups[number])
        ]
        if things:
            self.world.set_peers(data.draw(st.sampled_from(things)), seeders=seeders)

    @rule(there=st.booleans(), data=st.data())
    def collect(self, there: bool, data: st.DataObject) -> None:  # noqa: FBT001 - hypothesis' way
        """A data set comes into a collection, or leaves it."""
        collage = self.world.collages.all[1]
        number = data.draw(st.sampled_from(sorted(self.world.groups)[:8]))
        if there:
            self.world.collages.add(1, number)
        elif number in collage.groups:
            self.world.collages.remove(1, number)

    @rule(there=st.booleans(), data=st.data())
    def bookmark(self, there: bool, data: st.DataObject) -> None:  # noqa: FBT001 - hypothesis' way
        """A data set is bookmarked, or no longer."""
        number = data.draw(st.sampled_from(sorted(self.world.groups)[:6]))
        if there:
            self.world.bookmark(number)
        else:
            self.world.user("me").bookmarks.discard(number)

    @rule(old=st.booleans(), data=st.data())
    def write(self, old: bool, data: st.DataObject) -> None:  # noqa: FBT001 - hypothesis' way
        """A message comes, in a new conversation or in an old one."""
        self.clock.move(60)
        if old:
            me = self.world.user("me").id
            mine = [each.id for each in self.world.conversations.values() if me in each.members]
            number = data.draw(st.sampled_from(mine))
            self.world.reply(number, "Yes.")
        else:
            self.world.send("Hello")

    @rule()
    def read(self) -> None:
        """All messages are read, on the site."""
        for each in self.world.conversations.values():
            each.unread.clear()

    @rule(count=st.sampled_from([1, 2, 25]))
    def comment(self, count: int) -> None:
        """Comments are written, on the last pages."""
        for _ in range(count):
            self.world.comments.write(1, "Thanks")

    @precondition(lambda self: self.unseen_news < MOST_NEWS)
    @rule()
    def announce(self) -> None:
        """There is an announcement; of more than the site shows nobody could know."""
        self.clock.move(60)
        self.world.announce("Maintenance")
        self.unseen_news += 1

    @rule(count=st.integers(1, 4), fits=st.booleans())
    def meanwhile(self, count: int, fits: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """Uploads come and go while the next pages are turned."""
        self.during += [lambda: self._upload(fits=fits)] * count
        self.during.append(self._delete_newest)

    def _delete_newest(self) -> None:
        self.world.delete(self._there()[-1])

    def _there(self) -> list[int]:
        return [each.id for each in self.world.torrents.values() if each.gone is None]

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 3), later=st.integers(0, 12))
    def fail(self, fault: Fault, times: int, later: int) -> None:
        """The tracker answers nonsense, nothing, or no for a while, now or some requests later."""
        self.during += [lambda: None] * later
        self.during.append(lambda: self.post.sim.fail(fault, times=times))

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def fail_at_details(self, fault: Fault, times: int) -> None:
        """It does so when it is asked for one upload alone."""
        self.post.sim.fail(fault, times=times, action="torrent")

    def _mend(self) -> None:
        self.post.sim.repair()
        self.during.clear()

    # What we do

    def _look(self, lane: Lane = Lane.PERSON) -> None:
        self.clock.move(900)
        self.runner.run(self._run_all(lane))

    async def _run_all(self, lane: Lane) -> None:
        await self.post.dispatcher.resume()
        watcher = self.post.watcher(*self.watches.values(), catch_up=CATCH_UP)
        now = self.clock.now()
        shown = [] if self.during else self.world.torrents.values()
        there = [each for each in shown if each.gone is None and each.searchable <= now]
        self.newest = sorted(there, key=lambda each: each.id, reverse=True)
        for source in watcher.sources:
            try:
                await watcher.run(source, lane)
                await self.store.mark_run(source, now)
            except TrackerError:
                await self.post.dispatcher.resume()
            except Crash:
                return

    @rule()
    def look(self) -> None:
        """Somebody wants to know what all watches find."""
        self._look()

    @rule()
    def run(self) -> None:
        """All watches are due, and the tracker is well."""
        self._mend()
        self._look(Lane.WATCH)

    @rule(steps=st.integers(0, 60), after=st.booleans())
    def crash(self, steps: int, after: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """The process dies while it looks, before or after it wrote something."""
        self._live(steps, after=after)
        self._look()
        self._live()

    @rule(most=st.integers(1, 40))
    def catch_up(self, most: int) -> None:
        """What lies behind the pages is asked for, a part of it; then the process is killed."""
        self._mend()
        self.runner.run(self._catch_up(most))

    async def _catch_up(self, most: int) -> None:
        await self.post.dispatcher.resume()
        watcher = self.post.watcher(*self.watches.values(), catch_up=CATCH_UP)
        catcher = CatchUp(
            watcher, watcher.contiguous, self.post.site, self.post.dispatcher.call, self.clock
        )
        before = len(self.post.sim.arrivals)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(catcher.run())
            while await watcher.holes() and len(self.post.sim.arrivals) < before + most:  # noqa: ASYNC110 - a process has no event for it
                await asyncio.sleep(0.002)
            task.cancel()

    @rule(tag=st.sampled_from(["yeast", "rice"]))
    def edit_rule(self, tag: str) -> None:
        """A watch wants something else from now on."""
        match = {"tags": {"any": [tag]}}
        changed = self.post.watch("edited", "browse", match=match, last_page=FEW_PAGES)
        self.watches["edited"] = changed
        self.tag = tag

    @rule()
    def rename(self) -> None:
        """A watch gets another name."""
        watch = self.watches.pop(self.named)
        self.named += " again"
        self.watches[self.named] = replace(watch, name=self.named)

    @precondition(lambda self: "last" not in self.watches)
    @rule(last=st.sampled_from([1, 5, 200]))
    def join_with_the_last(self, last: int) -> None:
        """A watch comes that wants to hear of the newest that are there."""
        watch = self.post.watch("last", "browse", last_page=FEW_PAGES)
        self.watches["last"] = replace(watch, first=FirstLook(last=last))

    @precondition(lambda self: "since" not in self.watches)
    @rule(hours=st.integers(-20, 3))
    def join_since(self, hours: int) -> None:
        """A watch comes that wants to hear of all since a time."""
        watch = self.post.watch("since", "browse", last_page=FEW_PAGES)
        self.watches["since"] = replace(
            watch, first=FirstLook(since=MONDAY + timedelta(hours=hours))
        )

    # What has come of it

    def teardown(self) -> None:
        """Look until nothing is left to find, and compare."""
        try:
            if self.watches:
                self._mend()
                for _ in range(4):
                    self._look()
                    self.runner.run(self._catch_up(10 * CATCH_UP))
                self._compare(self.runner.run(self.post.events()))
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    def _compare(self, events: list[Event]) -> None:
        self._compare_uploads(events)
        self._compare_talk(events)
        self._compare_looks()
        assert oracle.told_of(events, "change") == oracle.changes(self.collected)
        assert oracle.told_of(events, "gone") == oracle.gone(self.collected)
        rare = oracle.alerts(self.collected, raised=1, cleared=3)
        assert oracle.told_of(events, "rare") == rare
        few = oracle.alerts(self.bookmarked, raised=1, cleared=2)
        assert oracle.told_of(events, "few") == few

    def _compare_uploads(self, events: list[Event]) -> None:
        gaps = [
            range(int(low or 0) + 1, int(high))
            for event in events
            if event.kind is EventKind.NOTICE
            for low, _, high in [event.text.partition(" to ")]
            if high.isdecimal() and not low.startswith("from ")
        ]
        there = {*self._there()}
        for name, fits in (
            ("all", lambda _: True),
            ("tagged", is_yeast),
            ("listed", is_yeast),
            ("signed", partial(is_signed, by=self.world.user("power1").id)),
        ):
            told = uploads_once(events, name)
            assert not told & self.known
            wanted = {each for each in self.uploads & there if fits(self.world.torrents[each])}
            missing = {
                number
                for number in wanted
                if dated_id(self.world.torrents[number]) not in told
                and not any(number in gap for gap in gaps)
            }
            assert not missing, name
            told_ids = {int(each.partition("@")[0]) for each in told} & self.uploads
            assert all(
                fits(torrent)
                for torrent in (self.world.torrents[number] for number in told_ids)
                if dated_id(torrent) in told
            )
        for name in {event.watch for event in events} & {"last", "since"}:
            uploads_once(events, name)
        for name, first in self.joined.items():
            later = {each for each in self.uploads & there if each > self.born[name]}
            missed = {
                dated_id(self.world.torrents[each])
                for each in later
                if not any(each in gap for gap in gaps)
            }
            assert (first | missed) <= uploads_once(events, name), name

    def _compare_talk(self, events: list[Event]) -> None:
        messages = once(events, "inbox")
        me = self.world.user("me").id
        for each in self.world.conversations.values():
            last = each.messages[-1]
            if (each.id, last.id) not in self.conversations and me in each.members:
                assert f"{each.id}:{last.time:%Y-%m-%d %H:%M:%S}" in messages
        news = {each.id for each in self.world.news} - self.announced
        assert once(events, "news") == {f"news:{number}" for number in news}
        comments = {each.id for each in self.world.comments.on("torrents", 1)} - self.commented
        assert once(events, "comments") == {str(number) for number in comments}
        seen = {thing for _, look in self.bookmarked for thing in look}
        assert once(events, "new bookmarks") == seen - self.bookmarked[0][1].keys()
        once(events, "bell")

    def _compare_looks(self) -> None:
        """Compare what was new at each look with what was told of it."""
        if self.restored:
            return  # ids alone don't tell uploads any more
        begun: dict[str, int] = {}
        for look, tag, named in self.looks:
            if look.stream != UPLOADS:
                continue
            fresh = {int(each) for each in look.known if int(each) in self.uploads}
            events = [event for event, _ in look.events]
            for name in ("edited", named):
                told = {int(each) for each in once(events, name)}
                wanted = "yeast" if name == named else tag
                fitting = {each for each in fresh if wanted in self.world.torrents[each].group.tags}
                after = {each for each in fitting if each > begun.get(name, each)}
                assert after <= told <= (fitting if name in begun else set()), name
            begun |= dict.fromkeys(look.begun, int(look.watermark or 0))


ABOUT_LISTS = ["seed", "collect", "bookmark", "write", "read", "comment", "announce"]
ABOUT_WATCHES = ["fail_at_details", "catch_up", "edit_rule", "rename"]
ABOUT_UPLOADS = [
    "upload",
    "upload_many",
    "add_format",
    "edit",
    "delete",
    "meanwhile",
    "jump",
    "restore",
]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "without", [ABOUT_LISTS, ABOUT_UPLOADS + ABOUT_WATCHES], ids=["uploads", "lists"]
)
def test_nothing_is_missed_and_nothing_told_twice(without: list[str]) -> None:
    """Whatever happens, in any order; one half of what can happen at a time shows more of it."""
    run_state_machine_as_test(
        type("Tracker", (Tracker,), dict.fromkeys(without)),
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
