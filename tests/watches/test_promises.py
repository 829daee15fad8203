"""
Nothing missed, nothing twice: whatever happens at the tracker and to us, in any order.

Uploads, formats added to data sets, edits, deletions, replies, a late search index, lists that
move while their pages are turned, outages, refusals, restarts and crashes at every step of a
commit. In the end every watch has told each item that fits exactly once, or a gap names it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.watches.conftest import HandClock, Post, open_post

from gazelled.errors import TrackerError
from gazelled.model import Call, Event, EventKind, Lane
from gazelled.store import Store
from gazelled.testing import Fault, Simulator, World
from gazelled.watches.catching import CatchUp
from gazelled.watches.watch import Watch

FEW_PAGES = 2
"""So that what lies behind the pages comes soon: a hundred uploads."""

CATCH_UP = 30
TAGS = ["yeast"]


class Crash(Exception):  # noqa: N818 - it stands for the end of the process
    """The process ends here."""


class Mortal:
    """
    A store whose process dies at a chosen step.

    Args:
        store: The store.
        steps: How many steps it lives.
        after: Whether the last one is still done.

    """

    def __init__(self, store: Store, steps: int, *, after: bool) -> None:
        self._store = store
        self._steps = steps
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Give out a step that may be the last."""
        step: Callable[..., Awaitable[Any]] = getattr(self._store, name)

        async def mortal(*args: Any) -> Any:  # noqa: ANN401 - whatever the step takes
            self._steps -= 1
            if self._steps < 0 and not self._after:
                raise Crash
            found = await step(*args)
            if self._steps < 0:
                raise Crash
            return found

        return mortal


