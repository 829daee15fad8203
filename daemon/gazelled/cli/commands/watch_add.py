"""`gazelled watch add`: write a watch into a file of its own, checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gazelled.cli import completion, output
from gazelled.cli.client import set_up_logs
from gazelled.cli.offline_state import past
from gazelled.cli.render.plan_table import planned_data
from gazelled.cli.restarting import say_restart
from gazelled.cli.settings import Settings, with_json
from gazelled.config import Problem
from gazelled.planning.plan import Planned, figures, freshness
from gazelled.service.check import Checked
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


@click.command("add", epilog=_EXAMPLES)
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
              help="Whom to tell.")  # fmt: skip
@click.option("--urgent", is_flag=True, help="Tell it in quiet hours, too.")
@click.option("--mark-read", is_flag=True, help="Allow what marks things as read on the site.")
@click.option("--about", metavar="TEXT", help="What it is for, in your words.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@with_json
@click.pass_obj
def add_watch(settings: Settings, /, *, name: str, dry_run: bool, **given: object) -> None:
    """
    Add a watch: a file in conf.d beside the config, which is checked with it first.

    The options are the keys of [watch.NAME] in the config; what is a list there, like --tell, may
    be given several times.
    """
    set_up_logs(settings)
    table = table_of(given)
    drop_ins = drop_ins_of(settings)
    checked = drop_ins.add(name, table, keep=not dry_run)
    settings.redactor.add(*(each.get_secret_value() for each in checked.secrets))
    if settings.as_json:
        output.as_json(_data(drop_ins.file(name), table, checked, name))
        return
    for problem in about(checked, name):
        output.words(settings.redactor.scrub(str(problem)))
    if dry_run:
        output.line(text_of(name, table).rstrip())
    say_cost(checked, name)
    if not dry_run:
        output.words(f"Written: {drop_ins.file(name)}")
        say_restart(settings)


def drop_ins_of(settings: Settings) -> DropIns:
    """Give the drop-ins of the config."""
    learned = past(settings.state_folder)
    return DropIns(settings.config_file, settings.environ, learned, output.now())


def table_of(given: dict[str, object]) -> dict[str, object]:
    """
    Make `[watch.NAME]` of what was typed.

    Raises:
        UsageError: If something isn't KEY=VALUE, or it is said twice when to ask.
        ConfigError: If keys stand in each other's way.

    """
    if given["every"] is not None and given["cron"] is not None:
        raise click.UsageError("--every and --cron both say when to ask; keep one of them")
    rules: dict[str, object] = {}
    for key, text in _pairs(given["match"]):
        put_value(rules, key, read_value(text))
    params: dict[str, object] = {}
    for key, text in _pairs(given["params"]):
        before = params.get(key)
        several = [*before, text] if isinstance(before, list) else [before, text]
        params[key] = several if key in params else text
    table = {
        "about": given["about"] or None,
        "ask": given["ask"],
        "with": params,
        "each": _texts(given["each"]),
        "every": given["every"],
        "cron": given["cron"],
        "zone": given["zone"],
        "kind": given["kind"],
        "fields": _texts(given["field"]),
        "match": rules,
        "if": given["if_"],
        "until": given["until"],
        "first": given["first"],
        "urgent": given["urgent"],
        "mark_read": given["mark_read"],
        "tell": _texts(given["tell"]),
    }
    # What was typed and is empty, is wrong: a person meant something.
    return {key: value for key, value in table.items() if value or value == ""}


def say_cost(checked: Checked, name: str) -> None:
    """Say what a watch needs, and what all need with it."""
    plan = checked.plan
    for planned in plan.planned if plan else ():
        if _is_for(planned, name):
            others = [each for each in planned.watches if each.partition(":")[0] != name]
            shared = f", shared with {', '.join(others)}" if others else ""
            output.words(
                f"{planned.asks}: {planned.cost} a run{shared}; fresh within "
                f"{freshness(planned.fresh)}"
            )
    if plan:
        output.words(f"All watches together: {figures(plan)}")


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
