"""
How close requests come at the tracker, under everything that disturbs them.

    python tests/benchmarks/bench_pace.py            # about three minutes
    python tests/benchmarks/bench_pace.py --quick    # about half a minute

Each condition has a simulated tracker of its own, where arrivals are judged: no two may be closer
than `per` (with two requests a window: no three within it), and the tracker's own limiter, which
lets nothing more through, may never refuse. The exit code is 1 if that happens.

`used` is the share of the tracker's slots that a backlog used. `of ideal` compares it with
P/(P+RTT), the most that the rule of pace can use; RTT is what a request took from its slot to the
headers of its answer. The log-in page isn't counted by the tracker's limiter but keeps the pace.
"""
# ruff: noqa: T201, S311 - printing is what it is for, and its dice hide no secret

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import structlog

from gazelled.cli.owner import send
from gazelled.cli.settings import Settings
from gazelled.clock import Clock
from gazelled.errors import GazelledError, TrackerError
from gazelled.model import Call, Lane
from gazelled.service.control.protocol import CallRequest
from gazelled.service.lock import described
from gazelled.testing import Fault, Simulator
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import Auth, LoginAuth, TokenAuth
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.rate_limiter import RateLimiter

JITTER = (0.005, 0.15)
BACKLOG = 4
GOAL = 0.995
ROUNDING = 1e-9
BETWEEN_KILLS = (1.0, 3.0)
OWNER_IS_KILLED = 0.8

Disturb = Callable[["Rig"], Awaitable[None]]


class JumpingClock(Clock):
    """A clock whose time of day is somewhere else at every look."""

    def now(self) -> datetime:
        """Return a time of day, days off."""
        return datetime.now(UTC) + timedelta(seconds=random.uniform(-1e6, 1e6))


@dataclass(frozen=True)
class Rig:
    """A tracker and who asks it."""

    sim: Simulator
    dispatcher: Dispatcher
    per: float

    async def windows(self, least: float, most: float) -> None:
        """Let some windows pass."""
        await asyncio.sleep(random.uniform(least, most) * self.per)

    async def fail(self, faults: Sequence[Fault], most: int = 1) -> None:
        """Fail now and then in one of some ways, and have a person resume again and again."""
        self.sim.settings.retry_after = "1"
        while True:
            self.sim.fail(random.choice(faults), times=random.randint(1, most))
            await self.windows(0.5, 2.5)
            await self.dispatcher.resume()


@dataclass
class Measured:
    """
    What was seen of a condition at its tracker, and by who asked.

    Attributes:
        per: The length of the window.
        requests: How many requests fit into it.
        at: When they arrived.
        limited: How many of them the tracker's limiter refused.
        slots: When each request had its slot, and when that ended.

    """

    per: float
    requests: int
    at: list[float] = field(default_factory=list)
    limited: int = 0
    slots: list[tuple[float, float]] = field(default_factory=list)

    @property
    def gaps(self) -> list[float]:
        """The seconds from each arrival to the one that must not be in its window."""
        later = self.at[self.requests :]
        return [second - first for first, second in zip(self.at, later, strict=False)]

    @property
    def violations(self) -> int:
        """How many came too close, or were refused for it."""
        return sum(gap < self.per - ROUNDING for gap in self.gaps) + self.limited

    @property
    def used(self) -> float:
        """The share of the tracker's slots that were used."""
        span = self.at[-1] - self.at[0] if self.at else 0.0
        return (len(self.at) - 1) * self.per / self.requests / span if span else 0.0

    @property
    def of_ideal(self) -> float:
        """The share of P/(P+RTT), by the clock of who asked."""
        took = [end - start for start, end in self.slots[:-1]]
        span = self.slots[-1][0] - self.slots[0][0]
        return (self.per * len(took) + sum(took)) / span


