"""
The parameters of each action as types, for completion and for type checkers.

They say what the catalogue says, and a test holds them together. Names that end in `Items` are
for turning pages: what would change the order isn't among them.
"""

from __future__ import annotations

from typing import Literal, Required, TypedDict

from gazelled.tracker.catalogue.params import (
    ById,
    Number,
    OnePage,
    Stop,
)


class ByIdPage(ById, OnePage):
    """A page of one thing."""


class UserSearchItems(TypedDict):
    """`usersearch`."""

    search: str


class UserSearch(UserSearchItems, OnePage):
    """`usersearch`, one page."""


class UserSearchTurning(UserSearchItems, Stop):
    """`usersearch`, page by page."""


class OfUser(TypedDict):
    """Something of a user."""

    userid: Number


class UserRecents(OfUser, total=False):
    """`user_recents`."""

    limit: Number


class AutoFill(TypedDict, total=False):
    """`autofill`."""

    cat: str


class Recommendation(TypedDict, total=False):
    """`send_recommendation`."""

    friend: Required[Number]
    type: Required[Literal["torrent", "artist", "collage"]]
    id: Required[Number]
    note: str
