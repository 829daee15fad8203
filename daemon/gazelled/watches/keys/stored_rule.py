"""
The rule of a watch as a text, which is kept with what was seen and read again later.

It holds what was asked, as it was sent, and which items, as it was written:
`{"ask", "with", "kind", "match", "if", "until", "fields", "own"}`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from gazelled.fields import FieldType
from gazelled.model import Call, Lane, Params
from gazelled.plugin.kinds import AnyKind
from gazelled.rules import (
    NO_DEMANDS,
    NO_EXTENSIONS,
    CompileContext,
    Extensions,
    Rule,
    parse_expression,
    parse_match,
)
from gazelled.tracker.catalogue import Listing
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.watch import WatchRule

RULE_KEYS = ("match", "if", "until", "fields")
"""The keys of a watch that say which items it is for."""

Mistake = tuple[tuple[str, ...], str]
"""A path from the table of a watch to a key, and a sentence."""


def write_rule(
    ask: str,
    params: Params,
    kind: AnyKind,
    keys: Mapping[str, object],
    own: Mapping[str, object] | None = None,
) -> str:
    """
    Write down what is asked and which items; a renamed watch is known by that very text.

    Args:
        params: The parameters of the watch, as they are sent.
        keys: Those of `RULE_KEYS` that stand in its table; `match` always.
        own: Those that its kind has for itself.

    """
    rule: dict[str, object] = {"ask": ask, "with": dict(params), "kind": kind.name}
    rule |= {name: keys[name] for name in RULE_KEYS if name in keys}
    return json.dumps(rule | ({"own": own} if own else {}), default=str)


def read_rule(text: str, terms: RuleTerms, *, is_new: bool = False) -> WatchRule:
    """
    Read a rule that was kept; earlier versions wrote down only `ask`, `match` and `if`.

    Args:
        text: The rule.
        terms: What it may ask for.
        is_new: Whether somebody has just written it, so that it was never valid.

    Raises:
        ValueError: With a sentence, if it can't be read, or asks for what isn't there any more.

    """
    try:
        rule = json.loads(text)
        return _read(rule if isinstance(rule, dict) else {}, terms)
    except (ValueError, RecursionError) as error:
        own = isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError)
        reason = str(error) if own else "it is not JSON"
        once_valid = "" if is_new else " any more"
        raise ValueError(f"the rule can't be read{once_valid}: {reason}") from error


def _read(rule: Mapping[str, object], terms: RuleTerms) -> WatchRule:
    ask, params = str(rule.get("ask", "")), rule.get("with")
    action = terms.dialect.action(ask)
    if action is None:
        raise ValueError(f'there is no action "{ask}"')
    pairs = params.items() if isinstance(params, dict) else ()
    sent: Params = tuple(sorted((str(name), str(value)) for name, value in pairs))
    listing = action.listing(sent)
    name = str(rule.get("kind", terms.kinds.default(listing).name))
    kind = terms.kinds.get(name)
    if kind is None or not kind.serves(listing):
        gone = "" if kind else f"; no plugin that is loaded has this kind{terms.kinds.hint}"
        raise ValueError(f'{ask} serves no watch of kind = "{name}"{gone}')
    call = call_of(ask, sent, listing, kind)
    built, mistakes = make_rule(call, listing, kind, rule, extensions=terms.extensions)
    for path, sentence in mistakes:
        raise ValueError(f"{'.'.join(path)}: {sentence}")
    return built


def call_of(
    ask: str, params: Params, listing: Listing | None, kind: AnyKind, lane: Lane = Lane.PERSON
) -> Call:
    """Make the call of a watch: a source that is followed adds parameters of its own."""
    added = dict(listing.with_ if listing and kind.follows else ())
    return Call(ask, tuple(sorted((dict(params) | added).items())), lane)


def demands_by_key(rule: WatchRule) -> Iterator[tuple[str, Rule]]:
    """Return what is demanded by the key that demands it last: `if` for `match`, too."""
    yield "if", rule.demanded
    yield "until", rule.cleared or NO_DEMANDS


def make_rule(
    call: Call,
    listing: Listing | None,
    kind: AnyKind,
    keys: Mapping[str, object],
    fields: Mapping[str, FieldType] | None = None,
    elsewhere: Collection[str] = (),
    *,
    extensions: Extensions = NO_EXTENSIONS,
) -> tuple[WatchRule, list[Mistake]]:
    """
    Make a rule of the keys that say which items a watch is for, without what is wrong in them.

    Args:
        keys: Those of `RULE_KEYS` that are written.
        fields: The fields that may be looked at; those of the listing when None.
        elsewhere: More fields that other answers have.
        extensions: The fields and functions that plugins add.

    """
    if not kind.reads_items:
        return WatchRule(call=call, listing=None, kind=kind), []
    if fields is None:
        fields = kind.fields_of(listing) if listing else {}
    known = {**extensions.types, **fields}
    context = CompileContext(known, call.action, elsewhere, extensions.functions)
    mistakes: list[Mistake] = []

    def expression(name: str) -> Rule:
        if name not in keys:
            return NO_DEMANDS
        parsed, sentences = parse_expression(str(keys[name]), context)
        mistakes.extend(((name,), sentence) for sentence in sentences)
        return parsed

    table, changing = keys.get("match"), keys.get("fields")
    match, wrong = parse_match(table if isinstance(table, dict) else {}, context)
    mistakes += [(("match", *path), sentence) for path, sentence in wrong]
    condition, until = expression("if"), expression("until")
    rule = WatchRule(
        call=call,
        listing=listing,
        kind=kind,
        match=match if kind.raises else match & condition,
        raised=condition if kind.raises else NO_DEMANDS,
        cleared=until if "until" in keys else None,
        fields=tuple(dict.fromkeys(map(str, changing))) if isinstance(changing, list) else (),
    )
    return rule, mistakes
