"""`gazelled watch add`: write a watch into a file of its own, checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import click
from click.shell_completion import CompletionItem
from pydantic.fields import FieldInfo

from gazelled.cli import completers, output
from gazelled.cli.client import apply_change, print_applied
from gazelled.cli.options import DataCommand, pairs
from gazelled.cli.render.plan_table import planned_data
from gazelled.cli.settings import Settings
from gazelled.planning.plan import Planned, figures, freshness
from gazelled.service.configuration.check import CheckResult
from gazelled.service.configuration.drop_ins import DropIns, put_value, read_value, text_of
from gazelled.service.control.offline import read_past
from gazelled.text import either
from gazelled.watches.keys.table import KeyInfo
from gazelled.watches.watch import DefaultsTable, WatchTable

_EXAMPLES = """\b
gazelled watch add yeast --ask browse --with searchstr=yeast --tell phone
gazelled watch add free --ask browse --match license=CC0 \\
    --match size.max='1 GiB' --every 2h --tell phone
gazelled watch add strains --ask browse --each S288C --each W303 \\
    --match 'title={each}' --first last:5 --tell phone
"""
_FIRST_KEYS = ("about", "ask", "with", "each", "every", "cron", "zone")
"""The keys that come first in the file."""

_SCALARS = {str, bool, int, float}
"""The types of keys with one value; all others have several."""

_COMPLETIONS: Mapping[str, Callable[..., list[CompletionItem]]] = {
    "ask": completers.asks,
    "kind": completers.kinds,
    "with": completers.params,
    "tell": completers.targets,
}


def _described() -> list[tuple[str, FieldInfo, KeyInfo]]:
    """Return the keys of `[watch.NAME]` that can be typed, with its own before the shared ones."""
    described = [option for option in WatchTable.described() if option[2].about]
    return sorted(described, key=lambda option: option[0] in DefaultsTable.model_fields)


class _KindOption(click.Option):
    """The option that takes a kind of watch: its help names those that there are."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = f"What it reports: {either([*ctx.ensure_object(Settings).kinds])}."
        return super().get_help_record(ctx)


def with_table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each key."""
    for name, field, info in reversed(_described()):
        number = field.annotation if field.annotation in {int, float} else None
        option = click.option(
            f"--{(info.option or info.name).replace('_', '-')}",
            name,
            is_flag=field.annotation is bool,
            multiple=field.annotation not in _SCALARS,
            required=name == "ask",
            type=number,
            metavar=info.metavar or None,
            help=info.about,
            cls=_KindOption if name == "kind" else click.Option,
            shell_complete=_COMPLETIONS.get(info.name),
        )
        command = option(command)
    return command


@click.command("add", cls=DataCommand, epilog=_EXAMPLES)
@click.argument("name")
@with_table_options
@click.option(
    "--key",
    "own",
    multiple=True,
    metavar="KEY=VALUE",
    help="A key that only this kind of watch has, such as factor=3.",
)
@click.option("--dry-run", is_flag=True, help="Print the file, but do not write it.")
@click.pass_obj
def add_watch(settings: Settings, /, *, name: str, dry_run: bool, **options: Any) -> None:  # noqa: ANN401 - click
    """
    Add a watch: a file in conf.d beside the config, checked with the config first.

    The options are the keys of [watch.NAME] in the config. Repeat an option for a list, such as
    --tell.
    """
    table = table_of(options)
    drop_ins = drop_ins_of(settings)
    checked = drop_ins.add(name, table, keep=not dry_run)
    settings.register(checked.secrets)
    undo = partial(drop_ins.put_back, drop_ins.file(name), None)
    reply = None if dry_run else apply_change(settings, undo)
    at = f"watch.{name}."
    warnings = [str(problem) for problem in checked.problems if f"{problem.key}.".startswith(at)]
    if settings.as_json:
        plan = checked.plan
        planned = [planned_data(plan, group) for group in _planned(checked, name)] if plan else []
        file = str(drop_ins.file(name))
        output.as_json(
            {
                "file": file,
                "watch": {name: table},
                "plan": planned,
                "warnings": warnings,
                "applied": reply is not None,
            }
        )
        return
    for warning in warnings:
        settings.message(warning)
    if dry_run:
        output.line(text_of(name, table).rstrip())
    print_cost(checked, name)
    if not dry_run:
        output.message(f"Written: {drop_ins.file(name)}")
        print_applied(settings, reply)


def drop_ins_of(settings: Settings) -> DropIns:
    """Return the drop-ins of the config."""
    past = read_past(settings.state_folder)
    return DropIns(settings.config_file, settings.environ, past, output.now())


def table_of(options: Mapping[str, Any]) -> dict[str, object]:
    """
    Return `[watch.NAME]` from what was typed: the values by the names of its fields.

    Raises:
        UsageError: If something isn't KEY=VALUE, or both --every and --cron are used.
        ConfigError: If keys exclude each other.

    """
    if options["every"] is not None and options["cron"] is not None:
        raise click.UsageError("--every and --cron exclude each other")
    rules: dict[str, object] = {}
    for key, text in pairs(options["match"]):
        put_value(rules, key, read_value(text))
    params: dict[str, object] = {}
    for key, text in pairs(options["with_"]):
        before = params.get(key)
        several = [*before, text] if isinstance(before, list) else [before, text]
        params[key] = several if key in params else text
    typed = {info.name: options[name] for name, _, info in _described()}
    typed |= {"match": rules, "with": params}
    table = {
        key: [*value] if isinstance(value := typed[key], tuple) else value
        for key in dict.fromkeys((*_FIRST_KEYS, *typed))
        if _was_typed(typed[key])
    }
    return table | _own_keys(options.get("own", ()), typed)


def _own_keys(typed: tuple[str, ...], others: Collection[str]) -> dict[str, object]:
    """Return the keys that only the kind of watch has."""
    own: dict[str, object] = {}
    for key, text in pairs(typed):
        if key in others:
            raise click.UsageError(f"{key} has an option of its own; --key is for other keys")
        put_value(own, key, read_value(text))
    return own


def _was_typed(value: object) -> bool:
    """Return whether an option was used; an empty text or a 0 is what a person meant, or wrong."""
    return bool(value) or (isinstance(value, str | int | float) and value is not False)


def print_cost(checked: CheckResult, name: str) -> None:
    """Print what a watch needs, and what all need with it."""
    for planned in _planned(checked, name):
        others = [other for other in planned.watches if other.partition(":")[0] != name]
        shared = f", shared with {', '.join(others)}" if others else ""
        fresh = freshness(planned.fresh)
        output.message(f"{planned.asks}: {planned.cost} a run{shared}; fresh within {fresh}")
    if checked.plan:
        output.message(f"All watches together: {figures(checked.plan)}")


def _planned(checked: CheckResult, name: str) -> list[Planned]:
    """Return what is asked for a watch, or for those that `each` makes of it."""
    return [
        planned
        for planned in (checked.plan.planned if checked.plan else ())
        if any(watch.partition(":")[0] == name for watch in planned.watches)
    ]
