"""What rows of several actions share."""

from __future__ import annotations

from gazelled.fields import TEXT, FieldType
from gazelled.tracker.catalogue.listing import Column


def at(*path: str, escaped: bool = False, type_: FieldType = TEXT) -> Column:
    """Return where a column stands in an entry."""
    return Column(path, type_, escaped=escaped)
