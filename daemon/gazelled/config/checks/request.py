"""Checks what a watch asks: the action, what is made of its answer, and the parameters."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
from gazelled.config.model import Kind
from gazelled.config.stored_rule import default_kind
from gazelled.config.tables import WatchTable
from gazelled.model import Params
from gazelled.text import either, meant
from gazelled.tracker.catalogue import Action, Listing, check
from gazelled.tracker.catalogue.actions import ACTIONS

_TOLD = {"tell", "match", "if", "until", "fields", "first"}
"""The keys that only a watch has which tells something."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a watch asks.

    Attributes:
        at: Where its table stands.
        action: The action; None if there is no such.
        listing: How the answer is read as items; None if it has none.
        kind: What the watch does.
        params: Its parameters, as they are sent.
        blind: Whether the log-in is a token that is told less.

    """

    at: Key
    action: Action | None
    listing: Listing | None
    kind: Kind
    params: Params
    blind: bool = False

    @property
    def name(self) -> str:
        """The name of the action."""
        return self.action.name if self.action else ""


def check_asking(
    at: Key,
    table: WatchTable,
    given: set[str],
    strays: set[str],
    *,
    by_token: bool,
    music: bool,
    report: Report,
) -> Asked:
    """
    Check what a watch asks.

    Args:
        at: Where its table stands.
        table: The table.
        given: The keys that stand in it, fitting or not.
        strays: Keys of the watch that landed in a table below it, and are told already.
        by_token: Whether the log-in is a token that is told less.
        music: Whether it is a site for music, whose searches take what belongs to music.
        report: Where problems go.

    """
    action = _action(at, table, given | strays, report, by_token=by_token)
    if action is None:
        return Asked(at, None, None, table.kind or "new", ())
    with_ = {name: value for name, value in table.with_.items() if name not in strays}
    listing = action.listing(check(action, with_).params)
    kind = _kind(at, table, action, listing, given | strays, report)
    params = _params(
        at, table, action, listing if _streams(kind) else None, with_, report, music=music
    )
    return Asked(at, action, listing, kind, params, by_token)


def _streams(kind: Kind) -> bool:
    """Tell whether a kind of watch looks for items where they come first."""
    return kind not in {"report", "call"}


def _action(
    at: Key,
    table: WatchTable,
    given: set[str],
    report: Report,
    *,
    by_token: bool,
) -> Action | None:
    key = (*at, "ask")
    if "ask" not in given:
        report.error(key, 'missing; write ask = "browse" or another action')
        return None
    if report.told(key) or (not table.ask and "ask" not in table.model_fields_set):
        return None
    action = ACTIONS.get(table.ask)
    if action is None:
        question = meant(table.ask, ACTIONS) or "; gazelled actions lists them"
        report.error(key, f'unknown action "{table.ask}"{question}')
        return None
    if action.changes:
        report.error(key, f"{action.name} {action.changes}; no watch may ask it")
    if by_token and not action.token:
        why = f": {action.blind}" if action.blind else ""
        report.error(key, f"{action.name} needs login or cookies, a token isn't enough{why}")
    note = f": {action.note}" if action.note else ""
    if action.state == "absent":
        report.error(key, f"the tracker hasn't implemented {action.name}{note}")
    elif action.state == "broken":
        report.warn(key, f"{action.name} doesn't work at the tracker{note}")
    return action


def _kind(
    at: Key,
    table: WatchTable,
    action: Action,
    listing: Listing | None,
    given: set[str],
    report: Report,
) -> Kind:
    key = (*at, "kind")
    if table.kind and table.kind != "call" and (listing is None or table.kind not in listing.kinds):
        report.error(key, _cannot(action, listing, table.kind))
    elif "kind" in given or default_kind(listing) != "call" or not (given & _TOLD or table.tell):
        pass  # what tells nobody only calls, whether that is written or not
    elif listing:
        wanted = either([f'"{kind}"' for kind in listing.kinds if kind != "call"])
        text = f"missing, since {action.name} is one thing and never new; write kind = {wanted}"
        report.error(key, text)
        return "change" if "fields" in given else "alert" if "if" in given else "report"
    elif not (given & _TOLD or report.told((*at, "ask"))):
        text = f"missing, since {action.name} lists nothing when asked so; write"
        report.error(key, f'{text} kind = "call", which hands the answer to plugins')
    return table.kind or default_kind(listing)


def _cannot(action: Action, listing: Listing | None, kind: Kind) -> str:
    """Say why an answer doesn't serve a kind of watch, and which it does."""
    if listing is None:
        return (
            f'{action.name} lists nothing for kind = "{kind}"; write kind = "call", which hands the'
            " answer to plugins"
        )
    fitting = [f'"{each}"' for each in listing.kinds]
    reason = listing.unfit[kind]
    return f'no "{kind}" for {action.name}: {reason}; there is {either(fitting, "and")}'


def _params(
    at: Key,
    table: WatchTable,
    action: Action,
    listing: Listing | None,
    given: dict[str, object],
    report: Report,
    *,
    music: bool,
) -> Params:
    for name in given:
        if listing and name in listing.fixed:
            report.error(
                (*at, "with", name),
                f"{name} changes what comes first, and a watch looks there; leave it out, or write"
                ' kind = "report" or "call"',
            )
    checked = check(action, given, beside=listing.with_ if listing else (), music=music)
    for name, sentence in checked.wrong:
        if name in given:
            report.error((*at, "with", name), sentence)
        else:
            report.error((*at, "with"), f"{sentence}; write with.{name} = …")
    for name, sentence in checked.hints:
        report.warn((*at, "with", *([name] if name in given else [])), sentence)
    if checked.wrong or table.mark_read:
        return checked.params
    params = action.gentle(checked.params)
    if marks := action.marks(params):
        deciding = [name for each in action.effects for name in each.when if name in given]
        report.error(
            (*at, "with", deciding[-1]) if deciding else (*at, "ask"),
            f"reading {action.name} marks {marks} as read on the site; if you want that, write"
            " mark_read = true",
        )
    return params
