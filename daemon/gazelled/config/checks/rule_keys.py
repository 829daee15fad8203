"""Checks which items a watch is for: `match`, `if`, `until` and `fields`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gazelled.config.checks.request import Asked
from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
from gazelled.config.stored_rule import tellable
from gazelled.config.tables import WatchTable
from gazelled.fields import FieldType
from gazelled.rules import Expression, Match, parse_expression, parse_match
from gazelled.rules.clauses import Demand
from gazelled.rules.lint import hints, never, one_of, over_at_once
from gazelled.rules.values import label
from gazelled.text import either, meant, unknown
from gazelled.tracker.catalogue import SNAPSHOT, Word
from gazelled.tracker.catalogue.actions import ACTIONS

FIELDS: Mapping[str, FieldType] = {
    name: kind
    for action in ACTIONS.values()
    for listing in action.listings
    for name, kind in {**listing.more, **listing.fields}.items()
}
"""Every field that some answer tells."""

_WORDS: Mapping[str, Word] = {
    "category": "category",
    "format": "format",
    "license": "license",
    "platform": "platform",
    "scope": "scope",
}
_SHOWN = 2
_NOTHING = Expression()
_CALL = 'kind = "call" hands over the whole answer, so {} has no meaning'


@dataclass(frozen=True, slots=True)
class Ruled:
    """
    Which items a watch is for.

    Attributes:
        match: What `match` demands, then what `if` does, unless it is an alert.
        raised: What makes an alert.
        cleared: What ends it; None if `until` isn't written.
        fields: The fields whose changes are told.

    """

    match: Match = field(default_factory=Match)
    raised: Expression = field(default_factory=Expression)
    cleared: Expression | None = None
    fields: tuple[str, ...] = ()


def check_rules(
    asked: Asked, table: WatchTable, given: set[str], strays: set[str], report: Report
) -> Ruled:
    """
    Check which items a watch is for.

    Args:
        asked: What it asks.
        table: Its table.
        given: The keys that stand in it, fitting or not.
        strays: Keys of the watch that landed in a table below it, and are told already.
        report: Where problems go.

    """
    alert = asked.kind == "alert"
    match = _match(asked, table, strays, report)
    condition = _expression("if", asked, table, strays, report)
    cleared = _expression("until", asked, table, strays, report)
    if alert and "if" not in given | strays:
        text = "missing; it says when the alert is raised, like if = 'seeders <= 1'"
        report.error((*asked.at, "if"), text)
    _doubt(asked, table, (*match.demands, *condition.conditions), "if", report)
    _doubt(asked, table, cleared.conditions, "until", report)
    if alert and cleared.conditions and over_at_once(condition, cleared):
        text = "this holds as soon as if does, so that the alert would be over at once"
        report.error((*asked.at, "until"), text)
    return Ruled(
        match=match if alert else Match((*match.demands, *condition.conditions)),
        raised=condition if alert else _NOTHING,
        cleared=cleared if alert and table.until else None,
        fields=_fields(asked, table, given | strays, report),
    )


def _match(asked: Asked, table: WatchTable, strays: set[str], report: Report) -> Match:
    key = (*asked.at, "match")
    left = {name: value for name, value in table.match.items() if name not in strays}
    if left and asked.kind == "call":
        report.error(key, _CALL.format("match"))
        return Match()
    told, more = _told(asked), _more(asked)
    for key_, name in [(each, each.removesuffix("_regex")) for each in left]:
        if name in more and name not in told:
            del left[key_]
            report.error((*key, key_), _dear(asked, name))
        if name in _blind(asked):
            report.error((*key, key_), _untold(asked, name))
    match, mistakes = parse_match(left, told, answer=asked.name, elsewhere=FIELDS)
    for path, sentence in mistakes:
        report.error((*key, *path), _listed(sentence, asked))
    return match


def _expression(
    name: str, asked: Asked, table: WatchTable, strays: set[str], report: Report
) -> Expression:
    """Check `if` or `until`."""
    key, text = (*asked.at, name), {"if": table.if_, "until": table.until}[name]
    field_name = {"if": "if_"}.get(name, name)
    if field_name not in table.model_fields_set or name in strays:
        return _NOTHING
    if asked.kind == "call":
        report.error(key, _CALL.format(name))
        return _NOTHING
    if name == "until" and asked.kind != "alert":
        report.error(key, 'it ends what kind = "alert" began; other kinds have no end')
        return _NOTHING
    told = {**_more(asked), **_told(asked)}
    expression, sentences = parse_expression(text, told, answer=asked.name, elsewhere=FIELDS)
    for sentence in sentences:
        report.error(key, _listed(sentence, asked))
    for each in sorted(expression.names - _told(asked).keys()):
        report.error(key, _dear(asked, each))
    for each in sorted(expression.names & _blind(asked)):
        report.error(key, _untold(asked, each))
    return expression


def _doubt(
    asked: Asked, table: WatchTable, demands: Sequence[Demand], written: str, report: Report
) -> None:
    """Tell what can never hold, and what is hardly meant."""

    def key(name: str) -> Key:
        given = {each.removesuffix("_regex"): each for each in table.match}
        inside = name in given and written == "if"
        return (*asked.at, "match", given[name]) if inside else (*asked.at, written)

    for name, sentence in never(demands):
        if not report.told(key(name)):
            report.error(key(name), sentence)
    for name, sentence in hints(demands):
        report.warn(key(name), sentence)
    for name, texts in one_of(demands):
        if _plainly(_unseen(asked, name)) >= _plainly(texts):
            told = f'{asked.name} never tells a token of "{texts[0]}"; that needs login or cookies'
            report.error(key(name), told)
        if name in _WORDS:
            for doubt in filter(None, (SNAPSHOT.doubt(_WORDS[name], each) for each in texts)):
                report.warn(key(name), doubt)
        values = asked.listing.values.get(name, ()) if asked.listing else ()
        for text in [each for each in texts if values and each.casefold() not in _plainly(values)]:
            there = meant(text, values) or f"; there is {either(values, 'and')}"
            report.warn(key(name), f'{asked.name} tells no {label(name)} "{text}"{there}')


def _plainly(texts: Sequence[str]) -> set[str]:
    return {each.casefold() for each in texts}


def _unseen(asked: Asked, name: str) -> tuple[str, ...]:
    """Name the values of a field that the log-in is never told."""
    return asked.listing.unseen.get(name, ()) if asked.listing and asked.blind else ()


def _listed(sentence: str, asked: Asked) -> str:
    """Say where all names are listed, if the sentence names none."""
    if asked.name and sentence.rpartition(": ")[2].startswith("unknown") and ";" not in sentence:
        return f"{sentence}; gazelled actions {asked.name} lists what there is"
    return sentence


def _fields(asked: Asked, table: WatchTable, given: set[str], report: Report) -> tuple[str, ...]:
    key = (*asked.at, "fields")
    listing = asked.listing
    if asked.kind != "change":
        if "fields" in given and "fields" in table.model_fields_set:
            report.error(key, f'only kind = "change" has fields, this is "{asked.kind}"')
        return ()
    told = {name: type_ for name, type_ in _told(asked).items() if name != "age"}
    if listing and not table.fields and not report.told(key):
        changing = sorted(
            told, key=lambda name: (name.endswith("id"), told[name].python in {str, tuple})
        )
        example = ", ".join(f'"{name}"' for name in changing[:_SHOWN])
        text = "missing; name" if "fields" not in given else "the list is empty; name"
        report.error(key, f"{text} what is told when it changes, like fields = [{example}]")
    for index, name in enumerate(table.fields):
        if name in _blind(asked):
            report.error((*key, index), _untold(asked, name))
        if report.told((*key, index)) or name in told:
            continue
        if name in _more(asked):
            report.error((*key, index), _dear(asked, name))
        elif name == "age":
            report.error((*key, index), "the age changes all the time")
        elif name in FIELDS:
            report.error((*key, index), f"{asked.name} doesn't tell the {label(name)}")
        else:
            report.error((*key, index), unknown(f'field "{name}"', name, told))
    return tuple(dict.fromkeys(table.fields))


def _told(asked: Asked) -> Mapping[str, FieldType]:
    """Name what rules may ask for; anything, if it isn't known what is asked."""
    return tellable(asked.listing, asked.kind) if asked.listing else FIELDS


def _more(asked: Asked) -> Mapping[str, FieldType]:
    """Name what only the details of each item tell."""
    return asked.listing.more if asked.listing else {}


def _blind(asked: Asked) -> frozenset[str]:
    """Name what the log-in is never told."""
    return frozenset(asked.listing.blind if asked.listing and asked.blind else ())


def _untold(asked: Asked, name: str) -> str:
    return f"{asked.name} doesn't tell a token the {label(name)}; that needs login or cookies"


def _dear(asked: Asked, name: str) -> str:
    return (
        f"{asked.name} tells the {label(name)} of one item at a time, and kind ="
        f' "{asked.kind}" would ask for each of them in every run; only kind = "new" can have it'
    )
