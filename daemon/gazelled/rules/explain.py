"""Why a predicate holds for an item, or doesn't: all words of that are here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gazelled.fields import SIZE, Amount
from gazelled.model import Clause, Item
from gazelled.rules.operands import Field, plain_tags
from gazelled.rules.predicates import (
    Compare,
    FitsPattern,
    HasFiles,
    HasTags,
    HasWords,
    IsFlag,
    IsNumber,
    IsOneOf,
    Predicate,
    Quoted,
    Range,
    Unvetoed,
    ValueTest,
)
from gazelled.text import either, shortened

_OUTCOMES = {True: "", False: " isn't so", None: " is unknown"}
_RELATIONS = {
    "<": "below",
    "≤": "at most",
    "=": "exactly",
    "≠": "anything but",
    "≥": "at least",
    ">": "above",
}
_TURNED = {"≥": " ≤ ", ">": " < "}
_LONGEST_TEXT = 60

Words = tuple[str, str]
"""What an item has, and what was wanted in its place."""


def explain(predicate: Predicate, item: Item, now: datetime) -> Clause:
    """Explain what became of a part of a rule: a `Quoted`, or one that `explains_itself`."""
    if isinstance(predicate, Quoted):
        holds = predicate.holds(item, now)
        fields = {field.name: field for field in predicate.fields()}
        values = ", ".join(_describe(fields[name], item, now) for name in sorted(fields))
        return Clause(holds, f"{predicate.text}{_OUTCOMES[holds]}: {values}")
    if isinstance(predicate, Unvetoed):
        return Clause(predicate.holds(item, now), predicate.vetoes.get(item.id, "not vetoed"))
    assert isinstance(predicate, ValueTest)  # noqa: S101 - it explains itself
    field = predicate.operand
    assert isinstance(field, Field)  # noqa: S101 - likewise
    value = field.value(item, now)
    if value is None:
        return Clause(None, f"{field.label} unknown")
    holds = predicate.test(value)
    return Clause(holds, *_EXPLAINED[type(predicate)](predicate, field, value, holds))


def explains_itself(predicate: Predicate) -> bool:
    """Return whether there are words for a predicate; else it has to be quoted."""
    of_field = isinstance(predicate, ValueTest) and isinstance(predicate.operand, Field)
    return of_field and type(predicate) in _EXPLAINED


def _number(predicate: IsNumber, field: Field, value: float, holds: bool) -> Words:  # noqa: FBT001 - one signature for all
    write = _amount(field).write
    wanted = "" if holds else either([write(number) for number in predicate.wanted])
    return f"{field.label} {write(value)}", wanted


def _comparison(predicate: Compare, field: Field, value: float, holds: bool) -> Words:  # noqa: FBT001 - likewise
    amount = _amount(field)
    shown, bound = amount.show_beside(value, predicate.bound), amount.write(predicate.bound)
    has, relation = f"{field.label} {shown}", f"{_RELATIONS[predicate.sign]} {bound}"
    return (f"{has}, {relation}", "") if holds else (has, relation)


def _range(predicate: Range, field: Field, value: float, holds: bool) -> Words:  # noqa: FBT001 - likewise
    amount = _amount(field)
    bounds = [(part.sign, amount.write(part.bound)) for part in predicate.parts]
    if not holds:
        shown = amount.show_beside(value, *(part.bound for part in predicate.parts))
        wanted = either([f"{_RELATIONS[sign]} {bound}" for sign, bound in bounds], "and")
        return f"{field.label} {shown}", wanted
    shown = amount.show(value)
    (sign, bound), *upper = bounds
    amounts = [bound, shown, upper[0][1]] if upper else [shown, bound]
    signs = [_TURNED[sign], f" {upper[0][0]} "] if upper else [f" {sign} "]
    if field.type is SIZE:  # the unit stands once where all share it
        unit = amounts[-1][amounts[-1].index(" ") :]
        if all(text.endswith(unit) for text in amounts):
            amounts = [text.removesuffix(unit) for text in amounts[:-1]] + amounts[-1:]
    text = amounts[0] + "".join(map(str.__add__, signs, amounts[1:]))
    return text if field.name == "size" else f"{field.label} {text}", ""


def _flag(predicate: IsFlag, field: Field, value: bool, holds: bool) -> Words:  # noqa: FBT001 - likewise
    del predicate
    text = field.label if value else f"not {field.label}"
    return text, "" if holds else "the opposite"


def _one_of(predicate: IsOneOf, field: Field, value: str | tuple[str, ...], holds: bool) -> Words:  # noqa: FBT001 - likewise
    if holds:
        return ", ".join(predicate.common(value)), ""
    shown = value if isinstance(value, str) else ", ".join(value)
    return f"{field.label} {shown}", either(predicate.wanted)


def _words(predicate: HasWords, field: Field, value: str, holds: bool) -> Words:  # noqa: FBT001 - likewise
    if holds:
        only_one = len(predicate.entries) == 1
        return predicate.entries[0] if only_one else str(predicate.fitting(value)), ""
    entries = [f'"{entry}"' for entry in predicate.entries]
    return f"{field.label} without {either(entries)}", ""


def _pattern(predicate: FitsPattern, field: Field, value: str, holds: bool) -> Words:  # noqa: FBT001 - likewise
    if holds:
        pattern, *others = predicate.patterns
        if others and not pattern.fits(value):
            pattern = next(other for other in others if other.fits(value))
        return f"{field.label} matches {pattern.text}", ""
    wanted = either([pattern.text for pattern in predicate.patterns])
    return f"{field.label} doesn't match {wanted}", ""


def _tags(predicate: HasTags, field: Field, value: tuple[str, ...], holds: bool) -> Words:  # noqa: FBT001 - likewise
    del field
    present = plain_tags(value)
    pairs = zip(predicate.wanted, predicate.plain, strict=True)
    common = [tag for tag, plain in pairs if plain in present]
    if predicate.how == "none":
        unwanted = f"not {either(predicate.wanted)}"
        return unwanted if holds else f"tagged {either(common, 'and')}, not wanted", ""
    if holds:
        return ", ".join(common), ""
    wanted = either(predicate.wanted, "and" if predicate.how == "all" else "or")
    tags = f"tags {', '.join(sorted(present))}" if present else "no tags"
    return tags, wanted


def _files(predicate: HasFiles, field: Field, value: tuple[str, ...], holds: bool) -> Words:  # noqa: FBT001 - likewise
    del field
    fitting = {
        glob.text: next((name for name in value if glob.fits(name)), None)
        for glob in predicate.globs
    }
    names = ", ".join(
        dict.fromkeys(
            shortened(name, _LONGEST_TEXT) for name in fitting.values() if name is not None
        )
    )
    missing = [text for text, name in fitting.items() if name is None]
    if predicate.how == "none" and not holds:
        return f"file {names}, not wanted", ""
    return names if names and holds else f"no file {either(missing)}", ""


_EXPLAINED: Mapping[type[Predicate], Callable[[Any, Field, Any, bool], Words]] = {
    Compare: _comparison,
    FitsPattern: _pattern,
    HasFiles: _files,
    HasTags: _tags,
    HasWords: _words,
    IsFlag: _flag,
    IsNumber: _number,
    IsOneOf: _one_of,
    Range: _range,
}


def _describe(field: Field, item: Item, now: datetime) -> str:
    """Write what an item has: "seeders 3", "not freeleech", "licence unknown"."""
    value = field.value(item, now)
    match value:
        case None:
            return f"{field.label} unknown"
        case bool():
            return field.label if value else f"not {field.label}"
        case str():
            return f"{field.label} {shortened(value, _LONGEST_TEXT)}"
        case tuple():
            texts = shortened(", ".join(value), _LONGEST_TEXT)
            return f"{field.label} {texts}" if value else f"no {field.label}"
        case _:
            return f"{field.label} {_amount(field).show(value)}"


def _amount(field: Field) -> Amount:
    assert field.type.amount is not None  # noqa: S101 - what is compared with a number is one
    return field.type.amount
