"""`gazelled actions`: what the tracker can be asked."""

from __future__ import annotations

import click

from gazelled.cli import completion, output
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


@click.command(cls=DataCommand)
@click.argument("name", required=False, shell_complete=completion.actions)
@click.option("--markdown", is_flag=True, help="Print all actions as a Markdown document.")
@click.option(
    "--watches", is_flag=True, help="Print which kinds of watches each action supports, as a table."
)
@click.pass_obj
def actions(settings: Settings, name: str | None, *, markdown: bool, watches: bool) -> None:
    """
    List the actions of the tracker's API, or explain one of them: NAME.

    This needs neither a config nor the tracker.
    """
    if markdown:
        from gazelled.cli.render.actions_page import document  # noqa: PLC0415 - it needs the models

        click.echo(document(), nl=False)
    elif watches:
        from gazelled.cli.render.watches_page import table  # noqa: PLC0415 - only when it is wanted

        click.echo(table(), nl=False)
    elif name is not None and name not in ACTIONS:
        raise click.UsageError(unknown(f'action "{name}"', name, ACTIONS))
    elif settings.as_json:
        data = [as_data(action) for action in ACTIONS.values()]
        output.as_json(data if name is None else as_data(ACTIONS[name]))
    elif name is None:
        _list()
    else:
        _explain(ACTIONS[name])


def _list() -> None:
    output.table(
        ACTIONS.values(),
        {
            "ACTION": lambda action: action.name,
            "RETURNS": lambda action: action.about,
            "LOG-IN": lambda action: "" if action.login == "any" else LOG_INS[action.login],
            "STATE": lambda action: "" if action.state == "works" else STATES[action.state],
            "CHANGES": changes,
        },
    )


def _explain(action: Action) -> None:
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
    for head, text in [*facts(action), ("Example", example(action))]:
        output.line(f"{head + ':':<9} {text}")
