"""One owner of an account on a machine, whoever and wherever it is."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gazelled.clock import Clock
from gazelled.errors import TrackerUnavailable
from gazelled.testing import Simulator
from gazelled.tracker import Login, Profile, Token, connect
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login import account_lock
from gazelled.tracker.login.account_lock import HeldLock, Holder, lock_name, peer_of, take
from gazelled.tracker.login.ownership import AccountTaken, Ownership
from gazelled.tracker.sites.site import Site

NOBODY = 65534
KEY = b"key"
QUICK = Profile("quick", "A pretend site", per=1.0)
NEEDS_ROOT = pytest.mark.skipif(
    os.getuid() != 0, reason="only root can start another user's process"
)

HOLD = """
import asyncio, os, sys
from pathlib import Path
from gazelled.tracker.login.account_lock import take

async def hold():
    lock = await take(sys.argv[1], sys.argv[2].encode(), Path("/run/theirs.sock"))
    print(type(lock).__name__, flush=True)
    await asyncio.to_thread(sys.stdin.read)

if sys.argv[3] != "0":
    import concurrent.futures.thread  # imported now: afterwards no file may be readable
    os.setgroups([])
    os.setresgid(*[int(sys.argv[3])] * 3)
    os.setresuid(*[int(sys.argv[3])] * 3)
asyncio.run(hold())
"""

SQUAT = """
import os, socket, sys
held = socket.socket(socket.AF_UNIX)
os.setresuid(*[int(sys.argv[3])] * 3)
held.bind("\\0" + sys.argv[1])
if sys.argv[2] != "deaf":
    held.listen(1)
print("squats", flush=True)
while sys.argv[2] not in {"deaf", "silent"}:
    asking, _ = held.accept()
    asking.recv(100)
    said = sys.argv[2].replace("PID", str(os.getpid())).replace("UID", sys.argv[3])
    asking.sendall(said.encode() + b"\\n")
    asking.close()
sys.stdin.read()
"""


@contextmanager
def child(
    code: str, name: str, about: str = "key", uid: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the block ends."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code, name, about, str(uid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() in {"HeldLock", "squats"}
        yield process
    finally:
        process.kill()
        process.communicate()


def fresh_name() -> str:
    """Make a name that no other test has."""
    return lock_name("test", os.urandom(8).hex())


async def held(name: str, key: bytes = KEY) -> Holder:
    """Return who has a name that is taken."""
    found = await take(name, key, None)
    assert isinstance(found, Holder)
    return found


async def test_a_name_has_one_holder() -> None:
    """The second one is told who has it; it is free when the first lets it go."""
    name = fresh_name()
    first = await take(name, KEY, Path("/run/mine.sock"))
    assert isinstance(first, HeldLock)
    found = await held(name)
    assert (found.peer.pid, found.peer.uid) == (os.getpid(), os.getuid())
    assert (found.is_gazelled, found.is_same) == (True, True)
    assert found.socket == Path("/run/mine.sock")
    assert not (await held(name, b"another key")).is_same
    first.release()
    again = await take(name, KEY, None)
    assert isinstance(again, HeldLock)
    again.release()


async def test_a_name_is_free_when_its_process_is_killed() -> None:
    """However it ends."""
    name = fresh_name()
    with child(HOLD, name) as process:
        found = await held(name)
        assert found.peer.pid == process.pid
        assert f"process {process.pid} of user " in str(found.peer)
        process.send_signal(signal.SIGKILL)
        process.wait()
        lock = await take(name, KEY, None)
        assert isinstance(lock, HeldLock)
        lock.release()


def test_a_name_says_nothing() -> None:
    """Whoever lists the names of the machine learns no site, no number and no secret."""
    name = lock_name("account", "tracker.example", "4711")
    assert name.startswith("gazelled/")
    assert "tracker" not in name
    assert name != lock_name("account", "tracker.example", "4712")
    assert name != lock_name("account", "tracker.example:8443", "4711")


@NEEDS_ROOT
async def test_another_user_who_knows_the_credentials_is_trusted() -> None:
    """Root hands its calls to another user's gazelled only if that proves what it knows."""
    name = fresh_name()
    with child(HOLD, name, uid=NOBODY) as process:
        found = await held(name)
        assert (found.peer.pid, found.peer.uid) == (process.pid, NOBODY)
        assert (found.is_gazelled, found.is_same) == (True, True)
        assert found.socket == Path("/run/theirs.sock")
        other = await held(name, b"another key")
        assert (other.is_gazelled, other.is_same, other.socket) == (True, False, None)


@NEEDS_ROOT
@pytest.mark.parametrize(
    "says",
    [
        "silent",
        "hello",
        "[]",
        "{}",
        '{"gazelled": 1, "pid": 1, "uid": 0, "socket": "/tmp/theirs"}',
        "[" * 3000,
        "x" * 100_000,
    ],
)
async def test_a_stranger_is_named_and_never_trusted(says: str) -> None:
    """Whoever else has the name, and whatever it says, it is a process of a user and no more."""
    name = fresh_name()
    with child(SQUAT, name, says, NOBODY) as process:
        found = await held(name)
        assert (found.peer.pid, found.peer.uid) == (process.pid, NOBODY)
        assert (found.is_gazelled, found.is_same, found.socket) == (False, False, None)


