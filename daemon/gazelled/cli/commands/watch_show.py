"""`gazelled watch show`: one watch with its table, its plan and what it reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import itemgetter

import click

from gazelled.cli import completion, output
from gazelled.cli.client import ask
from gazelled.cli.commands.watch_add import drop_ins_of
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import load_config
from gazelled.cli.render.plan_table import planned_data
from gazelled.cli.settings import Settings
from gazelled.config import Config
from gazelled.config.document.toml_writer import written
from gazelled.errors import ConfigError
from gazelled.planning.config_plan import plan_of
from gazelled.planning.plan import Plan, freshness
from gazelled.regular_file import is_regular
from gazelled.service.control.codec import encode
from gazelled.service.control.offline import read_past
from gazelled.service.control.protocol import WatchToldReply, WatchToldRequest
from gazelled.store.opening import NAME
from gazelled.text import missing
from gazelled.units import human_duration
from gazelled.watches.keys.schedules import DAYS, At, Every, Schedule
from gazelled.watches.watch import Watch, WatchTable


@click.command("show", cls=DataCommand)
@click.argument("name", shell_complete=completion.watches)
@click.pass_obj
def show_watch(settings: Settings, name: str) -> None:
    """Show a watch: its request, plan, last look and recent messages."""
    config = load_config(settings)
    place = drop_ins_of(settings).places().get(name.partition(":")[0])
    if place is not None and place.table.get("disabled"):
        raise ConfigError(f"{name} is disabled, in {place}: gazelled watch enable {name}")
    watch, past = _find(config, name), read_past(settings.state_folder)
    plan = plan_of(config, past, output.now())
    last = past.last_runs.get(plan.of(name).asks)
    reports = WatchToldReply()
    if is_regular(settings.state_folder / NAME):
        reports = ask(settings, WatchToldRequest(name))
    if settings.as_json:
        data = {
            "name": name,
            "place": str(place or ""),
            "watch": table_of(watch),
            "plan": planned_data(plan, plan.of(name)),
            "last": last,
        }
        output.as_json(encode(data | encode(reports)))
        return
    output.line(f"# {place}" if place else "")
    output.line(written(name, table_of(watch)).rstrip())
    output.line()
    _print_plan(plan, name)
    output.line()
    output.table(
        reports.told,
        {"REPORTED": lambda event: output.moment(event.at), "": lambda event: event.title},
    )
    output.line(f"last look {output.moment(last) or 'never'}")


def table_of(watch: Watch) -> Mapping[str, object]:
    """Return a watch as it counts, with what all share and with defaults."""
    rule = {key: value for key, value in json.loads(watch.rule or "{}").items() if value}
    own = rule.pop("own", {})
    table = {
        "about": watch.about,
        "ask": watch.call.action,
        "with": rule.get("with"),
        **_when(watch.schedule),
        **rule,
        **own,
    }
    for name in WatchTable.model_fields:
        value = getattr(watch, name, None)
        if isinstance(value, str | bool):
            table[name] = value
    table["tell"] = [*watch.tell]
    return {key: value for key, value in table.items() if value}


def _find(config: Config, name: str) -> Watch:
    """Return a watch that runs."""
    if name in config.watches:
        return config.watches[name]
    if made := [watch for watch in config.watches if watch.partition(":")[0] == name]:
        raise ConfigError(f"{name} makes {', '.join(made)}; choose one of them")
    raise ConfigError(missing("watch", name, config.watches))


def _print_plan(plan: Plan, name: str) -> None:
    planned = plan.of(name)
    rows = {
        "asks": planned.asks,
        "shared with": ", ".join(other for other in planned.watches if other != name),
        "requests a run": planned.cost,
        "of the share": f"{plan.part(planned) * 100:.2g} %",
        "promised": freshness(planned.fresh),
        "really": freshness(planned.really),
        "next look": output.moment(planned.next),
    }
    shown = [row for row in rows.items() if row[1]]
    output.table(shown, {"PLAN": itemgetter(0), "": itemgetter(1)})


def _when(schedule: Schedule) -> dict[str, object]:
    """Return a schedule the way the config spells it."""
    if isinstance(schedule, Every):
        return {"every": human_duration(schedule.seconds)}
    if isinstance(schedule, At):
        days = ",".join(DAYS[day] for day in schedule.days) or "daily"
        when = {"every": f"{days} {schedule.hour:02}:{schedule.minute:02}"}
    else:
        when = {"cron": schedule.expression}
    return {**when, "zone": schedule.zone}
