"""The plan: how often, how fresh, and whether that is too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gazelled.config import Config, load
from gazelled.service.plan import advice, figures, freshness, make_plan

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # a Monday


def config(folder: Path, *watches: str, tracker: str = "") -> Config:
    """Load a config with watches named a, b, … and what each holds beside `ask`."""
    tables = "\n".join(
        f'[watch.{name}]\nask = "stats"\n{lines}\n'
        for name, lines in zip("abc", watches, strict=False)
    )
    head = '[tracker]\nurl = "https://tracker.example"\ntoken = { env = "TOKEN" }\n'
    (folder / "config.toml").write_text(head + tracker + tables)
    loaded = load(folder / "config.toml", {"TOKEN": "made-up"})
    assert loaded.config is not None, loaded.problems
    return loaded.config


@pytest.mark.parametrize(
    ("lines", "per_hour", "fresh", "first"),
    [
        ('every = "15m"', 4.0, "15m", NOW),
        ('every = "daily 18:00"', 1 / 24, "1d", NOW + timedelta(hours=6)),
        ('every = "mon 08:00"', 1 / 168, "7d", NOW + timedelta(days=6, hours=20)),
        ('cron = "0 7 * * 1-5"', 5 / 168, "3d", NOW + timedelta(hours=19)),
    ],
)
def test_each_schedule_has_its_promise(
    tmp_path: Path, lines: str, per_hour: float, fresh: str, first: datetime
) -> None:
    """The longest wait is what is promised, weekends included."""
    (planned,) = make_plan(config(tmp_path, lines), {"stats": ["a"]}, {}, NOW).planned
    assert (freshness(planned.fresh), planned.next) == (fresh, first)
    assert planned.per_hour == pytest.approx(per_hour, rel=0.2)


def test_watches_that_share_a_source_count_once(tmp_path: Path) -> None:
    """The one that asks most often decides."""
    made = config(tmp_path, 'every = "1h"', 'every = "30m"')
    plan = make_plan(made, {"stats": ["a", "b"]}, {"stats": NOW - timedelta(minutes=10)}, NOW)
    assert [each.watches for each in plan.planned] == [("a", "b")]
    assert plan.planned[0].next == NOW + timedelta(minutes=20)
    assert figures(plan) == "2 of 60 requests an hour (share 10 % of 600)"
    assert not plan.over


def test_too_much_names_what_to_slow_down(tmp_path: Path) -> None:
    """The advice is about the greediest."""
    limit = 'share = "1%"\n[tracker.limit]\nper = "20s"\n'
    made = config(tmp_path, 'every = "1h"', 'every = "15m"', tracker=limit)
    plan = make_plan(made, {"stats": ["a"], "index": ["b"]}, {}, NOW)
    assert plan.over
    assert plan.greediest.watches == ("b",)
    assert advice(plan) == (
        "all watches together need 5 of 1.8 requests an hour (share 1 % of 180); ask less often "
        "here, which takes 4 of them, or raise share in [tracker]"
    )