@NEEDS_ROOT
@pytest.mark.parametrize("proof", ["\\u00e9", "\\ud800", "00", ""])
async def test_a_proof_of_anything_proves_nothing(proof: str) -> None:
    """Whoever speaks as gazelled does is named as one; what it says is no reason to fail."""
    says = f'{{"gazelled": 1, "pid": PID, "uid": UID, "proof": "{proof}", "socket": "/tmp/x"}}'
    with child(SQUAT, name := fresh_name(), says, NOBODY):
        found = await held(name)
        assert (found.is_gazelled, found.is_same, found.socket) == (True, False, None)


async def test_a_name_that_nobody_listens_at_is_taken_all_the_same() -> None:
    """It can't be said who has it, and that it isn't gazelled can."""
    name = fresh_name()
    with child(SQUAT, name, "deaf"):
        found = await held(name)
        assert not found.is_gazelled
        assert "can't be seen" in str(found.peer)


async def test_secrets_of_the_holder_are_for_root_and_itself() -> None:
    """The holder's answer has a proof and a socket only for those who may have them."""
    name = fresh_name()
    lock = await take(name, KEY, Path("/run/mine.sock"))
    assert isinstance(lock, HeldLock)
    asker = type(peer_of(lock._listener))(1, NOBODY)
    assert set(lock._about(b"nonce", asker)) == {"gazelled", "pid", "uid"}
    lock.release()


class Claimant:
    """An account that wants to be owned, and what it was told to rest."""

    def __init__(self, url: str, auth: Token | Login, memory: InMemoryStore | None = None) -> None:
        self.memory = memory or InMemoryStore()
        self.rests: list[float] = []
        self.ownership = Ownership(
            Site(url, "pretend", per=6.0),
            auth,
            self.memory,
            clock=Clock(speed=1000.0),
            control=Path("/run/mine.sock"),
            rest=self.rests.append,
        )


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a site that no other test has."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{found.getsockname()[1]}"


async def test_the_same_credentials_exclude_each_other_at_once(url: str) -> None:
    """Nothing needs to be asked to see that."""
    first, second = Claimant(url, Token("t" * 40)), Claimant(url, Token("t" * 40))
    await first.ownership.claim()
    with pytest.raises(AccountTaken, match=f"process {os.getpid()} of user .* uses your account"):
        await second.ownership.claim()
    first.ownership.release()
    await second.ownership.claim()
    second.ownership.release()


async def test_other_credentials_of_the_same_account_exclude_each_other(url: str) -> None:
    """As soon as the number is known; until then nobody else looks for its own at the site."""
    first, second = Claimant(url, Token("t" * 40)), Claimant(url, Login("me", "p" * 20))
    await first.ownership.claim()
    with pytest.raises(AccountTaken, match="finding out which account"):
        await second.ownership.claim()
    await first.ownership.learn({"id": 5})
    await second.ownership.claim()
    with pytest.raises(AccountTaken, match="uses your account"):
        await second.ownership.learn({"id": 5})
    with pytest.raises(AccountTaken, match="uses your account"):
        await second.ownership.claim()
    first.ownership.release()
    await second.ownership.claim()
    second.ownership.release()


async def test_other_accounts_and_other_sites_go_beside_each_other(url: str) -> None:
    """Two numbers at a site, or one number at two sites, are two accounts."""
    first, second = Claimant(url, Token("t" * 40)), Claimant(url, Token("u" * 40))
    third = Claimant(f"{url[:-1]}0", Token("t" * 40))
    await first.ownership.claim()
    await first.ownership.learn({"id": 5})
    await second.ownership.claim()
    await second.ownership.learn({"id": 6})
    await third.ownership.claim()
    await third.ownership.learn({"id": 5})
    for each in (first, second, third):
        each.ownership.release()


async def test_who_cannot_know_how_the_last_owner_ended_waits_longer(url: str) -> None:
    """A new folder, one that met another owner, and one that takes over wait two windows."""
    memory = InMemoryStore()
    first = Claimant(url, Token("t" * 40), memory)
    await first.ownership.claim()
    await first.ownership.learn({"id": 5})
    first.ownership.release()
    assert first.rests == [12.0]
    again = Claimant(url, Token("t" * 40), memory)
    await again.ownership.claim()
    assert not again.ownership.must_ask
    assert again.rests == []
    again.ownership.release()
    other = Claimant(url, Token("t" * 40))
    await other.ownership.claim()
    with pytest.raises(AccountTaken):
        await again.ownership.claim()
    assert await other.memory.get_kv(other.ownership._memory_key) == '{"id": null, "shared": true}'
    other.ownership.release()
    await again.ownership.claim()
    assert again.rests == [12.0]
    again.ownership.release()
    later = Claimant(url, Token("t" * 40), memory)
    await later.ownership.claim()
    assert later.rests == [12.0]
    later.ownership.release()


