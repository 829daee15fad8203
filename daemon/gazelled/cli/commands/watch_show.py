"""`gazelled watch show`: one watch with its table, its plan and what it reported."""

from __future__ import annotations

from operator import itemgetter

import click

from gazelled.cli import completers, output
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
from gazelled.service.configuration.watch_written import as_configured
from gazelled.service.control.codec import encode
from gazelled.service.control.offline import read_past
from gazelled.service.control.protocol import WatchToldReply, WatchToldRequest
from gazelled.store.opening import NAME
from gazelled.text import missing
from gazelled.watches.watch import Watch


@click.command("show", cls=DataCommand)
@click.argument("name", shell_complete=completers.watches)
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
            "watch": as_configured(watch),
            "plan": planned_data(plan, plan.of(name)),
            "last": last,
        }
        output.as_json(encode(data | encode(reports)))
        return
    output.line(f"# {place}" if place else "")
    output.line(written(name, as_configured(watch)).rstrip())
    output.line()
    _print_plan(plan, name)
    output.line()
    output.table(
        reports.told,
        {"REPORTED": lambda event: output.moment(event.at), "": lambda event: event.title},
    )
    output.line(f"last look {output.moment(last) or 'never'}")


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
