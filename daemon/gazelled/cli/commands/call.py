"""`gazelled call`: send one request that a person typed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from gazelled.cli import completers, output
from gazelled.cli.options import DataCommand, confirmed, pairs
from gazelled.cli.settings import Settings
from gazelled.model import Params
from gazelled.text import unknown, with_hint
from gazelled.tracker.catalogue import Action, check
from gazelled.tracker.catalogue.action import unknown_action
from gazelled.tracker.catalogue.actions import ACTIONS

if TYPE_CHECKING:
    from gazelled.service.control.protocol import CallReply

ALL = "all"


class _Pages(click.ParamType[int | str]):
    """A number of pages, or all of them."""

    name = "N|all"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        text = str(value)
        if text == ALL:
            return text
        if text.isdecimal() and int(text) > 0:
            return int(text)
        return self.fail(f'wanted a number of pages or "all", not "{text}"', param, ctx)


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """What was typed, how it is sent, sentences on what is doubtful, whether it is confirmed."""

    action: Action
    typed: dict[str, object]
    sent: Params
    hints: tuple[str, ...]
    confirmed: bool = False


@click.command(cls=DataCommand)
@click.argument("action", shell_complete=completers.actions)
@click.argument("params", nargs=-1, metavar="[KEY=VALUE]...", shell_complete=completers.params)
@click.option("--table", is_flag=True, help="Print the main columns as a table.")
@click.option("--pages", type=_Pages(), help="Fetch N pages, or all; the newest first.")
@click.option("--raw", is_flag=True, help="Print the bodies as received, without your keys.")
@click.option(
    "--yes", is_flag=True, help="Confirm a request that marks or changes something there."
)
@click.option("--force", is_flag=True, help="Send even what is unknown, invalid or ignored there.")
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
    Send one request to the tracker and print its answer as JSON.

    The request waits its turn like all others. Repeat a KEY to pass a list. All actions:
    gazelled actions.

    gazelled call browse searchstr=yeast filter_cat=Sequences filter_cat=Images

    gazelled call browse searchstr=yeast --pages 3 --table
    """
    if table and raw:
        raise click.UsageError("--table and --raw exclude each other")
    checked = check_call(settings, action, params, yes=yes, force=force, paged=pages is not None)
    reply = send_call(settings, checked, force=force, pages=pages, raw=raw)
    _print(settings, checked, reply, table=table, raw=raw)


def check_call(
    settings: Settings,
    action: str,
    params: tuple[str, ...],
    *,
    yes: bool,
    force: bool = False,
    paged: bool = False,
) -> CheckedCall:
    """
    Check what was typed before anything is sent, and ask where the request has a consequence.

    Raises:
        UsageError: If the call is wrong, or would have to be confirmed.

    """
    checked = _check(settings, action, params, force=force)
    if wrong := checked.action.objection(checked.sent, force=force, pages=paged):
        raise click.UsageError(wrong)
    for hint in checked.hints:
        output.message(f"hint: {hint}")
    if checked.action.state == "broken":
        output.message(f"{action} is known not to work: {checked.action.note}")
    does = checked.action.consequence(checked.sent)
    if not confirmed(does, f"{does}. Go on?", yes=yes):
        raise click.UsageError(f"{does}; add --yes to confirm")
    return replace(checked, confirmed=yes or bool(does))


def send_call(
    settings: Settings,
    checked: CheckedCall,
    *,
    force: bool = False,
    pages: int | str | None = None,
    raw: bool = False,
) -> CallReply:
    """Send a call that was checked, through the owner of the account."""
    from gazelled.cli.client import ask  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.protocol import CallRequest  # noqa: PLC0415 - likewise

    name = checked.action.name
    request = CallRequest(name, checked.typed, checked.confirmed, force, pages, raw)
    return ask(settings, request, hints=False)  # the same were printed when it was checked


def _print(
    settings: Settings, checked: CheckedCall, reply: CallReply, *, table: bool, raw: bool
) -> None:
    if raw:
        for text in reply.raw:
            output.line(text)
    elif table and not settings.as_json:
        from gazelled.cli.render.answer_tables import print_table  # noqa: PLC0415 - only when it is wanted

        print_table(checked.action, checked.sent, reply.answer)
    else:
        output.as_json(reply.answer)
    if left := _left(checked, reply.answer):
        output.message(left)
    if reply.blind:
        output.message(reply.blind)


def _left(checked: CheckedCall, answer: object) -> str:
    """Return the progress of a search for uploads that is not complete, and how to continue it."""
    listing = checked.action.listing(checked.sent)
    left = answer.get(listing.remaining) if listing and isinstance(answer, dict) else None
    if not left or not isinstance(answer, dict):
        return ""
    known = answer["known"]
    return (
        f"{known:,} of {known + left:,} uploads are known; the same call goes on with the others."
    )


def _check(settings: Settings, action: str, params: tuple[str, ...], *, force: bool) -> CheckedCall:
    """Read parameters and check them, before anything is sent."""
    row = ACTIONS.get(action) or _at_the_site(settings, action, force=force)
    values: dict[str, list[str]] = {}
    for key, value in pairs(params):
        values.setdefault(key, []).append(value)
    typed: dict[str, object] = {
        key: several if len(several) > 1 else several[0] for key, several in values.items()
    }
    checked = check(row, typed)
    if action in ACTIONS and (checked.wrong or row.state == "absent"):
        row = _at_the_site(settings, action, force=force)
        checked = check(row, typed)
    if objections := checked.objections(force=force):
        hint = "" if checked.unsendable else "; --force sends it anyway"
        raise click.UsageError(f"{'; '.join(objections)}{hint}; see gazelled actions {action}")
    hints = checked.remarks() if row.about else [f"gazelled knows no action {action}"]
    return CheckedCall(row, typed, row.gentle(checked.params), tuple(hints))


def _at_the_site(settings: Settings, name: str, *, force: bool) -> Action:
    """Return an action as it is at the site that the config names, and with its plugins."""
    from gazelled.config.load import load  # noqa: PLC0415 - most requests are right without

    dialect = load(settings.config_file, settings.environ).profile.dialect
    action = dialect.action(name)
    if action is None and not force:
        text = unknown(f'action "{name}"', name, dialect.names)
        text += "" if "did you mean" in text else "; see gazelled actions"
        raise click.UsageError(with_hint(text, "--force sends it anyway"))
    return action or unknown_action(name)
