"""Match tables: a shorter way to write predicates."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from gazelled.fields import AGE, COUNT, FILES, NUMBER, SIZE, TAGS, WORDS, FieldType, number
from gazelled.rules.context import CompileContext
from gazelled.rules.operands import Field, field_of, words
from gazelled.rules.patterns import Pattern, parse_glob, parse_pattern
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
    Range,
    shared,
)
from gazelled.rules.rule import Rule
from gazelled.text import either, unknown

Mistake = tuple[tuple[str, ...], str]
"""A key path inside the table and a sentence."""

_BOUNDS = {"min": "≥", "max": "≤"}
_HOW = ("any", "all", "none")
_REGEX = "_regex"
_EXAMPLES = {
    AGE: 'write {key}.max = "7d" or {key}.min = "1d"',
    SIZE: 'write {key}.min = "1 GiB" or {key}.max = "50 GiB"',
}

_Parsed = Iterator[Predicate | Mistake]
_T = TypeVar("_T")


def parse_match(table: Mapping[str, object], context: CompileContext) -> tuple[Rule, list[Mistake]]:
    """Read a match table: what could be read, and a sentence for each key that could not."""
    parts: list[Predicate] = []
    mistakes: list[Mistake] = []
    for key, value in table.items():
        for parsed in _parse_key(sys.intern(key), value, context):
            if isinstance(parsed, Predicate):
                parts.append(shared(parsed))
            else:
                mistakes.append(parsed)
    return Rule(tuple(parts)), mistakes


def written_keys(table: Mapping[str, object]) -> Iterator[str]:
    """Yield the parts of a match table as they are written: one for each part of its rule."""
    for key, value in table.items():
        if not isinstance(value, dict):
            yield f"{key} = {_toml(value)}"
        elif value.keys() & _BOUNDS.keys():
            yield ", ".join(f"{key}.{name} = {_toml(bound)}" for name, bound in value.items())
        else:
            yield from (f"{key}.{how} = {_toml(wanted)}" for how, wanted in value.items())


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _parse_key(key: str, value: object, context: CompileContext) -> _Parsed:
    try:
        if type_ := context.types.get(key):
            yield from _parser(type_)(field_of(key, type_), value)
        else:
            yield _regex(key, value, context)
    except ValueError as error:
        yield (key,), str(error)


def _regex(key: str, value: object, context: CompileContext) -> Predicate:
    name = sys.intern(key.removesuffix(_REGEX))
    type_ = context.types.get(name)
    if type_ is None:
        keys = [field + _REGEX for field in context.types] if "_re" in key else ["title_regex"]
        missing = context.missing(name, "match")
        raise ValueError(missing or unknown("key", key, {*context.types, *keys}))
    if type_.python is not str:
        raise ValueError(f"{name} is {type_.noun}, and a pattern looks into a text")
    patterns = _listed(value, "expected a pattern or a list of patterns, like 'S288C|W303'")
    return FitsPattern(field_of(name, type_), tuple(map(parse_pattern, patterns)))


def _parser(type_: FieldType) -> Callable[[Field, object], _Parsed]:
    if type_.amount:
        return _number if type_ in {COUNT, NUMBER} else _range
    if type_.python is bool:
        return _flag
    return {FILES: _files, TAGS: _tags, WORDS: _words}.get(type_, _one_of)


def _words(field: Field, value: object) -> _Parsed:
    yield HasWords(field, _texts(value))


def _one_of(field: Field, value: object) -> _Parsed:
    yield IsOneOf(field, _texts(value))


def _flag(field: Field, value: object) -> _Parsed:
    if not isinstance(value, bool):
        raise ValueError("expected true or false, without quotes")  # noqa: TRY004 - a mistake of a person
    yield IsFlag(field, value)


def _tags(field: Field, value: object) -> _Parsed:
    if not isinstance(value, dict):
        raise ValueError("write tags.any = […], tags.all = […] or tags.none = […]")  # noqa: TRY004 - likewise
    yield from _any_all_none(field, value, _texts, HasTags)


def _files(field: Field, value: object) -> _Parsed:
    if not isinstance(value, dict):
        raise ValueError('write files.any = "*.fasta", files.all = […] or files.none = […]')  # noqa: TRY004 - likewise
    yield from _any_all_none(field, value, _globs, HasFiles)


def _any_all_none(
    field: Field,
    table: Mapping[str, object],
    parse: Callable[[object], tuple[_T, ...]],
    make: Callable[[Field, str, tuple[_T, ...]], Predicate],
) -> _Parsed:
    for how, value in table.items():
        if how not in _HOW:
            yield (field.name, how), unknown("key", how, _HOW)
            continue
        try:
            yield make(field, sys.intern(how), parse(value))
        except ValueError as error:
            yield (field.name, how), str(error)


def _number(field: Field, value: object) -> _Parsed:
    if isinstance(value, dict):
        yield from _range(field, value)
        return
    numbers = [number(entry) for entry in (value if isinstance(value, list) else [value])]
    wanted = tuple(entry for entry in numbers if entry is not None)
    if not wanted or None in numbers:
        key = field.name
        raise ValueError(f"expected a number, a list of numbers, or {key}.min and {key}.max")
    yield IsNumber(field, wanted)


def _range(field: Field, value: object) -> _Parsed:
    key, amount = field.name, field.type.amount
    if not isinstance(value, dict) or amount is None:
        raise ValueError(_EXAMPLES[field.type].format(key=key))
    bounds: dict[str, float] = {}
    for name, written in value.items():
        if name not in _BOUNDS:
            yield (key, name), f"unknown key; choose from {either(tuple(_BOUNDS), 'and')}"
            continue
        try:
            bounds[name] = amount.parse(written)
        except ValueError as error:
            yield (key, name), str(error)
    if len(bounds) > 1 and bounds["min"] > bounds["max"]:
        yield (key,), "min is above max, so this could never match"
    parts = [Compare(field, sign, bounds[name]) for name, sign in _BOUNDS.items() if name in bounds]
    if parts:
        yield Range(field, tuple(parts))


def _listed(value: object, wanted: str) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(wanted)
    if not texts:
        raise ValueError("the list is empty; leave it out or name something")
    return texts


def _texts(value: object) -> tuple[str, ...]:
    texts = _listed(value, 'expected a text or a list of texts, like "a" or ["a", "b"]')
    if not all(words(text) for text in texts):
        raise ValueError("an empty text matches nothing; leave it out")
    return tuple(texts)


def _globs(value: object) -> tuple[Pattern, ...]:
    names = _listed(value, 'expected a name or a list of names, like "*.fasta"')
    return tuple(map(parse_glob, names))
