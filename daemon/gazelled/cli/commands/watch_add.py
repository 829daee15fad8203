"""`gazelled watch add`: write a watch into a file of its own, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gazelled.cli import completion, output
from gazelled.cli.client import print_how_to_apply
from gazelled.cli.options import DataCommand, pairs
from gazelled.cli.render.plan_table import planned_data
from gazelled.cli.settings import Settings
from gazelled.config import Problem
from gazelled.planning.plan import Planned, figures, freshness
from gazelled.service.check import CheckResult
from gazelled.service.control.offline import read_past
from gazelled.service.drop_ins import DropIns, put_value, read_value, text_of
from gazelled.text import either
from gazelled.tracker.catalogue.listing import WATCHED

_EXAMPLES = """\b
gazelled watch add yeast --ask browse --with searchstr=yeast --tell phone
gazelled watch add free --ask browse --match license=CC0 \\
    --match size.max='1 GiB' --every 2h --tell phone
gazelled watch add strains --ask browse --each S288C --each W303 \\
    --match 'title={each}' --first last:5 --tell phone
"""
_KEYS = {
    "about": "about",
    "ask": "ask",
    "with": "params",
    "each": "each",
    "every": "every",
    "cron": "cron",
    "zone": "zone",
    "kind": "kind",
    "fields": "field",
    "match": "match",
    "if": "if_",
    "until": "until",
    "first": "first",
    "urgent": "urgent",
    "mark_read": "mark_read",
    "tell": "tell",
}
"""The keys of `[watch.NAME]`, in their order, and the options that they are made of."""


@click.command("add", cls=DataCommand, epilog=_EXAMPLES)
@click.argument("name")
@click.option("--ask", required=True, metavar="ACTION", shell_complete=completion.actions,
              help="What to ask; gazelled actions lists all.")  # fmt: skip
@click.option("--with", "params", multiple=True, metavar="KEY=VALUE",
              shell_complete=completion.params,
              help="A parameter; several of one key make a list.")  # fmt: skip
@click.option("--each", multiple=True, metavar="TERM",
              help="Makes a watch for this term, which is {each} in its texts.")  # fmt: skip
@click.option("--every", metavar="TIME", help='How often: 1h, "daily 08:00", "mon 08:00".')
@click.option("--cron", metavar="FIELDS", help='In place of --every: "0 7 * * 1-5".')
@click.option("--zone", metavar="ZONE", help="The zone of clock times: Europe/Berlin.")
@click.option("--kind", type=click.Choice([*WATCHED]), metavar="KIND",
              help=f"What it tells: {either([*WATCHED])}.")  # fmt: skip
@click.option("--field", multiple=True, metavar="NAME",
              help="For change: a field whose changes are told.")  # fmt: skip
@click.option("--match", multiple=True, metavar="KEY=VALUE",
              help="What must fit: license=CC0, size.max='50 GiB', tags.any=yeast.")  # fmt: skip
@click.option("--if", "if_", metavar="EXPR",
              help='What must hold, like "seeders <= 1"; for alert, when it begins.')  # fmt: skip
@click.option("--until", metavar="EXPR", help="For alert: when it is over.")
@click.option("--first", metavar="WHAT",
              help="What is told of what is there already: last:5, since:2026-01-01.")  # fmt: skip
@click.option("--tell", multiple=True, metavar="TARGET", shell_complete=completion.targets,
              help="A target to notify.")  # fmt: skip
@click.option("--urgent", is_flag=True, help="Notify in quiet hours, too.")
@click.option("--mark-read", is_flag=True, help="Allow what marks things as read on the site.")
@click.option("--about", metavar="TEXT", help="What it is for, in your words.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@click.pass_obj
def add_watch(settings: Settings, /, *, name: str, dry_run: bool, **options: Any) -> None:  # noqa: ANN401
    """
    Add a watch: a file in conf.d beside the config, which is checked with it first.

    The options are the keys of [watch.NAME] in the config; what is a list there, like --tell, may
    be repeated.
    """
    table = table_of(options)
    drop_ins = drop_ins_of(settings)
    checked = drop_ins.add(name, table, keep=not dry_run)
    settings.redactor.add(*(each.get_secret_value() for each in checked.secrets))
    warnings = warnings_about(checked, name)
    if settings.as_json:
        plan = checked.plan
        output.as_json(
            {
                "file": str(drop_ins.file(name)),
                "watch": {name: table},
                "plan": [planned_data(plan, each) for each in _planned(checked, name)]
                if plan
                else [],
                "warnings": [str(each) for each in warnings],
            }
        )
        return
    for problem in warnings:
        output.message(settings.redactor.scrub(str(problem)))
    if dry_run:
        output.line(text_of(name, table).rstrip())
    print_cost(checked, name)
    if not dry_run:
        output.message(f"Written: {drop_ins.file(name)}")
        print_how_to_apply(settings)


def drop_ins_of(settings: Settings) -> DropIns:
    """Return the drop-ins of the config."""
    past = read_past(settings.state_folder)
    return DropIns(settings.config_file, settings.environ, past, output.now())


def table_of(options: Mapping[str, Any]) -> dict[str, object]:
    """
    Return `[watch.NAME]` from what was typed.

    Raises:
        UsageError: If something isn't KEY=VALUE, or both ways to say when are used.
        ConfigError: If keys exclude each other.

    """
    if options["every"] is not None and options["cron"] is not None:
        raise click.UsageError("--every and --cron both say when to ask; keep one of them")
    rules: dict[str, object] = {}
    for key, text in pairs(options["match"]):
        put_value(rules, key, read_value(text))
    params: dict[str, object] = {}
    for key, text in pairs(options["params"]):
        before = params.get(key)
        several = [*before, text] if isinstance(before, list) else [before, text]
        params[key] = several if key in params else text
    typed = {**options, "match": rules, "params": params, "about": options["about"] or None}
    values = {key: typed[option] for key, option in _KEYS.items()}
    # An empty text that was typed is an error of the person, who meant something.
    return {
        key: [*value] if isinstance(value, tuple) else value
        for key, value in values.items()
        if value or value == ""
    }


def print_cost(checked: CheckResult, name: str) -> None:
    """Print what a watch needs, and what all need with it."""
    for planned in _planned(checked, name):
        others = [each for each in planned.watches if each.partition(":")[0] != name]
        shared = f", shared with {', '.join(others)}" if others else ""
        fresh = freshness(planned.fresh)
        output.message(f"{planned.asks}: {planned.cost} a run{shared}; fresh within {fresh}")
    if checked.plan:
        output.message(f"All watches together: {figures(checked.plan)}")


def warnings_about(checked: CheckResult, name: str) -> list[Problem]:
    """Return the warnings about a watch."""
    return [each for each in checked.problems if f"{each.key}.".startswith(f"watch.{name}.")]


def _planned(checked: CheckResult, name: str) -> list[Planned]:
    """Return what is asked for a watch, or for those that `each` makes of it."""
    return [
        planned
        for planned in (checked.plan.planned if checked.plan else ())
        if any(watch.partition(":")[0] == name for watch in planned.watches)
    ]
