"""
The API for kinds of watch: what a watch reports and remembers of a look.

A kind is an object of a subclass of `Kind`, which `gazelled_kinds` registers. Its `decide` gets a
`Look` and returns an `Outcome`: events, and marks for the next look.
"""

from gazelled.fields import COUNT, SIZE, FieldType
from gazelled.model import Clause, Decision, FirstLook, Mark, MarkState
from gazelled.plugin.kinds.item_events import (
    Judged,
    by_data_set,
    data_set,
    event_of,
    field_label,
    field_of,
    field_value,
    item_of,
    news_events,
    occurrence,
)
from gazelled.plugin.kinds.watch_kind import AnyKind, Kind, Look, Outcome, early_items
from gazelled.plugin.kinds.watch_views import RuleView, SeenView, SourceView, WatchView

__all__ = [
    "COUNT",
    "SIZE",
    "AnyKind",
    "Clause",
    "Decision",
    "FieldType",
    "FirstLook",
    "Judged",
    "Kind",
    "Look",
    "Mark",
    "MarkState",
    "Outcome",
    "RuleView",
    "SeenView",
    "SourceView",
    "WatchView",
    "by_data_set",
    "data_set",
    "early_items",
    "event_of",
    "field_label",
    "field_of",
    "field_value",
    "item_of",
    "news_events",
    "occurrence",
]
