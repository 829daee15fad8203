"""What `/metrics` says, read by the library that reads it everywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as open_parser
from tests.service.conftest import House

from gazelled.errors import RequestRefused
from gazelled.service.app import App
from gazelled.service.monitoring.exposition import metrics_text
from gazelled.service.monitoring.metric_families import metric_families
from gazelled.testing import Fault

READ: Callable[[str], Iterable[Any]] = parser.text_string_to_metric_families
READ_OPEN: Callable[[str], Iterable[Any]] = open_parser.text_string_to_metric_families
DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(gazelled_\w+)` \| (\w+) \|(.*?)\| .+ \|$", re.MULTILINE)


async def samples(app: App) -> Mapping[tuple[str, ...], float]:
    """Read what a scraper reads: values by the name and the values of the labels."""
    text, _ = await metrics_text(app)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in READ(text.decode())
        for sample in family.samples
    }


async def test_the_docs_list_every_metric_with_its_type_and_labels(house: House) -> None:
    """Nothing is missing there, and nothing is listed that there isn't."""
    async with house.opened() as app:
        families: list[Any] = [*await metric_families(app)]
    listed = {
        (name, kind, tuple(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in ROW.findall(DOCS.read_text("utf-8"))
    }
    assert listed == {
        (
            f"{family.name}_total" if family.type == "counter" else family.name,
            family.type,
            tuple(family._labelnames),
        )
        for family in families
    }


async def test_a_look_is_counted_with_its_wait_and_its_event(house: House) -> None:
    """A request, the time to its slot, the gap to the limit, the event and its deliveries."""
    async with house.opened() as app:
        await app.run_watch("yeast")
        await app.deliverer.drain(60)
        seen = await samples(app)
    assert seen["gazelled_requests_total", "browse", "ok"] == 1
    assert seen["gazelled_request_wait_seconds_count", "person"] == 1
    assert seen["gazelled_request_limit_gap_seconds_count",] == 1
    assert seen["gazelled_request_limit_gap_seconds_sum",] >= 0
    assert seen["gazelled_events_total", "first-look", "yeast"] == 1
    assert seen["gazelled_delivery_attempts_total", "done", "moody"] == 1
    assert seen["gazelled_plugin_call_seconds_count", "moody"] == 1
    assert seen["gazelled_plugin_call_seconds_sum", "moody"] > 0
    assert seen["gazelled_health", "ok"] == 1
    assert seen["gazelled_state_bytes", "database"] > 0
    assert seen["gazelled_watch_promise_seconds", "yeast"] == 906
    assert seen["gazelled_watch_freshness_seconds", "yeast"] >= 0


async def test_what_is_wrong_shows(house: House) -> None:
    """A watch that is refused, a target that fails, what waits for it, the health."""
    house.mood("later")
    async with house.opened() as app:
        await app.run_watch("yeast")
        await app.deliverer.drain(60)
        house.sim.fail(Fault.STATUS_ERROR)
        with pytest.raises(RequestRefused):
            await app.run_watch("yeast")
        seen = await samples(app)
    assert seen["gazelled_requests_total", "browse", "refused"] == 1
    assert seen["gazelled_watch_failing", "yeast"] == 1
    assert seen["gazelled_health", "degraded"] == 1
    assert seen["gazelled_problems", "warning"] == 1
    assert seen["gazelled_target_failing", "moody"] == 1
    assert seen["gazelled_deliveries", "failed", "moody"] == 1
    assert seen["gazelled_delivery_oldest_seconds", "moody"] > 0
    assert seen["gazelled_plugin_failures_total", "moody"] == 1


async def test_a_stop_is_a_state_of_the_tracker(house: House) -> None:
    """Just one of its states is 1."""
    async with house.opened() as app:
        app.dispatcher.health.stopped = "the token was revoked"
        seen = await samples(app)
    states = {key[1]: value for key, value in seen.items() if key[0] == "gazelled_tracker_state"}
    assert states == {"up": 0, "down": 0, "stopped": 1, "elsewhere": 0}
    assert seen["gazelled_health", "failing"] == 1
    assert math.isnan(seen["gazelled_tracker_last_answer_timestamp_seconds",])


async def test_open_metrics_come_to_who_asks_for_them(house: House) -> None:
    """The strict parser of that format reads them."""
    async with house.opened() as app:
        await app.run_watch("yeast")
        text, content_type = await metrics_text(app, "application/openmetrics-text; version=1.0.0")
    names = {family.name for family in READ_OPEN(text.decode())}
    assert {"gazelled_requests", "gazelled_watch_freshness_seconds"} <= names
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")


async def test_no_secret_is_in_it(house: House) -> None:
    """Labels are names of the config and of the API."""
    async with house.opened() as app:
        await app.run_watch("yeast")
        text, _ = await metrics_text(app)
    assert house.environ["TOKEN"] not in text.decode()


PLUGIN = """
from gazelled.plugin import *

@hookimpl
async def gazelled_metrics():
    return [
        Metric("lines", 3, "Its lines.", "counter", {"what": "new", "file": "a"}),
        Metric("lines", 4, "Its lines.", "counter", {"file": "b", "what": "new"}),
        Metric("age_seconds", 1.5, "Its age."),
    ]
"""


async def test_plugins_bring_metrics(house: House) -> None:
    """With the plugin in their names; one that fails or takes a name brings none."""
    plugins = house.home / "plugins"
    (plugins / "lab-sheet.py").write_text(PLUGIN)
    (plugins / "lab_sheet.py").write_text(PLUGIN)
    (plugins / "broken.py").write_text(PLUGIN.replace("return [", "1 / 0\n    return ["))
    (plugins / "call.py").write_text(PLUGIN.replace("age_seconds", "seconds"))
    house.more = "".join(
        f'[plugin.{path.stem}]\nfile = "{path.name}"\n' for path in plugins.glob("[!m]*.py")
    )
    async with house.opened() as app:
        seen = await samples(app)
        names = [family.name for family in await metric_families(app)]
    assert len(names) == len({*names})
    assert seen["gazelled_plugin_lab_sheet_lines_total", "a", "new"] == 3
    assert seen["gazelled_plugin_lab_sheet_lines_total", "b", "new"] == 4
    assert seen["gazelled_plugin_lab_sheet_age_seconds",] == 1.5
    assert seen["gazelled_plugin_failures_total", "broken"] == 1
    assert not any(name.startswith("gazelled_plugin_broken") for name, *_ in seen)
    assert "gazelled_plugin_call_lines_total" in {name for name, *_ in seen}
    assert "gazelled_plugin_call_seconds" not in {name for name, *_ in seen}
