"""The models of all answers, by action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from types import MappingProxyType

from gazelled.tracker.catalogue.actions import ActionMethods
from gazelled.tracker.catalogue.endpoint import Endpoint
from gazelled.tracker.catalogue.own_account import Account
from gazelled.tracker.catalogue.own_uploads import MY_UPLOADS, MyUploads
from gazelled.tracker.decoding.reading import By
from gazelled.tracker.decoding.schema import AnswerModel, Anything, Decoded, decode_as


def declared(*families: type) -> dict[tuple[str, str], type[AnswerModel]]:
    """
    Return the models of families of endpoints, by action and `type`.

    The first one of an action is also the one without `type`.
    """
    models = dict[tuple[str, str], type[AnswerModel]]()
    for family in families:
        for endpoint in vars(family).values():
            if isinstance(endpoint, Endpoint):
                models.setdefault((endpoint.action, ""), endpoint.model)
                models[endpoint.action, endpoint.fixed.get("type", "")] = endpoint.model
    return models


MODELS: Mapping[tuple[str, str], type[AnswerModel]] = MappingProxyType(
    {("account", ""): Account, (MY_UPLOADS, ""): MyUploads, **declared(*ActionMethods.__bases__)}
)
"""The models, by action and by the `type` that changes the answer's shape."""


def model_of(action: str, params: Mapping[str, str] = MappingProxyType({})) -> type[AnswerModel]:
    """Return the model of an action's answer, or `Anything`; a `type` that is sent may decide."""
    plain = MODELS.get((action, ""), Anything)
    return MODELS.get((action, params.get("type", "")), plain)


def decode(
    action: str,
    payload: object,
    *,
    params: Mapping[str, str] = MappingProxyType({}),
    zone: tzinfo = UTC,
    by: By = "cookie",
) -> Decoded[AnswerModel]:
    """
    Read the answer of an action.

    Args:
        action: Its name.
        payload: The decoded `response`.
        params: What was sent with it.
        zone: The zone of the site's times.
        by: How the call was authenticated: what a token does not get is None, never 0.

    Raises:
        BadAnswer: If it isn't what the action answers, or is too deep or too large.

    """
    return decode_as(model_of(action, params), payload, zone=zone, by=by)
