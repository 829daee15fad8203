"""What `gazelled actions --markdown` and `--watches` print: documents made from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gazelled.cli.render.action_facts import (
    by_kind,
    changes,
    example,
    facts,
    needed,
    values,
    watched,
    where,
)
from gazelled.text import either
from gazelled.tracker.catalogue import Action, Listing, Parameter
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.answer_models import model_of
from gazelled.tracker.decoding.schema import Anything
from gazelled.watches.keys.kinds import Kinds

_HEAD = """\
# Actions

The actions of the tracker's API, for `gazelled call`, for `ask` of a watch and for
[plugins](plugins.md). This page is generated from the catalogue by `gazelled actions --markdown`;
`gazelled actions NAME` shows a part of it. How to write parameters in a watch:
[configuration](config.md); on the command line: [commands](cli.md). What each can be watched for:
[watches](watches.md).

The sources are the tracker's public documentation and, where that differs, its application of
2021-03-05 (github.com/biotorrents/gazelle at 7076607), which was tested request by request. The
site may have changed since.
"""
_MANY = 14
_LOG_INS = {"any": "token", "cookie": "cookie", "none": "none"}


def document(kinds: Kinds) -> str:
    """Return the document of all actions."""
    return "\n".join(
        [_HEAD, *_overview(), *(_section(action, kinds) for action in ACTIONS.values())]
    )


def _overview() -> list[str]:
    rows = ["| action | returns | log-in | state | changes |", "|---|---|---|---|---|"]
    for action in ACTIONS.values():
        log_in = "" if action.login == "any" else _LOG_INS[action.login]
        state = "" if action.state == "works" else action.state
        link = f"[{action.name}](#{action.name})"
        rows.append(_row(link, action.about, log_in, state, changes(action)))
    return [*rows, ""]


def _section(action: Action, kinds: Kinds) -> str:
    lines = [f"## {action.name}", "", f"{action.about}.", "", f"    {example(action)}", ""]
    if action.params:
        lines += ["| parameter | needed | default | means | values |", "|---|---|---|---|---|"]
        lines += [
            _row(
                f"`{name}`",
                needed(action, name, parameter),
                parameter.default,
                parameter.about + ("; several" if parameter.style != "plain" else ""),
                _values(parameter),
            )
            for name, parameter in action.params.items()
        ]
        lines.append("")
    facts_shown = [
        *facts(action, kinds),
        ("Model", ", ".join(f"`{name}`" for name in models(action))),
    ]
    lines += [f"- {head}: {_plain(text)}" for head, text in facts_shown if text]
    return "\n".join([*lines, ""])


def _values(parameter: Parameter) -> str:
    if parameter.word in {"platform", "format"}:
        return "see [ontology](#ontology)"
    named = values(parameter)
    return ", ".join(named if len(named) <= _MANY else [*named[:_MANY], "…"])


def models(action: Action) -> list[str]:
    """Return the names of the models of an action's answers."""
    kinds = action.params["type"].values if "type" in action.params else {}
    classes = [model_of(action.name, {"type": kind}) for kind in ("", *kinds)]
    return list(dict.fromkeys(model.__name__ for model in classes if model is not Anything))


def _row(*cells: str) -> str:
    return f"| {' | '.join(_plain(cell) for cell in cells)} |".replace("|  |", "| |")


def _plain(text: str) -> str:
    """Write a text so that it doesn't turn into markup."""
    return text.replace("|", "\\|")


def watches_table(kinds: Kinds) -> str:
    """Return the table of what can be watched, and the reasons for what can't."""
    shown = [
        action
        for action in ACTIONS.values()
        if not action.changes and action.state not in {"broken", "absent"}
    ]
    head = f"| `ask`, with | items | log-in | {' | '.join(kinds)} |"
    rows = [row.replace("|  ", "| ") for action in shown for row in _rows(action, kinds)]
    return "\n".join(
        [head, "|---" * head.count(" | ") + "|---|", *rows, "", *_reasons(shown, kinds), ""]
    )


def _rows(action: Action, kinds: Kinds) -> Iterator[str]:
    name, log_in = f"[{action.name}](actions.md#{action.name})", _LOG_INS[action.login]
    for listing in watched(action, kinds):
        place = f"{name}, {where(listing)}".removesuffix(", ")
        yield _row(place, either(by_kind(listing), "and"), log_in, *_cells(listing, kinds))
    if not action.listings:
        yield _row(name, "", log_in, *_cells(None, kinds))


def _cells(listing: Listing | None, kinds: Kinds) -> Iterator[str]:
    return ("yes" if kind.serves(listing) else "" for kind in kinds.values())


def _reasons(actions: Collection[Action], kinds: Kinds) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for action in actions:
        for listing in watched(action, kinds):
            for kind, reason in kinds.unfit(listing).items():
                name = f"`{action.name} {where(listing)}`".replace(" `", "`")
                reasons.setdefault(f"No `{kind}`: {reason}", []).append(name)
    for reason, names in reasons.items():
        yield f"- {reason}: {either(names, 'and')}."
    rest = [f"`{action.name}`" for action in actions if not action.listings]
    only = f"Only `{kinds.default(None).name}`: nothing in the answer that could be followed"
    yield f"- {only}: {either(rest, 'and')}."
