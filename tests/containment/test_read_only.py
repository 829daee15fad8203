"""What plugins are handed can't be changed, and is what it was otherwise."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from gazelled.containment.read_only import ReadOnlyDict, read_only
from gazelled.model import Delivery, Event, EventKind, Item

CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda values: values.__setitem__("a", 2),
    lambda values: values.__delitem__("a"),
    lambda values: values.update(a=2),
    lambda values: values.setdefault("c", 3),
    lambda values: values.pop("a"),
    lambda values: values.popitem(),
    lambda values: values.clear(),
    lambda values: values.__ior__({"a": 2}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_mapping_stays_as_it_is(change: Callable[[dict[str, Any]], object]) -> None:
    """All the way down, in an event's fields too."""
    fields = {"a": 1, "b": {"a": 1, "list": [{"a": 1}]}}
    item = Item("1", "torrent", "yeast", fields=fields)
    event = Event("key", EventKind.NEW, "w", datetime(2026, 1, 1, tzinfo=UTC), "t", "", (item,))
    delivery = read_only(Delivery(event, "lab"))
    handed = cast("dict[str, Any]", delivery.event.item.fields)  # as a plugin may take it
    for values in (handed, handed["b"], handed["b"]["list"][0]):
        with pytest.raises(TypeError, match="can't be changed; change a copy"):
            change(values)
    assert delivery == Delivery(
        Event(
            "key",
            EventKind.NEW,
            "w",
            event.at,
            "t",
            "",
            (Item("1", "torrent", "yeast", fields={**fields, "b": {"a": 1, "list": ({"a": 1},)}}),),
        ),
        "lab",
    )
    assert fields == {"a": 1, "b": {"a": 1, "list": [{"a": 1}]}}


def test_copies_can_be_changed() -> None:
    """And it is JSON as any dictionary."""
    values = read_only({"a": [1, {"b": 2}]})
    assert isinstance(values, ReadOnlyDict)
    assert json.loads(json.dumps(values)) == {"a": [1, {"b": 2}]}
    for made in (values.copy(), copy.copy(values), copy.deepcopy(values), dict(values)):
        assert type(made) is dict
        made["c"] = 3
    assert type(pickle.loads(pickle.dumps(values))) is dict  # noqa: S301 - our own
    deep = copy.deepcopy(values)
    deep["a"][1]["b"] = 3
    assert values == {"a": (1, {"b": 2})}
    assert read_only(values) is values
