"""What is read of a state for plugins, whoever owns it."""

from __future__ import annotations

from collections.abc import Callable

from gazelled.model import Event
from gazelled.store import Store
from gazelled.store.plugins.peeking import EventSample, read_samples

Make = Callable[..., Event]


async def test_the_last_events_are_read_beside_their_owner(store: Store, make_event: Make) -> None:
    """The oldest first, with their targets; what was never listed has no source."""
    events = [make_event(f"yeast:new:{number}") for number in (1, 2, 3)]
    for event in events:
        await store.outbox.add(event, ["phone", "lab"])
    folder = store.path.parent
    assert read_samples(folder, 2) == [EventSample(event, ("lab", "phone")) for event in events[1:]]
    assert read_samples(folder / "nowhere", 2) == []
