"""The plan of a whole config: of its watches, and what its plugins may send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gazelled.config import Config
from gazelled.planning.plan import Plan
from gazelled.planning.planner import Past, make_plan
from gazelled.store import Store
from gazelled.tracker.client.upload_search import KEPT


def plan_of(config: Config, past: Past, now: datetime) -> Plan:
    """Make the plan of a configuration."""
    plugins = config.plugins.values()
    shares = {settings.name: settings.share for settings in plugins if not settings.disabled}
    return make_plan(config.tracker, [*config.watches.values()], past, now, shares)


async def learned_plan(
    config: Config, store: Store, last_runs: Mapping[str, datetime], now: datetime
) -> Plan:
    """Make the plan of a configuration with what a state holds: of a daemon that runs."""
    # Not a query for each source: a daemon with many makes a plan at its start and every hour.
    learned = await store.kv_texts("pages", "details", "named")
    learned[KEPT] = await store.get_kv(KEPT) or ""
    return plan_of(config, Past.read(last_runs, learned), now)
