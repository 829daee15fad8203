"""What rows of several actions share."""

from __future__ import annotations

from gazelled.tracker.catalogue.listing import Column


def at(*path: str, escaped: bool = False) -> Column:
    """Return where a column stands in an entry."""
    return Column(path, escaped=escaped)
