"""The ways in which the answers of actions can be watched."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from gazelled.model import Params
from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.listing import Listing
from gazelled.tracker.catalogue.param_validation import encode


@dataclass(frozen=True, slots=True)
class Shape:
    """
    A way in which the answer of an action can be watched.

    Attributes:
        action: The action.
        listing: How the answer is read.
        params: An example of what a watch of it sends.

    """

    action: Action
    listing: Listing
    params: Params

    @property
    def name(self) -> str:
        """What is asked, as one types it."""
        return f"{self.action.name} {self.listing.example}".strip()


def shapes() -> tuple[Shape, ...]:
    """List all that can be watched item by item, or as one thing."""
    return tuple(
        Shape(action, listing.of(params), params)
        for action in ACTIONS.values()
        for listing in action.listings
        for params in [_sent(action, listing)]
    )


def _sent(action: Action, listing: Listing) -> Params:
    given = dict(each.split("=", 1) for each in shlex.split(listing.example))
    params = dict(action.gentle(encode(action, given))) | dict(listing.with_)
    return tuple(sorted(params.items()))
