"""Which sources the sentinel speaks for."""

from __future__ import annotations

import pytest

from gazelled.tracker.listing import Column, Listing, Source
from gazelled.watches.sentinel import SENTINEL, heralded

PLAIN = Listing((Source("thing", (), (("id",),), Column(("title",)), "x", {}),))
INBOX = Listing(PLAIN.sources, heralds=("Inbox",))
NEWS = Listing(PLAIN.sources, heralds=("News", "Blog"))


@pytest.mark.parametrize(
    ("calls", "named"),
    [
        ({}, set()),
        ({"inbox": INBOX, "browse": PLAIN}, set()),
        ({"inbox": INBOX, "announcements": NEWS}, {"inbox", "announcements"}),
        ({"inbox": INBOX, SENTINEL: PLAIN}, {"inbox"}),
        ({"inbox": INBOX, SENTINEL: None}, {"inbox"}),
        ({"inbox": None, SENTINEL: PLAIN}, set()),
        ({"inbox": INBOX, "inbox sort=unread": INBOX}, {"inbox", "inbox sort=unread"}),
    ],
)
def test_it_speaks_for_others_where_that_saves_requests(
    calls: dict[str, Listing | None], named: set[str]
) -> None:
    """One source alone is asked itself, and so is one that must be seen whole."""
    assert heralded(calls) == named
