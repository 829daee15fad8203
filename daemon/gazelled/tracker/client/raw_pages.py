"""
The pages of a list put together, as they came.

`turn` is a plain generator: it yields the calls that are needed and is sent their answers, so
that whoever drives it decides how to wait. No page is read again: each is one request.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from gazelled.errors import TrackerError
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.catalogue.answer_lists import at
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.client.paging import ListEntry, ListPage, Pages
from gazelled.tracker.decoding.scalars import listed
from gazelled.tracker.decoding.scalars import number as as_number

Steps = Generator[Call, Answer, object]
"""Yields calls, receives their answers or errors, and returns the composed answer."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The composed answer."""

    payload: object


def advance(steps: Steps, came: Answer | TrackerError | None) -> Call | Finished:
    """Return the next call after what came of the last one, None at first; or what was made."""
    try:
        if came is None:
            return next(steps)
        return steps.throw(came) if isinstance(came, TrackerError) else steps.send(came)
    except StopIteration as end:
        return Finished(end.value)


def turn(table: AnswerTable, call: Call, most: int | None = None) -> Steps:
    """
    Turn pages, the newest first; all but the first in the catching-up lane.

    Things move from page to page while one turns them, so entries may come twice.

    Args:
        table: The list whose pages are turned.
        call: What is asked, without a page.
        most: How many pages at most; all of them when None.

    Returns:
        One payload: the newest page's, with the entries of all, each once.

    """
    return (yield from _turn(table, call, most).__await__())


class _Asking:
    """Awaited, it has whoever drives `turn` ask for something."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __await__(self) -> Generator[Call, Answer, Answer]:
        return (yield self._call)


async def _turn(table: AnswerTable, call: Call, most: int | None) -> object:
    paging = table.paging
    assert paging is not None  # noqa: S101 - callers ask `Action.paged`
    payload: object = None

    async def read(number: int | None) -> ListPage[object]:
        nonlocal payload
        request = call
        if pages.read > 1:
            params = {**dict(call.params), paging.page: str(number)}
            request = replace(call, params=tuple(sorted(params.items())), lane=Lane.CATCH_UP)
        payload = (await _Asking(request)).payload
        raw = listed(at(payload, table.path)) or []
        count = int(as_number(at(payload, [paging.pages])) or 0)
        entries = [ListEntry(entry, _key(table, entry)) for entry in raw]
        return ListPage(entries, count, count if number is None else number)

    pages = Pages(read, paging, again=False)
    newest: object = None
    values: list[object] = []
    turned = 0
    async for fresh in pages.batches():
        newest = payload if not turned else newest
        values += [entry.value for entry in fresh]
        turned += 1
        if turned == most:
            pages.stop()
    return _put(newest, table.path, values)


def _key(table: AnswerTable, entry: object) -> object:
    """Return what an entry is known by; with an inner list, by what stands in that."""
    if not isinstance(entry, Mapping) or not table.id:
        return None
    if not table.nested:
        identity = entry.get(table.id_key)
    else:
        members = listed(entry.get(table.nested_key)) or [entry]
        ids = [member.get(table.id_key) for member in members if isinstance(member, Mapping)]
        identity = ",".join(map(str, ids))
    return identity if isinstance(identity, str | int) else None


def _put(payload: object, path: Sequence[str], entries: list[object]) -> object:
    if not path:
        return entries
    if not isinstance(payload, Mapping):
        return payload
    key, *rest = path
    return {**payload, key: _put(payload.get(key), rest, entries)}