async def test_an_owner_gives_way_to_a_newcomer(url: str) -> None:
    """Who knows its account lets another log-in find out whether it is the same one."""
    owner, newcomer = Claimant(url, Token("t" * 40)), Claimant(url, Login("me", "p" * 20))
    await owner.ownership.claim()
    await owner.ownership.learn({"id": 5})
    await newcomer.ownership.claim()
    order: list[str] = []

    async def ask() -> None:
        await owner.ownership.give_way()
        order.append("owner")

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0.01)
    order.append("newcomer")
    await newcomer.ownership.learn({"id": 6})
    await asking
    assert order == ["newcomer", "owner"]
    newcomer.ownership.release()
    late = Claimant(url, Login("you", "p" * 20))
    await late.ownership.claim()
    async with asyncio.timeout(1.0):
        await owner.ownership.give_way()  # not again so soon, whoever holds the name
    late.ownership.release()
    owner.ownership.release()


@NEEDS_ROOT
async def test_no_stranger_holds_an_owner_up(url: str) -> None:
    """A squatter of the site's name is not waited for."""
    owner = Claimant(url, Token("t" * 40))
    await owner.ownership.claim()
    await owner.ownership.learn({"id": 5})
    with child(SQUAT, owner.ownership._site_name, "hello", NOBODY):
        before = owner.ownership._clock.monotonic()
        await owner.ownership.give_way()
        assert owner.ownership._gives_way_from < before
    owner.ownership.release()


@NEEDS_ROOT
async def test_a_stranger_that_answers_nobody_stays_named(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue of connections is soon full, and the kernel then names nobody any more."""
    monkeypatch.setattr(account_lock, "ANSWER_WITHIN", 0.2)
    claimant = Claimant(url, Token("t" * 40))
    with child(SQUAT, claimant.ownership._credentials_name, "silent", NOBODY) as stranger:
        for _ in range(4):  # more than fit into the queue
            with pytest.raises(AccountTaken, match=f"process {stranger.pid} of user"):
                await claimant.ownership.claim()


async def test_nothing_secret_is_kept(url: str) -> None:
    """The number is kept by a hash of the credentials."""
    claimant = Claimant(url, Login("somebody", "a-long-password-of-mine"))
    await claimant.ownership.claim()
    await claimant.ownership.learn({"id": 5})
    claimant.ownership.release()
    kept = repr(vars(claimant.memory))
    assert '"id": 5' in kept
    assert "somebody" not in kept
    assert "password" not in kept


async def test_a_site_that_does_not_tell_the_number(url: str) -> None:
    """Its own lock stays in the place of the account's: two of its accounts aren't told apart."""
    first, second = Claimant(url, Token("t" * 40)), Claimant(url, Token("u" * 40))
    await first.ownership.claim()
    await first.ownership.learn({"id": None})
    assert not first.ownership.must_ask
    with pytest.raises(AccountTaken):
        await second.ownership.claim()
    first.ownership.release()


async def test_a_script_is_told_who_has_the_account(tmp_path: Path) -> None:
    """The client library locks the account too, and asks whose it is once for each folder."""
    async with Simulator(clock=Clock(speed=200.0), per=1.0) as sim:
        token = Token(sim.token())
        for _ in range(2):
            async with connect(
                sim.url, token, profile=QUICK, clock=sim.clock, folder=tmp_path
            ) as api:
                await api.stats()
        assert [each.action for each in sim.arrivals] == ["index", "stats", "stats"]
        daemon = Claimant(sim.url, token)
        await daemon.ownership.claim()
        with pytest.raises(TrackerUnavailable, match=f"process {os.getpid()} of user"):
            async with connect(sim.url, token, profile=QUICK, clock=sim.clock):
                pass
        daemon.ownership.release()


@pytest.mark.parametrize("turns", range(8))
async def test_a_release_hangs_up_on_who_has_just_come(tmp_path: Path, turns: int) -> None:
    """However far the loop has come with a connection, a release doesn't leave it open."""
    name = lock_name("hung up", str(tmp_path))
    lock = await take(name, KEY, None)
    assert isinstance(lock, HeldLock)
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(f"\0{name}")
        for _ in range(turns):
            await asyncio.sleep(0)
        lock.release()
        for _ in range(8):
            await asyncio.sleep(0)
        asker.setblocking(False)  # noqa: FBT003 - as the library has it
        try:
            received = asker.recv(1)
        except ConnectionResetError:
            received = b""
        assert received == b""


@pytest.mark.parametrize("turns", range(4))
async def test_nothing_is_left_open_by_a_start_that_is_cancelled(
    tmp_path: Path, turns: int
) -> None:
    """However far it has come; pytest fails for a socket that leaks."""
    taking = asyncio.create_task(take(lock_name("cancelled", str(tmp_path)), KEY, None))
    for _ in range(turns):
        await asyncio.sleep(0)
    taking.cancel()
    (lock,) = await asyncio.gather(taking, return_exceptions=True)
    if isinstance(lock, HeldLock):
        lock.release()
    del taking, lock
    gc.collect()
