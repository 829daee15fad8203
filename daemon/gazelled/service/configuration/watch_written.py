"""A watch the way it would be written in the config, with what all share and with defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gazelled.units import human_duration
from gazelled.watches.keys.schedules import DAYS, At, Every, Schedule
from gazelled.watches.watch import Watch, WatchTable


def as_configured(watch: Watch) -> Mapping[str, object]:
    """Return a watch as it counts, with what all share and with defaults."""
    rule = {key: value for key, value in json.loads(watch.rule or "{}").items() if value}
    own = rule.pop("own", {})
    table = {
        "about": watch.about,
        "ask": watch.call.action,
        "with": rule.get("with"),
        **schedule_keys(watch.schedule),
        **rule,
        **own,
    }
    for name in WatchTable.model_fields:
        value = getattr(watch, name, None)
        if isinstance(value, str | bool):
            table[name] = value
    table["tell"] = [*watch.tell]
    return {key: value for key, value in table.items() if value}


def schedule_keys(schedule: Schedule) -> dict[str, object]:
    """Return a schedule the way the config spells it."""
    if isinstance(schedule, Every):
        return {"every": human_duration(schedule.seconds)}
    if isinstance(schedule, At):
        days = ",".join(DAYS[day] for day in schedule.days) or "daily"
        when = {"every": f"{days} {schedule.hour:02}:{schedule.minute:02}"}
    else:
        when = {"cron": schedule.expression}
    return {**when, "zone": schedule.zone}
