"""
Data sets that were put together: collages, bookmarks, matches of filters, latest, suggestions.

Sizes are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import Model
from gazelled.tracker.decoding.types import (
    Escaped,
    Known,
    Raw,
    Text,
)


class RecentGroup(Model):
    """A data set that a user uploaded or downloaded lately; `artists` as they came."""

    id: Known = field(key="ID")
    name: Escaped = field(key="Name")
    wiki_image: Text = field(key="WikiImage")
    artists: Raw = None
