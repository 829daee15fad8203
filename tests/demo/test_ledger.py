"""The demo's books."""

from __future__ import annotations

from collections import Counter

import pytest

from gazelled.demo.ledger import FEED, JOURNAL, PHONE, Happening, Ledger

PLACES = (PHONE, FEED, JOURNAL)


def ledger(*found: str) -> Ledger:
    """Make books on one data set at ten that was found at some targets."""
    books = Ledger([Happening("S288C reads", "data set", "browse", 10.0, PLACES)])
    for place in found:
        books.headlines[place]["New: S288C reads"] += 1
    return books


@pytest.mark.parametrize(
    ("found", "asked", "told", "lost", "twice", "unseen"),
    [
        (PLACES, 12.0, 1, 0, 0, 0),
        ((PHONE, JOURNAL), 12.0, 0, 1, 0, 0),
        ((*PLACES, FEED), 12.0, 1, 0, 1, 0),
        ((), 12.0, 0, 1, 0, 0),
        ((), 9.0, 0, 0, 0, 1),
    ],
)
def test_what_happened_is_compared_with_what_arrived(
    found: tuple[str, ...], asked: float, told: int, lost: int, twice: int, unseen: int
) -> None:
    """Told is what is everywhere, lost what is missing somewhere though it was asked for."""
    figures = ledger(*found).figures({"browse": asked})
    assert (figures.delivered["data set"], figures.lost) == (told, lost)
    assert (figures.twice, figures.unseen) == (twice, unseen)


def test_what_needs_no_asking_is_due_at_once() -> None:
    """A notice can be lost without the tracker being asked."""
    books = Ledger([Happening("since 12:00", "outage", "", 0.0, (PHONE,))])
    assert books.figures({}).lost == 1


def test_a_feed_that_forgets_is_remembered() -> None:
    """An entry that left the feed was told nevertheless."""
    books = ledger()
    books.headlines[FEED] |= Counter(["New: S288C reads"])
    books.headlines[FEED] |= Counter(["New: W303 reads"])
    assert books.times(FEED, "S288C reads") == 1


def test_the_same_thing_may_happen_again() -> None:
    """A notice with the same words on another day is not one that came twice."""
    books = Ledger([Happening("since 12:00", "outage", "", at, (PHONE,)) for at in (1.0, 2.0)])
    books.headlines[PHONE]["BioTorrents.de hasn't answered since 12:00"] = 2
    figures = books.figures({})
    assert (figures.delivered["outage"], figures.lost, figures.twice) == (2, 0, 0)
