"""What has arrived while the state can't be written is known to the next process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.model import Delivery
from gazelled.service.outages.unstored_arrivals import NOTE, UnstoredArrivals
from gazelled.store import Store
from gazelled.watches.events import notice_event

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = notice_event("a", "A", "", "", NOW)
PHONE, MAIL = Delivery(EVENT, "phone"), Delivery(EVENT, "mail")


def noted(folder: Path) -> object:
    """Return what is noted; None if nothing is."""
    file = folder / NOTE
    return json.loads(file.read_text()) if file.exists() else None


def test_nothing_is_written_while_the_state_can_be(tmp_path: Path) -> None:
    """A delivery costs no file."""
    with UnstoredArrivals(tmp_path).until_stored(PHONE):
        assert noted(tmp_path) is None


def test_what_waits_when_it_begins_and_what_comes_is_noted(tmp_path: Path) -> None:
    """Until it is stored; what an interrupted process leaves stays noted."""
    arrivals = UnstoredArrivals(tmp_path)
    with arrivals.until_stored(PHONE):
        arrivals.begin()
        assert noted(tmp_path) == {EVENT.key: ["phone"]}
        with arrivals.until_stored(MAIL):
            assert noted(tmp_path) == {EVENT.key: ["mail", "phone"]}
        assert noted(tmp_path) == {EVENT.key: ["phone"]}
    arrivals.end()
    assert noted(tmp_path) is None


def interrupted(arrivals: UnstoredArrivals) -> None:
    """Begin an outage, in which a process ends while it waits to store an arrival."""
    arrivals.begin()
    with arrivals.until_stored(PHONE):
        raise KeyboardInterrupt


async def test_the_next_process_stores_it(tmp_path: Path) -> None:
    """Also where one between them had to wait for the state; then the note is gone."""
    with pytest.raises(KeyboardInterrupt):
        interrupted(UnstoredArrivals(tmp_path))
    waiting = UnstoredArrivals(tmp_path)
    waiting.begin()
    waiting.end()
    state = tmp_path / "state"
    async with await Store.open(state) as store:
        await store.outbox.add(EVENT, ["phone", "mail"])
        await UnstoredArrivals(tmp_path).settle(store, NOW)
        due = await store.outbox.due(NOW, 10)
        assert [pending.delivery.target for pending in due] == ["mail"]
    assert noted(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1, "b": [2, null], "c": ["phone"]}', "{"])
async def test_a_note_that_is_damaged_does_no_harm(tmp_path: Path, text: str) -> None:
    """What it says of deliveries that there aren't changes nothing."""
    (tmp_path / NOTE).write_text(text)
    async with await Store.open(tmp_path / "state") as store:
        await store.outbox.add(EVENT, ["phone"])
        await UnstoredArrivals(tmp_path).settle(store, NOW)
        assert len(await store.outbox.due(NOW, 10)) == 1
