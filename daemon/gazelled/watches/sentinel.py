"""The sentinel: one request that names what is new, so that much else need not be asked for it."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.listing import Listing

SENTINEL = "get_user_notifications"
"""The action that names news, blog and messages which are new; by itself a source, too."""


def heralded(calls: Mapping[str, Listing | None]) -> frozenset[str]:
    """
    Tell which sources are asked only when the sentinel names something new, and once a day anyway.

    With a single one to ask, the sentinel would save nothing.

    Args:
        calls: How each source is read, by its name; None for one that must be asked each time,
            since it serves more than what is new.

    """
    named = {name for name, listing in calls.items() if listing and listing.heralds}
    return frozenset(named if len(named | (calls.keys() & {SENTINEL})) > 1 else ())
