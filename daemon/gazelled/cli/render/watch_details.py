"""`gazelled watch show`: one watch, as it is asked, planned and told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

import click

from gazelled.cli import completion, output
from gazelled.cli.client import Line, only, says, set_up_logs, whole_config
from gazelled.cli.commands.watch_add import drop_ins_of
from gazelled.cli.offline_state import past
from gazelled.cli.render.plan_table import planned_data
from gazelled.cli.settings import Settings, with_json
from gazelled.config import At, Config, Every, Schedule, Watch
from gazelled.config.document.toml_writer import written
from gazelled.config.schedules import DAYS
from gazelled.errors import ConfigError
from gazelled.planning.plan import Plan, freshness
from gazelled.regular_file import is_regular
from gazelled.service.check import plan_of
from gazelled.service.drop_ins import Place
from gazelled.store.opening import NAME
from gazelled.text import meant
from gazelled.units import human_duration


@click.command("show")
@click.argument("name", shell_complete=completion.watches)
@with_json
@click.pass_obj
def show_watch(settings: Settings, name: str) -> None:
    """Show a watch: what it asks, its plan, when it looked, what it told lately."""
    set_up_logs(settings)
    config = whole_config(settings)
    places = drop_ins_of(settings).places()
    place = places.get(name.partition(":")[0])
    if place is not None and place.table.get("disabled"):
        raise ConfigError(f"{name} is disabled, in {place}: gazelled watch enable {name}")
    watch = _find(config, name)
    learned = past(settings.state_folder)
    plan = plan_of(config, learned, output.now())
    planned = plan.of(name)
    last = learned.last_runs.get(planned.asks)
    told: Line = {"told": [], "count": 0}
    if is_regular(settings.state_folder / NAME):
        told = asyncio.run(only(says(settings, "watch.told", {"name": name})))
    if settings.as_json:
        at = last.isoformat(timespec="seconds") if last else None
        data = {"name": name, "place": str(place or ""), "watch": table_of(watch)}
        output.as_json({**data, "plan": planned_data(plan, planned), "last": at, **told})
        return
    _print(watch, place, plan, told)
    output.line(f"last look {output.moment(last, output.now()) or 'never'}")


def table_of(watch: Watch) -> Mapping[str, object]:
    """Write a watch as it counts, with what all share and what nobody has to write."""
    rule = {key: value for key, value in json.loads(watch.rule or "{}").items() if value}
    table = {
        "about": watch.about,
        "ask": watch.ask,
        "with": rule.get("with"),
        **_when(watch.schedules),
        **rule,
        "urgent": watch.urgent,
        "mark_read": watch.mark_read,
        "tell": list(watch.tell),
    }
    return {key: value for key, value in table.items() if value}


def _find(config: Config, name: str) -> Watch:
    """
    Find a watch that runs.

    Raises:
        ConfigError: If there is none of that name.

    """
    made = [each for each in config.watches if each.partition(":")[0] == name]
    if name not in config.watches and made:
        raise ConfigError(f"{name} makes {', '.join(made)}; name one of them")
    if name not in config.watches:
        raise ConfigError(f'there is no watch "{name}"{meant(name, config.watches)}')
    return config.watches[name]


def _print(watch: Watch, place: Place | None, plan: Plan, told: Line) -> None:
    output.line(f"# {place}" if place else "")
    output.line(written(watch.name, table_of(watch)).rstrip())
    output.line()
    planned, now = plan.of(watch.name), output.now()
    others = [each for each in planned.watches if each != watch.name]
    rows = [
        ["asks", planned.asks],
        ["shares it with", ", ".join(others)],
        ["requests a run", planned.cost],
        ["of your share", f"{plan.part(planned) * 100:.2g} %"],
        ["promised", freshness(planned.fresh)],
        ["really", freshness(planned.really)],
        ["next look", output.moment(planned.next, now)],
    ]
    output.table(["PLAN", ""], [row for row in rows if row[1]])
    output.line()
    events = told["told"]
    output.table(
        ["TOLD", ""],
        [
            [output.moment(each["at"], now), each["title"]]
            for each in (events if isinstance(events, Sequence) else ())
        ],
    )


def _when(schedule: Schedule) -> dict[str, object]:
    """Write a schedule the way the config spells it."""
    if isinstance(schedule, Every):
        return {"every": human_duration(schedule.seconds)}
    if isinstance(schedule, At):
        days = ",".join(DAYS[day] for day in schedule.days) or "daily"
        when = {"every": f"{days} {schedule.hour:02}:{schedule.minute:02}"}
    else:
        when = {"cron": schedule.expression}
    return {**when, "zone": schedule.zone}
