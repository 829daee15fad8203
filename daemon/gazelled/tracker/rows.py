"""
The lists in answers, for people: their entries and columns, and pages put together.

`turn` is a plain generator: it yields the calls that are needed and is sent their answers, so
that whoever drives it decides how to wait.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape

from gazelled.model import Answer, Call, Lane
from gazelled.tracker.action import Paging, Rows
from gazelled.tracker.listing import Column

Steps = Generator[Call, Answer, object]
"""Yields calls, is sent their answers, and returns what was made of them."""


@dataclass(frozen=True, slots=True)
class Turned:
    """
    One page that was turned to.

    Attributes:
        number: Its number.
        payload: The answer's payload.

    """

    number: int
    payload: object


def turn(rows: Rows, call: Call, most: int | None = None) -> Generator[Call, Answer, list[Turned]]:
    """
    Turn pages, the newest first; all but the first in the catching-up lane.

    Args:
        rows: The list whose pages are turned.
        call: What is asked, without a page.
        most: How many pages at most; all of them when None.

    Returns:
        The pages, the newest first.

    """
    paging = rows.paging
    assert paging is not None  # noqa: S101 - callers ask `Action.paged`
    answer = yield call
    pages = _pages(paging, answer.payload)
    first = Turned(max(pages, 1) if paging.starts_last else 1, answer.payload)
    found = [first]
    for number in _numbers(paging, pages, most):
        if number == first.number:
            continue
        asked = {**dict(call.params), paging.page: str(number)}
        params = tuple(sorted(asked.items()))
        answer = yield replace(call, params=params, lane=Lane.CATCH_UP)
        page = Turned(number, answer.payload)
        if not paging.oldest_first and not _raw(rows, page.payload):
            break  # there were fewer than it said
        found.append(page)
    if paging.oldest_first:
        found.sort(key=lambda page: -page.number)
    return found if most is None else found[:most]


def _numbers(paging: Paging, pages: int, most: int | None) -> Sequence[int]:
    """Name the pages to turn to, in that order."""
    if paging.oldest_first:
        return range(pages, 0 if most is None else max(pages - most, 0), -1)
    top = min(pages, paging.last) if paging.last else pages
    return range(1, (top if most is None else min(top, most)) + 1)


def together(rows: Rows, pages: Sequence[Turned]) -> object:
    """
    Make one payload of pages: the newest page with the entries of all, each once.

    Things move from page to page while one turns them, so entries may come twice.

    Args:
        rows: The list whose pages they are.
        pages: The pages, the newest first.

    """
    seen: set[object] = set()
    kept: list[object] = []
    for page in pages:
        found = _raw(rows, page.payload)
        if rows.paging and rows.paging.oldest_first:
            found = found[::-1]
        for entry in found:
            key = _key(rows, entry)
            if key is None or key not in seen:
                seen.add(key)
                kept.append(entry)
    return _put(pages[0].payload, rows.path, kept)


def entries(rows: Rows, payload: object) -> Iterator[Mapping[str, object]]:
    """
    Give the entries of a list, those of an inner list with the keys around it.

    Args:
        rows: The list.
        payload: The answer's payload.

    """
    found = _at(payload, rows.path)
    if rows.keyed and isinstance(found, Mapping):
        found = [
            {"type": name, **(entry if isinstance(entry, Mapping) else {})}
            for name, entry in found.items()
        ]
    for entry in found if isinstance(found, list) else ():
        if not isinstance(entry, Mapping):
            continue
        inner = entry.get(rows.nested) if rows.nested else None
        if isinstance(inner, list):
            for each in inner:
                yield {**entry, **each} if isinstance(each, Mapping) else entry
        elif rows.nested or not rows.id or entry.get(rows.id):  # else it is padding
            yield entry


def cell(column: Column, entry: Mapping[str, object]) -> object:
    """
    Give the value of a column in an entry, entities decoded where the tracker encodes them.

    Args:
        column: The column.
        entry: The entry.

    """
    value = _at(entry, column.path)
    if isinstance(value, str):
        return " ".join((unescape(value) if column.escaped else value).split())
    return value


def _pages(paging: Paging, payload: object) -> int:
    told = payload.get(paging.pages) if isinstance(payload, Mapping) else None
    if isinstance(told, str) and told.isdecimal():
        return int(told)
    return int(told) if isinstance(told, int | float) else 0


def _at(value: object, path: Sequence[str]) -> object:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _raw(rows: Rows, payload: object) -> list[object]:
    found = _at(payload, rows.path)
    return found if isinstance(found, list) else []


def _key(rows: Rows, entry: object) -> object:
    """Tell what an entry is known by; with an inner list, by what stands in that."""
    if not isinstance(entry, Mapping) or not rows.id:
        return None
    if not rows.nested:
        found = entry.get(rows.id)
    else:
        inner = entry.get(rows.nested)
        members = inner if isinstance(inner, list) else []
        found = ",".join(str(each.get(rows.id)) for each in members if isinstance(each, Mapping))
    return found if isinstance(found, str | int) else None


def _put(payload: object, path: Sequence[str], kept: list[object]) -> object:
    if not path:
        return kept
    if not isinstance(payload, Mapping):
        return payload
    key, *rest = path
    return {**payload, key: _put(payload.get(key), rest, kept)}
