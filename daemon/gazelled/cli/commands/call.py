"""`gazelled call`: ask the tracker for a person."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import click

from gazelled.cli import completion, output
from gazelled.cli.settings import Settings, with_json
from gazelled.model import Params
from gazelled.text import unknown
from gazelled.tracker.catalogue import Action, check
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.confirmations import absent, consequence, unpaged

ALL = "all"


class _Pages(click.ParamType[int | str]):
    """A number of pages, or all of them."""

    name = "N|all"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Read it."""
        text = str(value)
        if text == ALL:
            return text
        if text.isdecimal() and int(text) > 0:
            return int(text)
        return self.fail(f'wanted a number of pages or "all", not "{text}"', param, ctx)


@click.command()
@click.argument("action", shell_complete=completion.actions)
@click.argument("params", nargs=-1, metavar="[KEY=VALUE]...", shell_complete=completion.params)
@click.option("--table", is_flag=True, help="Print the main columns as a table.")
@click.option("--pages", type=_Pages(), help="Turn so many pages, or all; the newest first.")
@click.option("--raw", is_flag=True, help="Print what came as it came, without your keys.")
@click.option("--yes", is_flag=True, help="Do it, though it marks or changes something there.")
@click.option("--force", is_flag=True, help="Ask for what isn't implemented, or ignored there.")
@with_json
@click.pass_obj
def call(
    settings: Settings,
    action: str,
    params: tuple[str, ...],
    *,
    table: bool,
    pages: int | str | None,
    raw: bool,
    yes: bool,
    force: bool,
) -> None:
    """
    Ask the tracker something and print its answer as JSON.

    It waits its turn like everyone. A KEY that is given several times makes a list; what there
    is to ask: gazelled actions.

    gazelled call browse searchstr=yeast filter_cat=Sequences filter_cat=Images

    gazelled call browse searchstr=yeast --pages 3 --table
    """
    if table and raw:
        raise click.UsageError("--table and --raw exclude each other")
    wanted = read(action, params, force=force)
    if not force and (why := absent(wanted.action)):
        raise click.UsageError(why)
    if pages is not None and (wrong := unpaged(wanted.action, wanted.params)):
        raise click.UsageError(wrong)
    for hint in wanted.hints:
        output.words(f"hint: {hint}")
    if wanted.action.state == "broken":
        output.words(f"{action} is known not to work: {wanted.action.note}")
    given = {
        "action": action,
        "params": wanted.given,
        "yes": _agreed(wanted, yes=yes),
        "force": force,
        "pages": pages,
        "raw": raw,
    }
    last = asyncio.run(_ask(settings, given))
    if raw:
        for text in cast("Sequence[str]", last.get("raw", ())):
            output.line(text)
    elif table and not settings.as_json:
        from gazelled.cli.render.answer_tables import print_table  # noqa: PLC0415 - only when it is wanted

        print_table(wanted.action, wanted.params, last.get("answer"))
    else:
        output.as_json(last.get("answer"))
    if last.get("blind"):
        output.words(str(last["blind"]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What was typed, checked.

    Attributes:
        action: The action.
        given: Its parameters as they were typed.
        params: Its parameters as they are sent.
        hints: What is doubtful, as sentences.

    """

    action: Action
    given: Mapping[str, str | list[str]]
    params: Params
    hints: tuple[str, ...]


def read(action: str, params: Sequence[str], *, force: bool = False) -> Wanted:
    """
    Read parameters and check them, before anything is sent.

    Args:
        action: The name of the action.
        params: Texts like `key=value`.
        force: Whether to send what the tracker ignores, as far as is known.

    Raises:
        UsageError: If there is no such action, or it doesn't take them.

    """
    if action not in ACTIONS:
        hint = "" if "did you mean" in unknown("", action, ACTIONS) else "; see gazelled actions"
        raise click.UsageError(unknown(f'action "{action}"', action, ACTIONS) + hint)
    found: dict[str, list[str]] = {}
    for text in params:
        key, equals, value = text.partition("=")
        if not (equals and key):
            raise click.UsageError(f'wanted KEY=VALUE, not "{text}"')
        found.setdefault(key, []).append(value)
    given = {key: values if len(values) > 1 else values[0] for key, values in found.items()}
    row = ACTIONS[action]
    checked = check(row, given)
    if checked.errors or (checked.ignored and not force):
        sentences = "; ".join(sentence for _, sentence in checked.wrong)
        ask = "" if checked.errors else "; --force asks all the same"
        raise click.UsageError(f"{sentences}{ask}; see gazelled actions {action}")
    hints = tuple(sentence for _, sentence in (*checked.ignored, *checked.hints))
    return Wanted(row, given, row.gentle(checked.params), hints)


def _agreed(wanted: Wanted, *, yes: bool) -> bool:
    """Tell whether a person means what it changes; on a terminal they are asked."""
    does = consequence(wanted.action, wanted.params)
    if yes or not does:
        return yes
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"{does}; say --yes if you mean it")
    click.confirm(f"{does}. Go on?", abort=True, err=True)
    return True


async def _ask(settings: Settings, given: Mapping[str, object]) -> Mapping[str, object]:
    # What reaches the daemon is imported only now, so that completion stays quick.
    from gazelled.cli.client import closing, says, set_up_logs  # noqa: PLC0415 - completion needs none
    from gazelled.cli.render.progress import Waiting  # noqa: PLC0415 - likewise

    set_up_logs(settings)
    last: Mapping[str, object] = {}
    waiting = Waiting()
    async with waiting.shown(), closing(says(settings, "call", given)) as lines:
        async for line in lines:
            expected = line.get("expected")
            if isinstance(expected, int | float):
                waiting.begin(str(line.get("asking", "")), expected)
            last = line
    return last
