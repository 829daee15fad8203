"""The differences of a site's API from the catalogue, and what is known to work, as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.answer_models import declared, model_of
from gazelled.tracker.catalogue.params import DOCUMENTS_ONLY
from gazelled.tracker.decoding.schema import AnswerModel

Evidence = Literal["verified", "documented", "unknown"]
"""
How an action is known to work at a site: it was requested and compared there, the site's
documentation or its published source describes it, or nothing of both.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """
    The API of a site: the catalogue, with what differs there in its place.

    Attributes:
        actions: The actions that differ, by name, whole.
        endpoints: The methods of the client for the actions whose answers differ.
        verified: The actions that were requested and compared.
        documented: The actions that the site's documentation or published source describes.

    """

    actions: Mapping[str, Action] = field(default_factory=dict)
    endpoints: type = object
    verified: Collection[str] = ()
    documented: Collection[str] = ()

    @property
    def names(self) -> Collection[str]:
        """The actions of the site, in the order of the catalogue."""
        return self.catalogue

    @property
    def catalogue(self) -> Mapping[str, Action]:
        """The actions as they are at the site, by name, in the order of the catalogue."""
        return {**ACTIONS, **self.actions}

    def action(self, name: str) -> Action | None:
        """Return an action as it is at the site; None if it is in no catalogue."""
        return self.actions.get(name) or ACTIONS.get(name)

    def model(
        self, action: str, params: Mapping[str, str] = MappingProxyType({})
    ) -> type[AnswerModel]:
        """Return the model of an action's answer; a `type` that is sent may decide."""
        model = declared(self.endpoints).get((action, params.get("type", "")))
        return model or model_of(action, params)

    def evidence(self, name: str) -> Evidence:
        """Return what is known of an action at the site."""
        if name in self.verified:
            return "verified"
        return "documented" if name in self.documented else "unknown"


GAZELLE = Dialect()
"""The catalogue at a site of which nothing is known."""

BIOTORRENTS = Dialect(
    verified=[name for name, action in ACTIONS.items() if action.source != DOCUMENTS_ONLY],
    documented=[name for name, action in ACTIONS.items() if action.source == DOCUMENTS_ONLY],
)
"""The API of the catalogue; verified with the application that the site published."""
