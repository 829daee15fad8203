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
    Word,
)
from gazelled.tracker.catalogue.answer_lists import Column, Path
from gazelled.tracker.catalogue.listing import (
    Details,
    ItemList,
    Listing,
    Order,
    Paging,
    When,
    holds,
)
from gazelled.tracker.catalogue.param_validation import Checked, check, encode
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.catalogue.vocabulary import SNAPSHOT, Vocabulary, read_vocabulary

__all__ = [
    "SNAPSHOT",
    "Action",
    "AnswerTable",
    "Caveat",
    "Checked",
    "Column",
    "Details",
    "Effect",
    "ItemList",
    "Listing",
    "Order",
    "Paging",
    "Parameter",
    "Path",
    "Vocabulary",
    "When",
    "Word",
    "check",
    "encode",
    "holds",
    "read_vocabulary",
]
