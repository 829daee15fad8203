"""A whole client on a simulated tracker, whose clock runs a hundred times faster."""

from __future__ import annotations

import asyncio
import time as world
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.redact import Redactor
from gazelled.testing import Simulator
from gazelled.tracker.answers.classification import Verdict
from gazelled.tracker.answers.health import HealthChange, TrackerHealth, TrackerState
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import Auth, LoginAuth, TokenAuth
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.proxies import Proxy
from gazelled.tracker.transport.rate_limiter import RateLimiter, SlotSource

SPEED = 100.0
PER = 6.0
TICK = 0.004
UNHURRIED = 6000.0
"""A minute of the world, in which the tracker closes no connection that is about to be used."""


class FairClock(Clock):
    """
    A fast clock that a busy machine can't hurry: however long a hold-up is, it counts as a tick.

    What is ready gets its turn between two ticks, so what has to come first does, as it does at
    the world's speed.
    """

    def __init__(self, speed: float = SPEED) -> None:
        super().__init__(speed=speed)
        self._read = world.monotonic()
        self._passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds that passed, hold-ups left out."""
        now = world.monotonic()
        self._passed += min(now - self._read, 2 * TICK) * self.speed
        self._read = now
        return self._passed

    def skip(self, seconds: float) -> None:
        """Let time pass at once, while nothing waits for it."""
        self._passed += seconds

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[FairClock]:
        """Let time pass while nobody reads it."""
        task = asyncio.create_task(self._tick(), name="clock")
        try:
            yield self
        finally:
            task.cancel()

    async def _tick(self) -> None:
        while True:
            self.monotonic()
            await asyncio.sleep(TICK)


@dataclass
class Client:
    """All parts between a call and the network."""

    sim: Simulator
    site: Site
    clock: Clock
    memory: InMemoryStore
    transport: HttpTransport
    limiter: RateLimiter
    session: Session
    health: TrackerHealth
    dispatcher: Dispatcher
    redactor: Redactor
    changes: list[HealthChange] = field(default_factory=list)

    async def note(self, change: HealthChange) -> None:
        """Keep a change of the tracker's state."""
        self.changes.append(change)

    @property
    def states(self) -> list[TrackerState]:
        """What the tracker's state became, one after the other."""
        return [change.state for change in self.changes]

    @property
    def asked(self) -> list[str]:
        """What reached the tracker: actions, and pages by their names."""
        return [each.action or each.path for each in self.sim.arrivals]

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        assert isinstance(self.clock, FairClock)
        self.clock.skip(seconds)

    async def ask(self, call: Call | str) -> Verdict:
        """Ask past the dispatcher."""
        call = Call(call) if isinstance(call, str) else call
        slots = SlotSource(self.limiter)
        try:
            return await self.session.ask(call, slots)
        finally:
            slots.close()


Connect = Callable[..., Client]


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker with a limit as the real one has it."""
    async with (
        FairClock().ticking() as clock,
        Simulator(clock=clock, per=PER, close_after=UNHURRIED) as simulator,
    ):
        yield simulator


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What ends with the test."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def connect(sim: Simulator, stack: AsyncExitStack) -> Connect:
    """Put a client together; its queue is served once `dispatcher.running` is entered."""

    def make(  # noqa: PLR0913 - each is an independent setting with a default
        auth: Auth | None = None,
        *,
        url: str = "",
        requests: int = 1,
        per: float = PER,
        largest: int = 8 * 2**20,
        memory: InMemoryStore | None = None,
        credentials: str = "",
        ca: Path | None = None,
        proxy: str | None = None,
        endpoint: str = "ajax.php",
        scheme: str = "Bearer",
        time: Clock | None = None,
    ) -> Client:
        clock = time or sim.clock
        site = Site(
            url or sim.url,
            sim.name,
            endpoint=endpoint,
            requests=requests,
            per=per,
            scheme=scheme,
            largest=largest,
        )
        memory = memory or InMemoryStore()
        transport = HttpTransport(site, clock, ca=ca, proxy=Proxy(proxy) if proxy else None)
        stack.push_async_callback(transport.close)
        redactor = Redactor()
        session = Session(
            site,
            auth or TokenAuth(sim.token()),
            transport,
            clock,
            memory=memory,
            redactor=redactor,
        )
        limiter = RateLimiter(clock, requests=requests, per=per, first_after=0.0)

        async def note(change: HealthChange) -> None:
            await client.note(change)

        health = TrackerHealth(clock, memory, credentials=credentials, on_change=note)
        dispatcher = Dispatcher(session, limiter, health, clock)
        client = Client(
            sim, site, clock, memory, transport, limiter, session, health, dispatcher, redactor
        )
        return client

    return make


@pytest.fixture
def me(sim: Simulator) -> LoginAuth:
    """A user without a second factor."""
    return LoginAuth("me", sim.world.user("me").password)


@pytest.fixture
def twofa(sim: Simulator) -> LoginAuth:
    """A user with one."""
    user = sim.world.user("twofa1")
    return LoginAuth(user.name, user.password, user.totp)
