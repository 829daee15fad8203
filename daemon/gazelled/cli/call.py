"""`gazelled call`: ask the tracker for a person."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from gazelled.cli import show
from gazelled.cli.asking import closing, says, set_up_logs, with_json
from gazelled.cli.settings import Settings
from gazelled.tracker.actions import ACTIONS
from gazelled.tracker.catalogue import encode
from gazelled.wording import unknown


@click.command()
@click.argument("action")
@click.argument("params", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--yes", is_flag=True, help="Do it, though it marks or changes something there.")
@with_json
@click.pass_obj
def call(settings: Settings, action: str, params: tuple[str, ...], *, yes: bool) -> None:
    """
    Ask the tracker something and print its answer as JSON.

    It waits its turn like everyone. A KEY that is given several times makes a list:

    gazelled call browse searchstr=yeast filter_cat=Sequences filter_cat=Images
    """
    set_up_logs(settings)
    given = parse(action, params)
    _agree(action, yes=yes)
    asked = {"action": action, "params": given, "yes": yes}
    show.as_json(asyncio.run(_ask(settings, action, asked)))


def parse(action: str, params: Sequence[str]) -> dict[str, str | list[str]]:
    """
    Read parameters and check them, before anything is sent.

    Args:
        action: The name of the action.
        params: Texts like `key=value`.

    Raises:
        UsageError: If there is no such action, or it doesn't take them.

    """
    if action not in ACTIONS:
        raise click.UsageError(unknown(f'action "{action}"', action, ACTIONS))
    found: dict[str, list[str]] = {}
    for text in params:
        key, equals, value = text.partition("=")
        if not (equals and key):
            raise click.UsageError(f'wanted KEY=VALUE, not "{text}"')
        found.setdefault(key, []).append(value)
    given = {key: values if len(values) > 1 else values[0] for key, values in found.items()}
    try:
        encode(ACTIONS[action], given)
    except ValueError as error:
        raise click.UsageError("; ".join(error.args[0])) from None
    return given


def _agree(name: str, *, yes: bool) -> None:
    action = ACTIONS[name]
    changes = "changes something at the tracker" if action.writes else ""
    changes = changes or (f"marks {action.marks_read} as read" if action.marks_read else "")
    if changes and not yes:
        raise click.UsageError(f"{name} {changes}; say --yes if you mean it")


async def _ask(settings: Settings, action: str, asked: dict[str, object]) -> object:
    answer: object = None
    async with closing(says(settings, "call", asked)) as lines:
        async for line in lines:
            expected = line.get("expected")
            if isinstance(expected, int | float) and sys.stderr.isatty():
                turn = f"my turn in {expected:.0f} s" if round(expected) else "my turn now"
                show.words(f"asking {action}, {turn}")
            answer = line.get("answer")
    return answer