@dataclass(frozen=True)
class Condition:
    """
    Something that disturbs.

    Attributes:
        name: Its name.
        disturb: Goes on while requests are sent.
        jitter: The delay of the network, each way.
        requests: How many requests fit into a window.
        log_in: Whether to log in by name, password and second factor.
        steady: Whether all slots should be used, and the share of them is a result.
        closes_early: Whether the server closes idle connections when the next request is due.
        deadline: How long to wait for an answer, in windows.
        clock: Makes the clock of who asks.
        children: How many processes compete; none for the parts in this one.
        kills: Whether they are killed.

    """

    name: str
    disturb: Disturb | None = None
    jitter: tuple[float, float] = (0.0, 0.0)
    requests: int = 1
    log_in: bool = False
    steady: bool = False
    closes_early: bool = False
    deadline: float = 40.0
    clock: Callable[[], Clock] = Clock
    children: int = 0
    kills: bool = False


async def slowly(rig: Rig) -> None:
    """Send each answer in pieces."""
    rig.sim.settings.pieces, rig.sim.settings.pause = 5, rig.per / 8
    rig.sim.fail(Fault.SLOW)
    await asyncio.Event().wait()


async def sent_on(rig: Rig) -> None:
    """Redirect each request once."""
    rig.sim.fail(Fault.REDIRECT_SAME)
    await asyncio.Event().wait()


async def dropping(rig: Rig) -> None:
    """Let connections die under requests."""
    await rig.fail([Fault.DROP], most=3)


async def refusing(rig: Rig) -> None:
    """Refuse requests for the limit's sake, in all its words."""
    await rig.fail([Fault.RATE_LIMITED, Fault.NEW_RATE_REFUSAL, Fault.TOO_MANY], most=2)


ERRORS = (
    Fault.BAD_GATEWAY,
    Fault.RETRY_AFTER,
    Fault.EMPTY_500,
    Fault.SERVER_ERROR,
    Fault.HTML,
    Fault.NOT_JSON,
    Fault.CUT_OFF,
)


async def erring(rig: Rig) -> None:
    """Answer with errors."""
    await rig.fail(ERRORS, most=3)


async def hanging(rig: Rig) -> None:
    """Leave requests without an answer."""
    await rig.fail([Fault.HANG])


async def forgetting(rig: Rig) -> None:
    """End sessions; one that ends right after its log-in stops us, so a person resumes."""
    while True:
        await rig.windows(2, 6)
        rig.sim.expire_sessions()
        await rig.dispatcher.resume()


async def all_at_once(rig: Rig) -> None:
    """Do all of it."""
    faults = [*ERRORS, Fault.DROP, Fault.HANG, Fault.RATE_LIMITED, Fault.REDIRECT_SAME, Fault.SLOW]
    await asyncio.gather(rig.fail(faults), forgetting(rig))


CONDITIONS = (
    Condition("no jitter", steady=True),
    Condition("jitter 5-150 ms each way", jitter=JITTER, steady=True),
    Condition("slow answers", slowly, jitter=JITTER),
    Condition("connections dropped", dropping, jitter=JITTER),
    Condition("idle connections closed", jitter=(0.0, 0.002), closes_early=True),
    Condition("no answers", hanging, jitter=JITTER, deadline=0.5),
    Condition("redirects", sent_on, jitter=JITTER),
    Condition("refusals of the limit", refusing, jitter=JITTER),
    Condition("errors, resumed at once", erring, jitter=JITTER),
    Condition("log-ins", forgetting, jitter=JITTER, log_in=True),
    Condition("wall clock that jumps", refusing, jitter=JITTER, clock=JumpingClock),
    Condition("all at once", all_at_once, jitter=JITTER, log_in=True, deadline=1.0),
    Condition("two a window", jitter=JITTER, requests=2),
    Condition("two a window, all at once", all_at_once, jitter=JITTER, requests=2, deadline=1.0),
    Condition("four processes", jitter=JITTER, children=4),
    Condition("two processes, kill -9", jitter=JITTER, children=2, kills=True),
    Condition("four processes, kill -9", jitter=JITTER, children=4, kills=True),
)


