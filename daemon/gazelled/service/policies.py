"""When the messages of the configured targets come, and which become one."""

from __future__ import annotations

from gazelled.config import Config
from gazelled.delivery import TargetPolicy
from gazelled.hooks import Bus
from gazelled.schedule import Timetable


def make_policies(config: Config, bus: Bus) -> dict[str, TargetPolicy]:
    """Return the policy of each target; what a plugin combines isn't known if it was left out."""
    policies: dict[str, TargetPolicy] = {}
    for name, table in config.targets.items():
        model = bus.options(table.plugin)
        policies[name] = TargetPolicy(
            quiet=table.quiet,
            limit=table.limit,
            digest=Timetable([table.digest], 0.0).after if table.digest else None,
            burst=table.burst,
            combines=model.combines if model else None,
            units=bus.units(table.plugin),
        )
    return policies
