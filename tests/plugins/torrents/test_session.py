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


def borrow(session: Session, made: Recorded, patience: float = LONG) -> Recorded:
    """Return the client that a session lends where it could have this one."""
    with session.use(lambda: made, patience) as client:
        assert isinstance(client, Recorded)
        return client


def test_the_client_is_kept() -> None:
    """The next delivery has the same."""
    session, first = Session(), Recorded()
    assert borrow(session, first) is first
    assert borrow(session, Recorded()) is first
    assert not first.closed


def test_one_that_was_idle_too_long_is_opened_anew() -> None:
    """The old one is closed."""
    session, first, second = Session(), Recorded(idle=-1.0), Recorded()
    borrow(session, first)
    assert borrow(session, second) is second
    assert first.closed


@pytest.mark.parametrize(
    ("error", "kept"),
    [(RetryLater("full"), True), (GiveUp("broken"), True), (ValueError("CANARY"), False)],
)
def test_after_an_error_of_its_library_it_is_opened_anew(error: Exception, *, kept: bool) -> None:
    """What the plugin itself raised is no such error; what the library said isn't repeated."""
    session, first = Session(), Recorded()

    def fail() -> None:
        with session.use(lambda: first, LONG):
            raise error

    with pytest.raises((RetryLater, GiveUp)) as caught:
        fail()
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert first.closed is not kept
    assert (borrow(session, Recorded()) is first) is kept


def test_a_thread_that_hangs_keeps_its_client_to_itself() -> None:
    """The first that waits for it is told so, and the next one has another client."""
    session, first, second = Session(), Recorded(), Recorded()
    begun, ends = threading.Event(), threading.Event()

    def hang() -> None:
        with session.use(lambda: first, LONG):
            begun.set()
            ends.wait(LONG)

    thread = threading.Thread(target=hang)
    thread.start()
    assert begun.wait(LONG)
    with pytest.raises(RetryLater, match="has not ended yet"):
        borrow(session, second, 0.01)
    assert borrow(session, second) is second
    ends.set()
    thread.join(LONG)
    assert borrow(session, Recorded()) is second
    assert (first.closed, second.closed) == (True, False)


def test_sessions_are_no_difference_between_options() -> None:
    """Equal options are equal, whatever is connected."""
    session = Session()
    borrow(session, Recorded())
    assert session == Session()
    assert hash(session) == hash(Session())
