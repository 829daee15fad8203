"""`gazelled watch add`: write a watch into a file of its own, checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gazelled.cli import completing, show
from gazelled.cli.asking import set_up_logs
from gazelled.cli.plan_table import planned_data
from gazelled.cli.restarting import say_restart
from gazelled.cli.resting import past
from gazelled.cli.settings import Settings, with_json
from gazelled.config import Problem
from gazelled.service.check import Checked
from gazelled.service.drop_ins import DropIns, put_value, read_value, text_of
from gazelled.service.plan import Planned, figures, freshness
from gazelled.tracker.listing import WATCHED


@click.command("add")
@click.argument("name")
@click.option("--ask", required=True, metavar="ACTION", shell_complete=completing.actions,
              help="What to ask; gazelled actions lists all.")  # fmt: skip
@click.option("--with", "params", multiple=True, metavar="KEY=VALUE",
              shell_complete=completing.params,
              help="A parameter; several of one key make a list.")  # fmt: skip
@click.option("--every", metavar="TIME", help='How often: 1h, "daily 08:00", "mon 08:00".')
@click.option("--tell", multiple=True, metavar="TARGET", shell_complete=completing.targets,
              help="Whom to tell; may be given again.")  # fmt: skip
@click.option("--about", metavar="TEXT", help="What it is for, in your words.")
@click.option("--match", multiple=True, metavar="KEY=VALUE",
              help="What must fit: license=CC0, size.max='50 GiB', tags.any=yeast.")  # fmt: skip
@click.option("--if", "if_", metavar="EXPR", help='An expression, such as "seeders <= 1".')
@click.option("--until", metavar="EXPR", help="What ends an alert.")
@click.option("--kind", type=click.Choice([*WATCHED]), help="What it does; new if nothing is said.")
@click.option("--field", multiple=True, metavar="NAME", help="A field whose changes are told.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@with_json
@click.pass_obj
def add_watch(settings: Settings, /, *, name: str, dry_run: bool, **given: object) -> None:
    """
    Add a watch: a file in conf.d beside the config, which is checked with it first.

    gazelled watch add yeast --ask browse --with searchstr=yeast --every 1h --tell phone

    gazelled watch add free --ask browse --match license=CC0 --match size.max='1 GiB' --tell phone
    """
    set_up_logs(settings)
    table = table_of(given)
    drop_ins = drop_ins_of(settings)
    checked = drop_ins.add(name, table, keep=not dry_run)
    settings.redactor.add(*(each.get_secret_value() for each in checked.secrets))
    if settings.as_json:
        show.as_json(_data(drop_ins.file(name), table, checked, name))
        return
    for problem in about(checked, name):
        show.words(settings.redactor.scrub(str(problem)))
    if dry_run:
        show.line(text_of(name, table).rstrip())
    say_cost(checked, name)
    if not dry_run:
        show.words(f"Written: {drop_ins.file(name)}")
        say_restart(settings)


def drop_ins_of(settings: Settings) -> DropIns:
    """Give the drop-ins of the config."""
    learned = past(settings.state_folder)
    return DropIns(settings.config_file, settings.environ, learned, show.now())


def table_of(given: dict[str, object]) -> dict[str, object]:
    """
    Make `[watch.NAME]` of what was typed.

    Raises:
        UsageError: If something isn't KEY=VALUE.
        ConfigError: If keys stand in each other's way.

    """
    rules: dict[str, object] = {}
    for key, text in _pairs(given["match"]):
        put_value(rules, key, read_value(text))
    params: dict[str, object] = {}
    for key, text in _pairs(given["params"]):
        before = params.get(key)
        several = [*before, text] if isinstance(before, list) else [before, text]
        params[key] = several if key in params else text
    table = {
        "about": given["about"],
        "ask": given["ask"],
        "with": params,
        "every": given["every"],
        "kind": given["kind"],
        "fields": _texts(given["field"]),
        "if": given["if_"],
        "until": given["until"],
        "tell": _texts(given["tell"]),
        "match": rules,
    }
    return {key: value for key, value in table.items() if value}


def say_cost(checked: Checked, name: str) -> None:
    """Say what a watch needs, and what all need with it."""
    plan = checked.plan
    for planned in plan.planned if plan else ():
        if _is_for(planned, name):
            others = [each for each in planned.watches if each.partition(":")[0] != name]
            shared = f", shared with {', '.join(others)}" if others else ""
            show.words(
                f"{planned.asks}: {planned.cost} a run{shared}; fresh within "
                f"{freshness(planned.fresh)}"
            )
    if plan:
        show.words(f"All watches together: {figures(plan)}")


def about(checked: Checked, name: str) -> list[Problem]:
    """Tell the warnings that are about a watch."""
    return [each for each in checked.problems if f"{each.key}.".startswith(f"watch.{name}.")]


def _data(file: Path, table: dict[str, object], checked: Checked, name: str) -> dict[str, object]:
    plan = checked.plan
    mine = (
        [planned_data(plan, each) for each in plan.planned if _is_for(each, name)] if plan else []
    )
    warnings = [str(each) for each in about(checked, name)]
    return {"file": str(file), "watch": {name: table}, "plan": mine, "warnings": warnings}


def _is_for(planned: Planned, name: str) -> bool:
    """Tell whether something is asked for a watch, or for those that `each` makes of it."""
    return any(each.partition(":")[0] == name for each in planned.watches)


def _pairs(texts: object) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for text in _texts(texts):
        key, equals, value = text.partition("=")
        if not (equals and key):
            raise click.UsageError(f'wanted KEY=VALUE, not "{text}"')
        pairs.append((key, value))
    return pairs


def _texts(given: object) -> list[str]:
    return [str(each) for each in given] if isinstance(given, Sequence) else []
