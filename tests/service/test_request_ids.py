"""One id names a look, its requests, its events and their deliveries in the log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

import pytest
import structlog

from gazelled import logs
from gazelled.store.codec import dump_event, load_event

if TYPE_CHECKING:
    from .conftest import House


@pytest.fixture
def log(house: House) -> Iterator[StringIO]:
    """Log as a service does, everything."""
    stream, before = StringIO(), structlog.get_config()
    logs.set_up(format="json", level="debug", redactor=house.redactor, stream=stream)
    yield stream
    logs.reset()
    structlog.configure(**before)


async def test_an_item_is_followed_from_call_to_delivery(house: House, log: StringIO) -> None:
    """Also by a daemon that was started after the look."""
    async with house.opened() as app:
        await app.run_watch("yeast")
        (event,) = await app.store.archive.events_of("yeast", app.started)
        await app.run_watch("yeast")
    async with house.opened() as app:
        await app.deliverer.drain(60)
    logged = [json.loads(line) for line in log.getvalue().splitlines()]
    looks = [line["request"] for line in logged if line["event"] == "source.looked"]
    assert len({*looks}) == 2
    assert re.fullmatch("[0-9a-f]{8}", event.request)
    assert looks[0] == event.request
    of_it = {line["event"] for line in logged if line.get("request") == event.request}
    assert {"request.served", "source.looked", "watch.baseline_recorded", "delivery.done"} <= of_it
    done = [line for line in logged if line["event"] == "delivery.done"]
    assert {line["request"] for line in done} == {event.request}
    assert load_event(dump_event(event)).request == event.request
