"""
One watch for each of several terms: `each = ["term", …]`, with `{each}` in its texts.

The watch `yeast` with the term "S. cerevisiae" is `yeast:S-cerevisiae`: the term's letters and
digits, and a dash for all between them. It stays the same wherever the term stands in the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gazelled.config.lines import Key
from gazelled.config.problems import Report
from gazelled.config.tables import WatchTable

HERE = "{each}"
_BETWEEN = re.compile(r"[\W_]+")


def split_each(
    name: str, table: WatchTable, given: set[str], report: Report
) -> dict[str, WatchTable]:
    """
    Make a table for each term.

    Args:
        name: The name of the watch.
        table: Its table.
        given: The keys that stand in the file, fitting or not.
        report: Where problems go.

    Returns:
        The tables by the names of their watches; the only one if there are no terms.

    """
    at: Key = ("watch", name)
    places = [path for path, text in _texts(_contents(table)) if HERE in text]
    if "each" not in given:
        for path in places:
            report.error((*at, *path), f'there is no {HERE}; write each = ["…"] with the terms')
        return {name: table}
    key = (*at, "each")
    if not table.each and not report.told(key):
        report.error(key, "the list is empty; leave it out or name something")
    if table.each and not places:
        text = f"no text of the watch has {HERE} in it, so that all of them would be the same"
        report.error(key, text)
    terms = _terms(key, table.each, report)
    return {
        f"{name}:{short}": table.model_copy(update=_filled(_contents(table), term))
        for short, term in terms.items()
    } or {name: table}


def _contents(table: WatchTable) -> dict[str, object]:
    """Give what stands in a table, by the names of its fields."""
    return {name: getattr(table, name) for name in table.model_fields_set - {"each"}}


def _terms(key: Key, each: list[str], report: Report) -> dict[str, str]:
    """Give the terms by what they are called in names."""
    found: dict[str, str] = {}
    for index, term in enumerate(each):
        short = _BETWEEN.sub("-", term).strip("-")
        same = next((other for name, other in found.items() if name.lower() == short.lower()), "")
        if report.told((*key, index)):
            continue
        if not short:
            report.error((*key, index), "wanted a term with a letter or a digit")
        elif same:
            text = "stands here twice" if same == term else f'is called the same as "{same}"'
            report.error((*key, index), f'"{term}" {text}; take one of them out')
        else:
            found[short] = term
    return found


def _filled(value: Mapping[str, object], term: str) -> dict[str, object]:
    return {name: _fill(each, term) for name, each in value.items()}


def _fill(value: object, term: str) -> object:
    if isinstance(value, str):
        return value.replace(HERE, term)
    if isinstance(value, list):
        return [_fill(each, term) for each in value]
    return _filled(value, term) if isinstance(value, dict) else value


def _texts(value: object, path: Key = ()) -> Iterator[tuple[Key, str]]:
    """Find all texts, with where they stand."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in value.items():
            # A table has no key that ends in _ but those that are words of Python.
            yield from _texts(each, (*path, name.removesuffix("_") if not path else name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*path, index))
