"""The table of what can be watched, made from the catalogue: `gazelled actions --watches`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gazelled.cli.render.action_facts import by_kind, watched, where
from gazelled.text import either
from gazelled.tracker.catalogue import Action, Listing
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.kinds import KINDS, default_kind, unfit_kinds

_LOG_INS = {"any": "token", "cookie": "cookie", "none": "none"}


def table() -> str:
    """Return the table, and the reasons for what can't be watched."""
    asked = [
        action
        for action in ACTIONS.values()
        if not action.changes and action.state not in {"broken", "absent"}
    ]
    head = f"| `ask`, with | items | log-in | {' | '.join(KINDS)} |"
    rows = [row for action in asked for row in _rows(action)]
    return "\n".join([head, "|---" * head.count(" | ") + "|---|", *rows, "", *_reasons(asked), ""])


def _rows(action: Action) -> Iterator[str]:
    name, log_in = f"[{action.name}](actions.md#{action.name})", _LOG_INS[action.login]
    for listing in watched(action):
        place = where(listing)
        yield _row(
            f"{name}, {place}" if place else name,
            either(by_kind(listing), "and"),
            log_in,
            *_cells(listing),
        )
    if not action.listings:
        yield _row(name, "", log_in, *_cells(None))


def _cells(listing: Listing | None) -> Iterator[str]:
    return ("yes" if kind.serves(listing) else "" for kind in KINDS.values())


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("|  ", "| ")


def _reasons(asked: Collection[Action]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for action in asked:
        for listing in watched(action):
            for kind, reason in unfit_kinds(listing).items():
                name = f"`{action.name} {where(listing)}`".replace(" `", "`")
                reasons.setdefault(f"No `{kind}`: {reason}", []).append(name)
    for reason, names in reasons.items():
        yield f"- {reason}: {either(names, 'and')}."
    rest = [f"`{action.name}`" for action in asked if not action.listings]
    only = f"Only `{default_kind(None).name}`: nothing in the answer that could be followed"
    yield f"- {only}: {either(rest, 'and')}."
