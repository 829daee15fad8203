"""
One watch for each of several terms: `each = ["term", …]`, with `{each}` in its texts.

The watch `yeast` with the term "S. cerevisiae" is `yeast:S-cerevisiae`: the term's letters and
digits, + and # as words, and a dash for all between them. Terms that differ in what names leave out
have a few digits of their own behind it. It stays the same wherever the term stands in the list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.watches.watch import WatchTable

HERE = "{each}"
_BETWEEN = re.compile(r"[\W_]+")
_SPELLED = {"+": "-plus-", "#": "-sharp-"}
"""Signs that tell terms apart: C, C++ and C#."""


def split_each(
    name: str, table: WatchTable, written: set[str], problems: Problems
) -> dict[str, WatchTable]:
    """Return a table for each term by the name of its watch; the only one if there are no terms."""
    at: Key = ("watch", name)
    places = [path for path, text in _texts(_contents(table)) if HERE in text]
    if "each" not in written:
        for path in places:
            problems.error((*at, *path), f'there is no {HERE}; write each = ["…"] with the terms')
        return {name: table}
    key = (*at, "each")
    if not table.each and not problems.at(key):
        problems.error(key, "the list is empty; remove it or name something")
    if table.each and not places:
        text = f"no text of the watch contains {HERE}, so all of them would be the same"
        problems.error(key, text)
    terms = _terms(key, table.each, problems)
    return {
        f"{name}:{short}": table.model_copy(update=_fill(_contents(table), term))
        for short, term in terms.items()
    } or {name: table}


def _contents(table: WatchTable) -> dict[str, object]:
    return {name: getattr(table, name) for name in table.model_fields_set - {"each"}}


def _terms(key: Key, listed: list[str], problems: Problems) -> dict[str, str]:
    """Return the terms by what they are called in names."""
    shorts: dict[str, str] = {}
    for index, term in enumerate(listed):
        if problems.at((*key, index)):
            continue
        if not (short := _short(term)):
            problems.error((*key, index), f'"{term}" has no letter or digit to name its watch by')
        elif term in shorts:
            problems.error((*key, index), f'"{term}" is listed twice; remove one of them')
        else:
            shorts[term] = short
    groups: dict[str, list[str]] = {}
    for term, short in shorts.items():
        groups.setdefault(short.lower(), []).append(term)
    return {_told_apart(term, short, groups[short.lower()]): term for term, short in shorts.items()}


def _short(term: str) -> str:
    spelled = "".join(_SPELLED.get(sign, sign) for sign in term)
    return _BETWEEN.sub("-", spelled).strip("-")


def _told_apart(term: str, short: str, same: list[str]) -> str:
    """Return a name that no other term has, which doesn't depend on the order of the list."""
    if len(same) == 1 or [term] == [other for other in same if other == _short(other)]:
        return short
    return f"{short}-{hashlib.sha256(term.encode(errors='replace')).hexdigest()[:6]}"


def _fill(value: Any, term: str) -> Any:  # noqa: ANN401 - what a table holds
    if isinstance(value, str):
        return value.replace(HERE, term)
    if isinstance(value, list):
        return [_fill(member, term) for member in value]
    if isinstance(value, dict):
        return {name: _fill(inner, term) for name, inner in value.items()}
    return value


def _texts(value: object, path: Key = ()) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            # A table has no key that ends in _ but those that are words of Python.
            yield from _texts(inner, (*path, name.removesuffix("_") if not path else name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _texts(member, (*path, index))
