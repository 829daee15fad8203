"""Types of parameters that several actions share, with what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypedDict

from gazelled.tracker.action import Parameter

Number = int | str
"""A whole number, also written as a text."""
Words = str | Sequence[str]
"""A text with commas between its words, or a list of words."""
Categories = str | int | Sequence[str | int]
"""Categories of data sets, by name or number."""
Switch = bool | Literal["yes", "no"]
Way = Literal["ascending", "descending"]
PageNumber = Annotated[Number, Parameter("the page, from 1", number=True, default="1")]


class Stop(TypedDict, total=False):
    """Where to stop turning pages: whatever comes first."""

    newest: int
    """After so many."""
    until: datetime
    """Before the first that is older."""
    until_id: int
    """Before the one with this id, which was seen before."""


class Marking(TypedDict):
    """Reading that marks something as read, which has to be said."""

    mark_read: Literal[True]
