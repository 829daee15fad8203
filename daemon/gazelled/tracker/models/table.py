"""Which model an action's answer has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gazelled.tracker.catalogue.actions import ENDPOINTS
from gazelled.tracker.catalogue.endpoint import DeclaredEndpoint, DeclaredPagedEndpoint
from gazelled.tracker.decoding.schema import AnswerModel
from gazelled.tracker.models.lists import UserRecents
from gazelled.tracker.models.people import CommunityStats, Friends, Index, User, UserSearch
from gazelled.tracker.models.site import (
    Anything,
    LoadAverage,
    Manifest,
    Ontology,
    Stats,
)


def _declared() -> dict[tuple[str, str], type[AnswerModel]]:
    """Return the models of the endpoints; the first one of an action is the one without `type`."""
    found = dict[tuple[str, str], type[AnswerModel]]()
    for family in ENDPOINTS:
        for endpoint in vars(family).values():
            if isinstance(endpoint, DeclaredEndpoint | DeclaredPagedEndpoint):
                spec = endpoint.spec
                found.setdefault((spec.action, ""), spec.model)
                found[spec.action, spec.fixed.get("type", "")] = spec.model
    return found


MODELS: Mapping[tuple[str, str], type[AnswerModel]] = MappingProxyType(
    {
        **_declared(),
        ("community_stats", ""): CommunityStats,
        ("get_friends", ""): Friends,
        ("index", ""): Index,
        ("loadavg", ""): LoadAverage,
        ("manifest", ""): Manifest,
        ("ontology", ""): Ontology,
        ("stats", ""): Stats,
        ("user", ""): User,
        ("user_recents", ""): UserRecents,
        ("usersearch", ""): UserSearch,
    }
)
"""The models, by action and by the `type` that changes the answer's shape."""


def model_of(action: str, params: Mapping[str, str] = MappingProxyType({})) -> type[AnswerModel]:
    """
    Tell the model of an action's answer; `Anything` when there is none.

    Args:
        action: Its name.
        params: What is sent with it; `type` decides for some.

    """
    plain = MODELS.get((action, ""), Anything)
    return MODELS.get((action, params.get("type", "")), plain)
