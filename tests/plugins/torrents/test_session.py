"""One connection for many deliveries."""

from __future__ import annotations

import threading

import pytest

from gazelled.plugin import GiveUp, RetryLater, TorrentFile
from gazelled_plugins.torrents.session import Session

LONG = 30.0


class Recorded:
    """A client that records when it was closed."""

    where = "It"

    def __init__(self, idle: float = LONG) -> None:
        self.idle = idle
        self.closed = False

    def check(self) -> None:
        """Do nothing."""

    def version(self) -> str:
        """Have none."""
        return ""

    def has(self, file: TorrentFile) -> bool:
        """Have nothing."""
        del file
        return False

    def add(self, file: TorrentFile) -> None:
        """Take it."""

    def free(self) -> int | None:
        """Know nothing."""
        return None

    def unfinished(self) -> int:
        """Need nothing."""
        return 0

    def close(self) -> None:
        """Be closed."""
        self.closed = True

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return the kind of the error, and nothing of what it says."""
        return RetryLater(type(error).__name__)


class Clients:
    """Makes a session that opens these clients, one after the other."""

    def __init__(self, *made: Recorded, patience: float = LONG) -> None:
        self.left = list(made)
        self.session = Session(lambda: self.left.pop(0), patience)

    def borrow(self) -> Recorded:
        """Return the client that the session lends."""
        with self.session.use() as client:
            assert isinstance(client, Recorded)
            return client


def test_the_client_is_kept() -> None:
    """The next delivery has the same; it is closed with the session."""
    first = Recorded()
    clients = Clients(first)
    assert clients.borrow() is first
    assert clients.borrow() is first
    clients.session.close()
    assert first.closed
    clients.session.close()


def test_one_that_was_idle_too_long_is_opened_anew() -> None:
    """The old one is closed."""
    first, second = Recorded(idle=-1.0), Recorded()
    clients = Clients(first, second)
    clients.borrow()
    assert clients.borrow() is second
    assert first.closed


@pytest.mark.parametrize(
    ("error", "kept"),
    [(RetryLater("full"), True), (GiveUp("broken"), True), (ValueError("CANARY"), False)],
)
def test_after_an_error_of_its_library_it_is_opened_anew(error: Exception, *, kept: bool) -> None:
    """What the plugin itself raised is no such error; what the library said isn't repeated."""
    first = Recorded()
    clients = Clients(first, Recorded())

    def fail() -> None:
        with clients.session.use():
            raise error

    with pytest.raises((RetryLater, GiveUp)) as caught:
        fail()
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert first.closed is not kept
    assert (clients.borrow() is first) is kept


@pytest.mark.parametrize("closes", [False, True], ids=["waited for", "closed meanwhile"])
def test_a_thread_that_hangs_keeps_its_client_to_itself(*, closes: bool) -> None:
    """The first that waits for it is told so, and the next one has another client."""
    first, second = Recorded(), Recorded()
    clients = Clients(first, second, patience=0.01)
    begun, ends = threading.Event(), threading.Event()

    def hang() -> None:
        with clients.session.use():
            begun.set()
            ends.wait(LONG)

    thread = threading.Thread(target=hang)
    thread.start()
    assert begun.wait(LONG)
    if closes:
        clients.session.close()
    else:
        with pytest.raises(RetryLater, match="has not ended yet"):
            clients.borrow()
        assert clients.borrow() is second
    ends.set()
    thread.join(LONG)
    assert first.closed
    assert clients.borrow() is second
    assert not second.closed