async def measure(condition: Condition, per: float, seconds: float) -> Measured:
    """
    Ask under a condition.

    Args:
        condition: What disturbs.
        per: The length of the tracker's window in seconds.
        seconds: For how long.

    """
    async with Simulator(
        per=per,
        allowed=condition.requests,
        jitter=condition.jitter,
        close_after=per if condition.closes_early else 75.0,
    ) as sim:
        measured = Measured(per, condition.requests)
        work = compete if condition.children else backlog
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as limit:
                await work(condition, sim, measured, lambda: limit.reschedule(now() + seconds))
        measured.at = [arrival.at for arrival in sim.arrivals]
        measured.limited = sum(arrival.verdict == "limited" for arrival in sim.arrivals)
        return measured


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


# In this process


async def backlog(
    condition: Condition, sim: Simulator, measured: Measured, begin: Callable[[], None]
) -> None:
    """Let more calls wait than can be sent, for ever."""
    begin()
    words = count()

    async def ask(dispatcher: Dispatcher) -> None:
        while True:
            call = Call(
                "browse",
                (("searchstr", f"word{next(words)}"),),
                Lane.WATCH,
                deadline=condition.deadline * measured.per,
            )
            try:
                await dispatcher.call(call)
            except TrackerError:  # at once, when the action is known to fail
                await asyncio.sleep(measured.per / 10)

    async with dispatching(condition, sim, measured) as dispatcher, asyncio.TaskGroup() as group:
        for _ in range(BACKLOG * condition.requests):
            group.create_task(ask(dispatcher))
        if condition.disturb:
            group.create_task(
                until_cancelled(condition.disturb, Rig(sim, dispatcher, sim.limiter.per))
            )


async def until_cancelled(disturb: Disturb, rig: Rig) -> None:
    """Disturb, as a coroutine that a task can be made of."""
    await disturb(rig)


