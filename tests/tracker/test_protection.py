"""The account is protected: from the lock-out after refused log-ins, and when others use it too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.testing import Fault
from gazelled.tracker.answers.classification import Consequence
from gazelled.tracker.answers.health import HealthChange, TrackerHealth, TrackerState
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import LoginAuth
from gazelled.tracker.login.login_lockout import LockoutGuard

if TYPE_CHECKING:
    from .conftest import Connect

PER = 6.0
WRONG = LoginAuth("me", "wrong-password-12345")

CALL = Call("index")


class Leaping(Clock):
    """A clock whose time of day leaps when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Return the seconds that passed."""
        return super().monotonic() + self.ahead.total_seconds()


async def test_three_refused_log_ins_are_all(connect: Connect) -> None:
    """However often a person resumes with wrong credentials, half a day has three of them."""
    client = connect(WRONG)
    texts = []
    for _ in range(10):
        texts.append((await client.ask("index")).text)
        await client.session.resume()
    assert client.asked == ["/login.php"] * 3
    assert texts[2].startswith("The tracker refuses user name or password")
    assert texts[3] == texts[9]
    until = datetime.now().astimezone() + timedelta(hours=12)
    assert texts[3].startswith("The tracker has refused log-ins, and locks this address out")
    assert f"{until:%Y-%m-%d}" in texts[3]


async def test_a_restart_forgets_no_refusal(connect: Connect, me: LoginAuth) -> None:
    """New processes and other credentials have the same three: the tracker counts by address."""
    memory = InMemoryStore()
    for auth in (WRONG, LoginAuth("you", "wrong-password-12345"), WRONG, WRONG):
        client = connect(auth, memory=memory)
        assert (await client.ask("index")).consequence is Consequence.STOPPED
    client = connect(me, memory=memory)
    assert (await client.ask("index")).consequence is Consequence.STOPPED
    assert client.asked == ["/login.php"] * 3


async def test_a_success_forgets_no_refusal(connect: Connect, me: LoginAuth) -> None:
    """The tracker's count isn't reset by a success, so ours isn't either."""
    memory = InMemoryStore()
    for auth in (WRONG, WRONG, me, WRONG):
        await connect(auth, memory=memory).ask("index")
    client = connect(LoginAuth("twofa1", "wrong-password-12345"), memory=memory)
    await client.ask("index")
    assert client.asked.count("/login.php") == 4


async def test_the_failures_of_others_count(connect: Connect) -> None:
    """When the tracker says that few tries are left, those of a browser included, none is made."""
    for _ in range(3):
        await connect(LoginAuth("you", "wrong-password-12345")).ask("index")
    client = connect(WRONG)
    for _ in range(5):
        await client.ask("index")
        await client.session.resume()
    assert client.asked == ["/login.php"] * 4


async def test_trouble_is_no_refusal(connect: Connect, me: LoginAuth) -> None:
    """A log-in page that can't answer, or bans us, has not looked at the password."""
    client = connect(me)
    client.sim.fail(Fault.BAD_GATEWAY, times=4)
    for _ in range(4):
        await client.ask("index")
        await client.session.resume()
    assert (await client.ask("index")).consequence is Consequence.OK


@pytest.mark.parametrize(
    ("left", "hours"),
    [((None, None, None), 12), ((5, 4, 3), 12), ((2,), 12), ((1,), 7 * 24), ((0,), 12)],
)
async def test_when_it_may_be_tried_again(left: tuple[int | None, ...], hours: int) -> None:
    """Half a day later; with a last try left at the tracker, a week."""
    clock, memory = Leaping(), InMemoryStore()
    guard = LockoutGuard("tracker.example", clock, memory)
    for each in left:
        assert await guard.block() is None
        await guard.begin()
        await guard.refused(each)
    found = await guard.block()
    assert found
    assert found.stops
    assert 0 <= (clock.now() + timedelta(hours=hours) - found.until).total_seconds() < 60
    assert await LockoutGuard("other.example", clock, memory).block() is None
    clock.ahead = timedelta(hours=hours)
    assert await guard.block() is None


async def test_a_leap_of_the_wall_clock_ends_too() -> None:
    """Refusals noted by a clock that was years ahead count from when it was set right."""
    clock = Leaping()
    guard = LockoutGuard("tracker.example", clock, InMemoryStore())
    clock.ahead = timedelta(days=700)
    for _ in range(3):
        await guard.begin()
        await guard.refused(None)
    clock.ahead = timedelta()
    assert await guard.block()
    clock.ahead = timedelta(hours=12, minutes=1)
    assert await guard.block() is None


# Someone else uses the account


async def refuse(
    health: TrackerHealth, clock: Leaping, times: int = 1, minutes: float = 1.0
) -> None:
    """Be refused, a while after what was before."""
    for _ in range(times):
        clock.ahead += timedelta(minutes=minutes)
        await health.limited(6.0, after=None)
        clock.ahead += timedelta(minutes=minutes)
        await health.answered(CALL)


@pytest.fixture
def changes() -> list[HealthChange]:
    """What was told."""
    return []


@pytest.fixture
def watched(changes: list[HealthChange]) -> tuple[TrackerHealth, Leaping, InMemoryStore]:
    """Return a tracker's state that has had an answer, its clock and its memory."""
    return made(changes, Leaping(), InMemoryStore())


