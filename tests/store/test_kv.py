"""Small values have types, whatever their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from gazelled.store import JsonRecords, Store

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Failure:
    """What might be kept."""

    text: str
    since: datetime


async def test_what_is_kept_comes_back(store: Store) -> None:
    """With its type, under its own name, until it is deleted."""
    failures = JsonRecords(store, "trouble", Failure)
    counts = JsonRecords(store, "tries", dict[str, tuple[int, datetime]])
    await failures.set("browse", Failure("é", AT))
    await counts.set("", {"a": (2, AT)})

    assert await failures.get("browse") == Failure("é", AT)
    assert await failures.get("inbox") is None
    assert await counts.get("") == {"a": (2, AT)}
    await failures.set("browse", None)
    assert await failures.get("browse") is None


async def test_what_was_written_by_hand_is_read(store: Store) -> None:
    """As earlier versions wrote it."""
    text = '{"kind": "x", "text": "t", "since": "2026-03-01T12:00:00+00:00"}'
    await store.set_kv("trouble:browse", text)
    assert await JsonRecords(store, "trouble", Failure).get("browse") == Failure("t", AT)


async def test_rows_are_what_is_written(store: Store) -> None:
    """A transaction may write them with more."""
    pages = JsonRecords(store, "pages", int)
    for key, value in {**pages.rows("a", 3), **pages.rows("b", None)}.items():
        await store.set_kv(key, value)
    assert (await pages.get("a"), await pages.get("b")) == (3, None)


async def test_what_is_something_else_is_not_taken_for_it(store: Store) -> None:
    """It is an error, and not a wrong value."""
    await store.set_kv("pages:a", '"many"')
    with pytest.raises(ValidationError):
        await JsonRecords(store, "pages", int).get("a")
