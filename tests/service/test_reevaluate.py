"""Deciding again, demand by demand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.kinds import KINDS

from gazelled.explain.reevaluate import NOT_ASKED, reevaluate, same
from gazelled.model import Item
from gazelled.service.control.codec import encode
from gazelled.watches.keys.kinds import Kinds
from gazelled.watches.keys.rule_terms import RuleTerms

TERMS = RuleTerms(KINDS)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEM = Item("63", "torrent", "Reads", tags=("yeast",), size=2**30, fields={"license": "CC BY"})


def rule(kind: str = "new", **more: object) -> str:
    """Write a rule as it is kept."""
    return json.dumps({"ask": "browse", "with": {}, "kind": kind, **more})


def decided(text: str) -> Any:  # noqa: ANN401 - it is JSON
    """Decide on the item."""
    return encode(reevaluate(text, ITEM, NOON, TERMS))


def test_a_kind_that_is_not_loaded_any_more_is_named() -> None:
    """`why` says so, with the plugins that may have it."""
    terms = RuleTerms(Kinds(KINDS.values(), left_out=["lab"]))
    judged = reevaluate('{"ask": "browse", "kind": "trend", "match": {}}', ITEM, NOON, terms)
    assert judged.verdict is None
    assert judged.problem == (
        'the rule can\'t be read any more: browse serves no watch of kind = "trend"; no plugin that'
        ' is loaded has this kind; the plugin "lab", which is not loaded, may have it'
    )


def test_demands_stand_as_in_the_config() -> None:
    """Tables, bounds, and the parts of an expression, each with what the item has."""
    match = {"tags": {"any": ["yeast"]}, "size": {"min": "1 MiB", "max": "5 GiB"}}
    text = rule(match=match, **{"if": 'license == "CC BY" and (size > "2 GiB" or "x" in title)'})
    found = decided(text)
    assert found["verdict"] is False
    assert found["clauses"] == [
        {"asked": 'tags.any = ["yeast"]', "has": "yeast", "holds": True},
        {
            "asked": 'size.min = "1 MiB", size.max = "5 GiB"',
            "has": "1 MiB ≤ 1 GiB ≤ 5 GiB",
            "holds": True,
        },
        {"asked": 'license == "CC BY"', "has": "CC BY", "holds": True},
        {
            "asked": 'size > "2 GiB" or "x" in title',
            "has": 'size > "2 GiB" or "x" in title isn\'t so: size 1 GiB, title Reads',
            "holds": False,
        },
    ]


def test_what_is_asked_for_last() -> None:
    """What only the item's own page tells isn't asked for where something else doesn't hold."""
    match = {"license": ["CC0"], "files": {"any": ["*.fasta"]}}
    _, files = decided(rule(match=match))["clauses"]
    assert files["holds"] is None
    assert files["has"].endswith(NOT_ASKED)
    match["license"] = ["CC BY"]
    _, files = decided(rule(match=match))["clauses"]
    assert files["has"] == "files unknown"


def test_an_alert_has_what_raises_it() -> None:
    """Its `if` is decided beside its match."""
    text = rule("alert", match={"title": "reads"}, **{"if": 'size > "2 GiB"'})
    found = decided(text)
    holds = [each["holds"] for each in found["clauses"]]
    assert (found["verdict"], holds) == (False, [True, False])


def test_a_rule_that_can_not_be_read() -> None:
    """It is said, and decides nothing."""
    found = decided('{"ask": "nonsense"}')
    assert (found["verdict"], found["clauses"]) == (None, [])
    assert found["problem"].startswith("the rule can't be read any more")


def test_rules_that_want_the_same() -> None:
    """How they are written doesn't matter."""
    assert same(rule(match={"license": "CC0"}), rule(match={"license": ["CC0"]}), TERMS)
    assert not same(rule(match={"license": "CC0"}), rule(), TERMS)
    assert not same(rule(), "nonsense", TERMS)
