"""Watches on the simulated tracker, with a real way there and a real store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from tests.kinds import KINDS

from gazelled.clock import Clock
from gazelled.model import Answer, Call, Event, Lane
from gazelled.rules import CompileContext, parse_expression, parse_match
from gazelled.store import Store
from gazelled.store.codec import load_event
from gazelled.testing import Simulator, World
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.catalogue import encode
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import Auth, TokenAuth
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.rate_limiter import RateLimiter
from gazelled.watches.events import notice_event
from gazelled.watches.findings import Finding, Missed, Skipped, Trouble, Unlisted
from gazelled.watches.plugins.participants import NOBODY, Participants
from gazelled.watches.watch import Watch
from gazelled.watches.watcher import Watcher

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class HandClock(Clock):
    """A clock whose time of day also moves by hand."""

    def __init__(self) -> None:
        super().__init__(start=MONDAY)
        self._moved = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return super().now() + self._moved

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._moved += timedelta(seconds=seconds)


@dataclass(eq=False)
class Post:
    """A watcher at work, and all that comes of it."""

    sim: Simulator
    clock: HandClock
    store: Store
    dispatcher: Dispatcher
    site: Site
    troubles: list[Trouble] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    woken: int = 0
    asked: list[Call] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    before: Callable[[Call], None] = lambda _: None
    after: Callable[[Call], Awaitable[None]] | None = None
    keeper: Store | None = None
    participants: Participants = NOBODY

    def watcher(self, *watches: Watch, catch_up: int = 0) -> Watcher:
        """Make a watcher, as a start of the daemon does."""
        return Watcher(
            watches,
            self.site,
            self.keeper or self.store,
            self.clock,
            ask=self.ask,
            committed=self._wake,
            notice=self._notice,
            on_trouble=self._trouble,
            catch_up=catch_up,
            participants=self.participants,
        )

    async def run(self, *watches: Watch, lane: Lane = Lane.WATCH) -> list[Event]:
        """Run all sources of some watches once; tell the events that came of it."""
        self.clock.move(3600)
        before = {event.key for event in await self.events()}
        watcher = self.watcher(*watches)
        for source in watcher.sources:
            await watcher.run(source, lane)
        return [event for event in await self.events() if event.key not in before]

    def watch(
        self,
        name: str,
        ask: str,
        given: Mapping[str, object] | None = None,
        *,
        match: Mapping[str, object] | None = None,
        condition: str = "",
        tell: Sequence[str] = ("phone",),
        last_page: int = 0,
    ) -> Watch:
        """Make a watch as the daemon makes it of a config."""
        listing = ACTIONS[ask].listing(encode(ACTIONS[ask], given or {}))
        assert listing is not None
        if last_page:
            listing = replace(listing, paging=replace(listing.paging, last=last_page))
        context = CompileContext({**listing.fields, **self.participants.extensions.types})
        rule, problems = parse_match(match or {}, context)
        assert not problems
        if condition:
            expression, mistakes = parse_expression(condition, context)
            assert not mistakes
            rule = rule & expression
        params = dict(encode(ACTIONS[ask], given or {})) | dict(listing.with_)
        return Watch(
            name=name,
            call=Call(ask, tuple(sorted(params.items()))),
            listing=listing,
            match=rule,
            kind=KINDS["new"],
            tell=tuple(tell),
        )

    async def events(self) -> list[Event]:
        """Return all events in the state, oldest first."""
        with closing(sqlite3.connect(f"file:{self.store.path}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT body FROM event ORDER BY id").fetchall()
        return [load_event(body) for (body,) in rows]

    async def ask(self, call: Call) -> Answer:
        """Ask the tracker."""
        return await Composer(self.store).composing(self._ask)(call)

    async def _ask(self, call: Call) -> Answer:
        self.asked.append(call)
        self.before(call)
        answer = await self.dispatcher.call(call)
        if self.after:
            await self.after(call)
        return answer

    def _wake(self) -> None:
        self.woken += 1

    def _notice(self, found: Finding) -> tuple[Event, Sequence[str]]:
        if isinstance(found, Missed):
            text = f"{found.low} to {found.high}"
            return notice_event("missed", "missed", text, "", found.at), ["phone"]
        if isinstance(found, Unlisted):
            text = f"{found.what} {found.low} to {found.high} for {', '.join(found.watches)}"
            return notice_event("unlisted", "unlisted", text, "", found.at), ["phone"]
        text = f"from {found.was} back to {found.now}"
        return notice_event("went-back", "went back", text, "", found.at), ["phone"]

    async def _trouble(self, trouble: Trouble | Skipped) -> None:
        if isinstance(trouble, Skipped):
            self.skipped.append(trouble)
            return
        self.troubles.append(trouble)

    @property
    def pages(self) -> list[str]:
        """Which pages were asked for."""
        return [dict(call.params).get("page", "1") for call in self.asked]


@pytest.fixture
def clock() -> HandClock:
    """A clock that moves by hand."""
    return HandClock()


@pytest.fixture
async def sim(clock: HandClock) -> AsyncIterator[Simulator]:
    """A simulated tracker without a limit."""
    async with Simulator(world=World(clock), clock=clock, per=0.001, allowed=1000) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new state: its tables take longer to make than to copy."""
    folder = tmp_path_factory.mktemp("empty") / "state"

    async def make() -> None:
        async with await Store.open(folder):
            pass

    asyncio.run(make())
    return folder


@pytest.fixture
async def store(tmp_path: Path, empty_state: Path) -> AsyncIterator[Store]:
    """A store."""
    copytree(empty_state, tmp_path / "state")
    async with await Store.open(tmp_path / "state") as opened:
        yield opened


@asynccontextmanager
async def open_post(
    sim: Simulator, clock: HandClock, store: Store, auth: Auth | None = None
) -> AsyncIterator[Post]:
    """Open a watcher's post: the whole way to the tracker, and a store."""
    site = Site(url=sim.url, name=sim.name, per=0.001)
    memory = InMemoryStore()
    transport = HttpTransport(site, clock)
    limiter = RateLimiter(clock, requests=1, per=0.001, first_after=0.0)
    session = Session(site, auth or TokenAuth(sim.token()), transport, clock, memory=memory)
    answers: list[Answer] = []
    health = TrackerHealth(clock, memory)
    dispatcher = Dispatcher(session, limiter, health, clock, answered=answers.append)
    async with dispatcher.running():
        yield Post(sim, clock, store, dispatcher, site, answers=answers)
    await transport.close()


@pytest.fixture
async def post(sim: Simulator, clock: HandClock, store: Store) -> AsyncIterator[Post]:
    """A watcher's post."""
    async with open_post(sim, clock, store) as opened:
        yield opened
