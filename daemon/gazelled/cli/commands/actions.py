"""`gazelled actions`: what the tracker can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from gazelled.cli import completers, output
from gazelled.cli.options import DataCommand
from gazelled.cli.render.action_facts import (
    LOG_INS,
    STATES,
    as_data,
    changes,
    example,
    facts,
    needed,
    values,
)
from gazelled.cli.settings import Settings
from gazelled.text import unknown
from gazelled.tracker.catalogue import Action
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.sites.dialect import Dialect

if TYPE_CHECKING:  # completion does without
    from gazelled.watches.keys.kinds import Kinds


@click.command(cls=DataCommand)
@click.argument("name", required=False, shell_complete=completers.actions)
@click.option("--markdown", is_flag=True, help="Print all actions as a Markdown document.")
@click.option(
    "--watches", is_flag=True, help="Print which kinds of watches each action supports, as a table."
)
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=completers.profiles,
    help="Show the actions of a kind of site, and which are known to work.",
)
@click.pass_obj
def actions(
    settings: Settings, name: str | None, *, markdown: bool, watches: bool, profile: str | None
) -> None:
    """
    List the actions of the tracker's API, or explain one of them: NAME.

    This needs neither a config nor the tracker.
    """
    if markdown:
        from gazelled.cli.render.actions_page import document  # noqa: PLC0415 - it needs the models

        click.echo(document(settings.kinds), nl=False)
    elif watches:
        from gazelled.cli.render.actions_page import watches_table  # noqa: PLC0415 - likewise

        click.echo(watches_table(settings.kinds), nl=False)
    else:
        _print(settings, name, profile)


def _print(settings: Settings, name: str | None, profile: str | None) -> None:
    """
    Print one action, or all of them, as they are at a kind of site or in the catalogue.

    Those that the config's plugins declare for its site are among them.
    """
    from gazelled.config.load import load  # noqa: PLC0415 - completion does without

    loaded = load(settings.config_file, settings.environ)
    if profile is not None and profile not in loaded.profiles:
        raise click.UsageError(unknown(f'profile "{profile}"', profile, loaded.profiles))
    dialect = loaded.profiles[profile].dialect if profile is not None else None
    here, declared = loaded.profile.dialect.catalogue, loaded.registry.contributions.actions
    own = {name: here[name] for name in declared if name in here}
    sources = {source: one.action for source, one in settings.sources.items()}
    catalogue = {**(dialect.catalogue if dialect else {**own, **ACTIONS}), **sources}
    if name is not None and name not in catalogue:
        raise click.UsageError(unknown(f'action "{name}"', name, catalogue))
    if settings.as_json:
        data = {
            action.name: as_data(action, settings.kinds)
            | ({"known": dialect.evidence(action.name)} if dialect else {})
            for action in catalogue.values()
        }
        output.as_json([*data.values()] if name is None else data[name])
    elif name is None:
        _list([*catalogue.values()], dialect)
    else:
        _explain(catalogue[name], settings.kinds, dialect)


def _list(actions: Sequence[Action], dialect: Dialect | None) -> None:
    evidence: Mapping[str, Callable[[Action], str]] = (
        {"KNOWN": lambda action: dialect.evidence(action.name)} if dialect else {}
    )
    output.table(
        actions,
        {
            "ACTION": lambda action: action.name,
            "RETURNS": lambda action: action.about,
            "LOG-IN": lambda action: "" if action.login == "any" else LOG_INS[action.login],
            "STATE": lambda action: "" if action.state == "works" else STATES[action.state],
            "CHANGES": changes,
            **evidence,
        },
    )


def _explain(action: Action, kinds: Kinds, dialect: Dialect | None) -> None:
    output.line(f"{action.name}: {action.about}.")
    if action.params:
        output.line()
        output.table(
            action.params.items(),
            {
                "PARAMETER": lambda row: row[0],
                "": lambda row: needed(action, *row),
                "DEFAULT": lambda row: row[1].default,
                "MEANING": lambda row: row[1].about,
                "VALUES": lambda row: ", ".join(values(row[1])),
            },
        )
    output.line()
    evidence = [("Known", dialect.evidence(action.name))] if dialect else []
    for head, text in [*facts(action, kinds), *evidence, ("Example", example(action))]:
        output.line(f"{head + ':':<9} {text}")
