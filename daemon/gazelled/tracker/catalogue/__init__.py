"""
The action catalogue: what the tracker's API offers, as data.

    action = ACTIONS["browse"]                          # in catalogue.actions
    params = encode(action, {"filter_cat": ["Images"]})

A module for each family of actions holds all that is known of them, once.
"""

from __future__ import annotations

from gazelled.tracker.catalogue.action import (
    Action,
    Caveat,
    Effect,
    Parameter,
    Rows,
    Word,
)
from gazelled.tracker.catalogue.listing import (
    Column,
    Details,
    Listing,
    Order,
    Paging,
    Path,
    Source,
    When,
    holds,
)
from gazelled.tracker.catalogue.param_validation import Checked, check, encode
from gazelled.tracker.catalogue.vocabulary import SNAPSHOT, Vocabulary, read_vocabulary

__all__ = [
    "SNAPSHOT",
    "Action",
    "Caveat",
    "Checked",
    "Column",
    "Details",
    "Effect",
    "Listing",
    "Order",
    "Paging",
    "Parameter",
    "Path",
    "Rows",
    "Source",
    "Vocabulary",
    "When",
    "Word",
    "check",
    "encode",
    "holds",
    "read_vocabulary",
]