class Tracker(RuleBasedStateMachine):
    """The tracker's life, and watches that look at it now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.uploads: set[int] = set()
        self.during: list[Callable[[], None]] = []
        self.post: Post
        self.watches: tuple[Watch, ...] = ()
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.clock = HandClock()
        self.world = World(self.clock)
        enter = self.stack.enter_async_context
        sim = await enter(Simulator(world=self.world, clock=self.clock, per=0.001, allowed=1000))
        store = await enter(await Store.open(Path(self.folder.name) / "state"))
        self.post = await enter(open_post(sim, self.clock, store))
        self.post.before = self._before

    def _before(self, call: Call) -> None:
        del call
        if self.during:
            self.during.pop(0)()

    @initialize()
    def begin(self) -> None:
        """Look for the first time: what is there is known."""
        post = self.post
        self.watches = (
            post.watch("all", "browse", last_page=FEW_PAGES),
            post.watch("tagged", "browse", match={"tags": {"any": TAGS}}, last_page=FEW_PAGES),
            post.watch("listed", "browse", {"taglist": "yeast"}, last_page=FEW_PAGES),
            post.watch("inbox", "inbox"),
        )
        self._look()
        self.known = {*self.world.torrents}
        self.conversations = {
            (each.id, each.messages[-1].id) for each in self.world.conversations.values()
        }

    # What happens at the tracker

    def _upload(self, *, fits: bool, group: int | None = None, late: bool = False) -> None:
        tags = TAGS if fits else ["rice"]
        torrent = self.world.publish("Reads", tags=tags, group=group)
        self.uploads.add(torrent.id)
        if late:
            torrent.searchable = self.clock.now() + timedelta(minutes=40)

    @rule(fits=st.booleans(), late=st.booleans())
    def upload(self, fits: bool, late: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """A data set appears, perhaps late in searches."""
        self._upload(fits=fits, late=late)

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
        group = data.draw(st.sampled_from(sorted(self.world.groups)))
        self.world.edit(group, title="Edited")

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """A torrent goes."""
        there = [each.id for each in self.world.torrents.values() if each.gone is None]
        self.world.delete(data.draw(st.sampled_from(there[-20:])))

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

    @rule(count=st.integers(1, 4), fits=st.booleans())
    def meanwhile(self, count: int, fits: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """Uploads come and go while the next pages are turned."""
        self.during += [lambda: self._upload(fits=fits)] * count
        self.during.append(self._delete_newest)

    def _delete_newest(self) -> None:
        there = [each.id for each in self.world.torrents.values() if each.gone is None]
        self.world.delete(there[-1])

    @rule(fault=st.sampled_from([Fault.STATUS_ERROR, Fault.EMPTY_200]), times=st.integers(1, 3))
    def fail(self, fault: Fault, times: int) -> None:
        """The tracker answers nonsense for a while."""
        self.post.sim.fail(fault, times=times)

    # What we do

    def _look(self, keeper: Mortal | None = None) -> None:
        self.clock.move(900)
        self.post.keeper = keeper  # type: ignore[assignment]  # it does all that a store does
        self.runner.run(self._run_all())
        self.post.keeper = None

    async def _run_all(self) -> None:
        await self.post.dispatcher.resume()
        watcher = self.post.watcher(*self.watches, catch_up=CATCH_UP)
        for source in watcher.sources:
            try:
                await watcher.run(source, Lane.PERSON)
            except TrackerError:
                continue
            except Crash:
                return

    @rule()
    def look(self) -> None:
        """All watches are due."""
        self._look()

    @rule(steps=st.integers(0, 25), after=st.booleans())
    def crash(self, steps: int, after: bool) -> None:  # noqa: FBT001 - hypothesis' way
        """The process dies while it looks, before or after it wrote something."""
        self._look(Mortal(self.post.store, steps, after=after))

    @rule(most=st.integers(1, 40))
    def catch_up(self, most: int) -> None:
        """What lies behind the pages is asked for, a part of it; then the process is killed."""
        self.runner.run(self._catch_up(most))

    async def _catch_up(self, most: int) -> None:
        await self.post.dispatcher.resume()
        watcher = self.post.watcher(*self.watches, catch_up=CATCH_UP)
        catcher = CatchUp(
            watcher, watcher.dense, self.post.site, self.post.dispatcher.call, self.clock
        )
        before = len(self.post.sim.arrivals)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(catcher.run())
            while await watcher.holes() and len(self.post.sim.arrivals) < before + most:  # noqa: ASYNC110 - a process has no event for it
                await asyncio.sleep(0.002)
            task.cancel()

    # What has come of it

    def teardown(self) -> None:
        """Look until nothing is left to find, and compare."""
        try:
            if self.watches:
                self.post.sim.mend()
                self.during.clear()
                for _ in range(4):
                    self._look()
                    self.runner.run(self._catch_up(10 * CATCH_UP))
                self._compare(self.runner.run(self.post.events()))
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    def _compare(self, events: list[Event]) -> None:
        gaps = [
            range(int(low or 0) + 1, int(high))
            for event in events
            if event.kind is EventKind.NOTICE
            for low, _, high in [event.text.partition(" to ")]
            if high.isdecimal()
        ]
        there = {each.id for each in self.world.torrents.values() if each.gone is None}
        for name in ("all", "tagged", "listed"):
            told = Counter(
                int(item.id)
                for event in events
                if event.kind is EventKind.NEW and event.watch == name
                for item in event.items
            )
            assert not [number for number, count in told.items() if count > 1]
            assert not told.keys() & self.known
            wanted = {number for number in self.uploads & there if self._fits(name, number)}
            missing = {
                number for number in wanted - told.keys() if not any(number in gap for gap in gaps)
            }
            assert not missing
            if name != "all":
                assert all(self._fits(name, number) for number in told)
        messages = Counter(
            item.id
            for event in events
            if event.kind is EventKind.NEW and event.watch == "inbox"
            for item in event.items
        )
        assert not [each for each, count in messages.items() if count > 1]
        me = self.world.user("me").id
        for each in self.world.conversations.values():
            last = each.messages[-1]
            if (each.id, last.id) not in self.conversations and me in each.members:
                assert f"{each.id}:{last.time:%Y-%m-%d %H:%M:%S}" in messages

    def _fits(self, name: str, number: int) -> bool:
        torrent = self.world.torrents[number]
        return name == "all" or bool({*torrent.group.tags} & {*TAGS})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_missed_and_nothing_told_twice() -> None:
    """Whatever happens, in any order."""
    run_state_machine_as_test(
        Tracker,
        settings=settings(
            max_examples=30,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