def made(
    changes: list[HealthChange], clock: Leaping, memory: InMemoryStore
) -> tuple[TrackerHealth, Leaping, InMemoryStore]:
    """Make a tracker's state that tells what is news, without the refusals themselves."""

    async def note(change: HealthChange) -> None:
        changes.extend([change] if change.state is not TrackerState.LIMITED else [])

    return TrackerHealth(clock, memory, on_change=note), clock, memory


Watched = tuple[TrackerHealth, Leaping, InMemoryStore]


async def test_someone_else_is_noticed_once(changes: list[HealthChange], watched: Watched) -> None:
    """The third refusal within an hour is somebody else's doing; more of them only slow us down."""
    health, clock, _ = watched
    await health.answered(CALL)
    slowness = []
    for _ in range(6):
        await refuse(health, clock)
        slowness.append(health.shared_use.slowness)
    assert slowness == [1, 1, 2, 4, 8, 8]
    assert [change.state for change in changes] == [TrackerState.SHARED]


async def test_an_hour_without_a_refusal_ends_it(
    changes: list[HealthChange], watched: Watched
) -> None:
    """The first answer after it brings the full pace back, which is told once."""
    health, clock, _ = watched
    await health.answered(CALL)
    await refuse(health, clock, 4)
    clock.ahead += timedelta(minutes=58)
    await health.answered(CALL)
    assert health.shared_use.slowness == 4
    clock.ahead += timedelta(minutes=2)
    for _ in range(2):
        await health.answered(CALL)
    assert health.shared_use.slowness == 1
    assert [change.state for change in changes] == [TrackerState.SHARED, TrackerState.ALONE]
    assert changes[0].since == changes[1].since
    await refuse(health, clock, 2)
    assert health.shared_use.slowness == 1
    assert len(changes) == 2


async def test_refusals_far_apart_are_nobody(changes: list[HealthChange], watched: Watched) -> None:
    """What happens now and then has other reasons."""
    health, clock, _ = watched
    await health.answered(CALL)
    await refuse(health, clock, 12, minutes=16)
    assert health.shared_use.slowness == 1
    assert changes == []


async def test_a_start_proves_nothing(changes: list[HealthChange]) -> None:
    """The first request after a start may be refused for what the predecessor asked."""
    clock, memory = Leaping(), InMemoryStore()
    for _ in range(9):
        health, _, _ = made(changes, clock, memory)
        await health.recall()
        await refuse(health, clock)
    assert changes == []


async def test_a_resume_proves_nothing(changes: list[HealthChange], watched: Watched) -> None:
    """When a person lets us ask before it is time, a refusal is no wonder."""
    health, clock, _ = watched
    await health.answered(CALL)
    for _ in range(9):
        await health.resume()
        await refuse(health, clock)
    assert changes == []


async def test_several_at_once_are_one(changes: list[HealthChange], watched: Watched) -> None:
    """Refusals of requests that were under way together are one refusal."""
    health, clock, _ = watched
    await health.answered(CALL)
    for _ in range(2):
        clock.ahead += timedelta(minutes=1)
        for _ in range(4):
            await health.limited(6.0, after=None)
    assert changes == []


async def test_it_survives_a_restart(changes: list[HealthChange], watched: Watched) -> None:
    """A new process goes on as slowly, and as the same trouble; it counts on, too."""
    health, clock, memory = watched
    await health.answered(CALL)
    await refuse(health, clock, 2)
    health, _, _ = made(changes, clock, memory)
    await health.recall()
    await health.answered(CALL)
    await refuse(health, clock)
    assert health.shared_use.slowness == 2
    again, _, _ = made(changes, clock, memory)
    await again.recall()
    assert again.shared_use.slowness == 2
    assert [change.state for change in changes] == [TrackerState.SHARED, TrackerState.SHARED]
    assert changes[0].since == changes[1].since
    clock.ahead += timedelta(hours=2)
    await again.answered(CALL)
    assert [change.state for change in changes[2:]] == [TrackerState.ALONE]


async def test_the_pace_slows_down_at_the_tracker(connect: Connect) -> None:
    """While it goes on, requests are twice as far apart, then four and eight times."""
    client = connect()
    async with client.dispatcher.running():
        await client.dispatcher.call(Call("index"))
        for slowness in (1, 1, 2, 4, 8):
            client.sim.fail(Fault.RATE_LIMITED, times=1)
            await client.dispatcher.call(Call("stats"))
            assert client.health.shared_use.slowness == slowness
        await client.dispatcher.call(Call("index"))
        await client.dispatcher.call(Call("stats"))
    assert client.states.count(TrackerState.SHARED) == 1
    assert client.sim.gaps()[-1] >= 8 * PER


async def test_no_limit_is_believed_until_a_refusal(connect: Connect) -> None:
    """An account without a limit that is refused pauses all the same, and slows down."""
    client = connect(per=0.0)
    async with client.dispatcher.running():
        for times in (1, 3):
            client.sim.fail(Fault.RATE_LIMITED, times=times)
            await client.dispatcher.call(Call("index"))
    assert client.health.shared_use.slowness == 2
    assert client.sim.gaps()[0] >= PER
    assert client.sim.gaps()[2] >= PER