@asynccontextmanager
async def dispatching(
    condition: Condition, sim: Simulator, measured: Measured
) -> AsyncIterator[Dispatcher]:
    """Put the parts together that lie between a call and the network."""
    auth: Auth = TokenAuth(sim.token())
    if condition.log_in:
        user = sim.world.user("twofa1")
        auth = LoginAuth(user.name, user.password, user.totp)
    clock, memory = condition.clock(), InMemoryStore()
    site = Site(sim.url, sim.name, requests=condition.requests, per=measured.per)
    taken: list[float] = []

    def mark(under_way: bool) -> None:  # noqa: FBT001 - the rate limiter's
        if under_way:
            taken.append(time.monotonic())
        elif taken:
            measured.slots.append((taken[-1], time.monotonic()))

    limiter = RateLimiter(
        clock, requests=condition.requests, per=measured.per, first_after=0.0, mark=mark
    )
    transport = HttpTransport(site, clock)
    session = Session(site, auth, transport, clock, memory=memory)
    dispatcher = Dispatcher(session, limiter, TrackerHealth(clock, memory), clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(transport.close)
        yield await stack.enter_async_context(running(dispatcher))


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[Dispatcher]:
    """Serve a dispatcher's queue."""
    async with dispatcher.running():
        yield dispatcher


# In processes of their own


async def compete(
    condition: Condition, sim: Simulator, measured: Measured, begin: Callable[[], None]
) -> None:
    """Let processes ask for persons on one state folder, and kill them when told to."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        config = Path(folder) / "config.toml"
        write_config(config, sim.url, measured.per)
        environ = os.environ | {"GAZELLED_BENCH_TOKEN": sim.token()}
        children = [await child(folder, environ) for _ in range(condition.children)]
        try:
            await started(sim)
            begin()
            while True:
                await asyncio.sleep(random.uniform(*BETWEEN_KILLS))
                if condition.kills:
                    victim = chosen_victim(children, Path(folder) / "state")
                    await kill(children[victim])
                    children[victim] = await child(folder, environ)
        finally:
            for each in children:
                await kill(each)


async def started(sim: Simulator) -> None:
    """Wait until a process has come so far as to ask."""
    for _ in range(1200):
        if sim.arrivals:
            return
        await asyncio.sleep(0.05)


def chosen_victim(children: Sequence[asyncio.subprocess.Process], state: Path) -> int:
    """Choose the owner, most of the time: it may have a request under way."""
    owner = described(state).get("pid")
    owners = [number for number, each in enumerate(children) if each.pid == owner]
    return (
        owners[0]
        if owners and random.random() < OWNER_IS_KILLED
        else random.randrange(len(children))
    )


def write_config(file: Path, url: str, per: float) -> None:
    """Write the least config."""
    file.write_text(
        f'[tracker]\nurl = "{url}"\ntoken = {{ env = "GAZELLED_BENCH_TOKEN" }}\n'
        f"[tracker.limit]\nper = {per}\n"
    )


async def child(folder: str, environ: dict[str, str]) -> asyncio.subprocess.Process:
    """Start a process that asks for ever."""
    return await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--child", folder, env=environ, stdout=asyncio.subprocess.DEVNULL
    )


async def kill(process: asyncio.subprocess.Process) -> None:
    """End a process as a crash does."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    await process.wait()


async def ask_for_ever(folder: Path) -> None:
    """Do what `gazelled call` does, again and again: ask the owner, or be it."""
    settings = Settings(os.environ, config=folder / "config.toml", state=folder / "state")
    for number in count():
        request = CallRequest("browse", {"searchstr": f"{os.getpid()} {number}"})
        with suppress(GazelledError):
            await send(settings, request, lambda _: None)


# The table


def show(condition: Condition, measured: Measured) -> None:
    """Print the line of a condition."""
    ideal = f"{measured.of_ideal:8.2%}" if condition.steady else ""
    smallest = min(measured.gaps, default=float("nan")) / measured.per
    print(
        f"{condition.name:28} {len(measured.at):8} {smallest:10.4f} {measured.violations:10}"
        f" {measured.used:8.1%} {ideal:>9}",
        flush=True,
    )


async def main(*, quick: bool, per: float, seconds: float, chosen: str) -> int:
    """Print a line for each condition; return the exit code."""
    conditions = [each for each in CONDITIONS if chosen in each.name]
    print(f"per = {per:g} s, {seconds:g} s each{', quick' if quick else ''}")
    print(f"{'':28} {'':8} {'smallest':>10} {'':10} {'':8} {'of':>9}")
    print(f"{'condition':28} {'arrivals':>8} {'gap / per':>10} {'violations':>10}", end="")
    print(f" {'used':>8} {'ideal':>9}")
    violations, low = 0, []
    for own_process in (False, True):
        group = [each for each in conditions if bool(each.children) is own_process]
        window = max(per, 0.3) if own_process else per
        length = max(seconds, 12.0) if own_process else seconds
        measured = await asyncio.gather(*(measure(each, window, length) for each in group))
        for condition, seen in zip(group, measured, strict=True):
            show(condition, seen)
            violations += seen.violations
            if condition.steady and seen.of_ideal < GOAL:
                low.append(condition.name)
    print(f"{violations} violations; below {GOAL:.1%} of the ideal: {', '.join(low) or 'none'}")
    return 1 if violations else 0


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="How close requests come at the tracker.")
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    parser.add_argument("--per", type=float, help="the tracker's window in seconds")
    parser.add_argument("--seconds", type=float, help="how long each condition lasts")
    parser.add_argument("--only", default="", metavar="WORDS", help="conditions with these words")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    told = arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clients that are killed
    if told.child:
        asyncio.run(ask_for_ever(told.child))
    sys.exit(
        asyncio.run(
            main(
                quick=told.quick,
                per=told.per or (0.2 if told.quick else 1.5),
                seconds=told.seconds or (8.0 if told.quick else 80.0),
                chosen=told.only,
            )
        )
    )
