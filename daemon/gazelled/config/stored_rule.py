"""
The rule of a watch as a text, which is kept with what was seen and read again later.

It holds what was asked, as it was sent, and which items, as it was written:
`{"ask", "with", "kind", "match", "if", "until", "fields"}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from gazelled.config.model import Kind
from gazelled.fields import FieldType
from gazelled.model import Call, Lane, Params
from gazelled.rules import Expression, Match, parse_expression, parse_match
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.catalogue.actions import ACTIONS

_KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What a watch asked and which items it wanted.

    Attributes:
        call: What it asked, with what its stream adds.
        listing: How the answer is read as items; None for a watch that only calls.
        kind: What it did, see `gazelled.tracker.catalogue.WATCHED`.
        match: Which items fit.
        raised: What made an alert.
        cleared: What ended it; without any, that `raised` wasn't so.
        fields: The fields whose changes were told.

    """

    call: Call
    listing: Listing | None
    kind: Kind
    match: Match = field(default_factory=Match)
    raised: Expression = field(default_factory=Expression)
    cleared: Expression | None = None
    fields: tuple[str, ...] = ()


def default_kind(listing: Listing | None) -> Kind:
    """Tell the kind of a watch that names none."""
    return "new" if listing and "new" in listing.kinds else "call"


def tellable(listing: Listing, kind: Kind) -> Mapping[str, FieldType]:
    """Name the fields that a rule may ask for; for news also those that only details tell."""
    return {**(listing.more if kind == "new" else {}), **listing.fields}


def call_of(ask: str, params: Params, kind: Kind, lane: Lane = Lane.PERSON) -> Call:
    """
    Make the call of a watch: a stream of items adds parameters of its own.

    Args:
        ask: The action.
        params: The watch's parameters, as they are sent.
        kind: What the watch does.
        lane: Who asks.

    """
    listing = ACTIONS[ask].listing(params) if kind not in {"report", "call"} else None
    added = dict(listing.with_ if listing else ())
    return Call(ask, tuple(sorted((dict(params) | added).items())), lane)


def read_rule(text: str) -> Rule:
    """
    Read a rule that was kept; earlier versions wrote down only `ask`, `match` and `if`.

    Raises:
        ValueError: With a sentence, if it can't be read, or asks for what isn't there any more.

    """
    try:
        rule = json.loads(text)
        return _read(rule if isinstance(rule, dict) else {})
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the rule can't be read any more: {_reason(error)}") from error


def _read(rule: Mapping[str, object]) -> Rule:
    ask, params = str(rule.get("ask", "")), _params(rule)
    if ask not in ACTIONS:
        raise ValueError(f'there is no action "{ask}"')
    listing = ACTIONS[ask].listing(params)
    named = rule.get("kind", default_kind(listing))
    kind = next((each for each in _KINDS if each == named), None)
    if kind is None or (kind != "call" and (listing is None or kind not in listing.kinds)):
        raise ValueError(f'{ask} serves no watch of kind = "{named}"')
    call = call_of(ask, params, kind)
    if listing is None or kind == "call":
        return Rule(call, None, kind)
    told, table = tellable(listing, kind), rule.get("match")
    match, mistakes = parse_match(table if isinstance(table, dict) else {}, told, answer=ask)
    for path, sentence in mistakes:
        raise ValueError(f"{'.'.join(('match', *path))}: {sentence}")
    asked, until = (_expression(rule, name, told) for name in ("if", "until"))
    fields = rule.get("fields")
    return Rule(
        call=call,
        listing=listing,
        kind=kind,
        match=match if kind == "alert" else Match((*match.demands, *asked.conditions)),
        raised=asked if kind == "alert" else Expression(),
        cleared=until if "until" in rule else None,
        fields=tuple(map(str, fields)) if isinstance(fields, list) else (),
    )


def _params(rule: Mapping[str, object]) -> Params:
    given = rule.get("with")
    pairs = given.items() if isinstance(given, dict) else ()
    return tuple(sorted((str(name), str(value)) for name, value in pairs))


def _expression(rule: Mapping[str, object], name: str, told: Mapping[str, FieldType]) -> Expression:
    if name not in rule:
        return Expression()
    expression, sentences = parse_expression(str(rule[name]), told, answer=str(rule["ask"]))
    for sentence in sentences:
        raise ValueError(f"{name}: {sentence}")
    return expression


def _reason(error: Exception) -> str:
    known = isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError)
    return str(error) if known else "it isn't JSON"
