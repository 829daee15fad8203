"""Make a model of a payload, or say that it can't be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import Generic, TypeVar

from gazelled.errors import BadAnswer
from gazelled.tracker.decoding.payload import sanitize
from gazelled.tracker.decoding.reading import By, Drift, Odd, Reading
from gazelled.tracker.decoding.schema import AnswerModel, read
from gazelled.tracker.models.table import model_of

M = TypeVar("M", bound=AnswerModel)
M_co = TypeVar("M_co", bound=AnswerModel, covariant=True)


@dataclass(frozen=True, slots=True)
class Decoded(Generic[M_co]):
    """
    An answer as a model.

    Attributes:
        value: The model.
        drift: How the answer differs from it, each place once.

    """

    value: M_co
    drift: tuple[Drift, ...] = ()


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
        by: How the call was authenticated: what a token isn't told is None, never 0.

    Raises:
        Broken: If it isn't what the action answers, or is too deep or too large.

    """
    return decode_as(model_of(action, params), payload, zone=zone, by=by)


def decode_as(
    model: type[M], payload: object, *, zone: tzinfo = UTC, by: By = "cookie"
) -> Decoded[M]:
    """
    Read an answer as a model.

    Args:
        model: The model.
        payload: The decoded `response`.
        zone: The zone of the site's times.
        by: How the call was authenticated.

    Raises:
        Broken: If it isn't what the model tells of, or is too deep or too large.

    """
    reading = Reading(zone, by)
    try:
        value = read(model, sanitize(payload), reading)
    except Odd as odd:
        raise BadAnswer(f"The answer isn't {odd.expected}.") from None
    return Decoded(value, tuple(reading.drift.values()))
