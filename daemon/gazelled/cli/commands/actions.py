"""`gazelled actions`: what the tracker can be asked."""

from __future__ import annotations

import click

from gazelled.cli import completion, output
from gazelled.cli.settings import Settings, with_json
from gazelled.text import either, unknown
from gazelled.tracker.catalogue import SNAPSHOT, Action, Effect, Listing, Parameter
from gazelled.tracker.catalogue.actions import ACTIONS

STATES = {
    "works": "works",
    "broken": "broken at the tracker",
    "undocumented": "works, but is undocumented",
    "absent": "documented as not implemented",
}
LOG_INS = {"any": "token or log-in", "cookie": "log-in or cookies", "none": "none"}


@click.command()
@click.argument("name", required=False, shell_complete=completion.actions)
@click.option("--markdown", is_flag=True, help="Print all of it as a document.")
@click.option("--watches", is_flag=True, help="Print which kinds of watch each fits, as a table.")
@with_json
@click.pass_obj
def actions(settings: Settings, name: str | None, *, markdown: bool, watches: bool) -> None:
    """
    List what the tracker can be asked, or explain one action: NAME.

    It needs neither a config nor the tracker.
    """
    if markdown:
        from gazelled.cli.render.actions_page import document  # noqa: PLC0415 - only when it is wanted

        click.echo(document(), nl=False)
    elif watches:
        from gazelled.cli.render.watches_page import table  # noqa: PLC0415 - only when it is wanted

        click.echo(table(), nl=False)
    elif name is None:
        if settings.as_json:
            output.as_json([as_data(action) for action in ACTIONS.values()])
            return
        output.table(
            ["ACTION", "TELLS", "LOG-IN", "STATE", "CHANGES"],
            [
                [
                    action.name,
                    action.about,
                    "" if action.login == "any" else LOG_INS[action.login],
                    "" if action.state == "works" else STATES[action.state],
                    changes(action),
                ]
                for action in ACTIONS.values()
            ],
        )
    elif name not in ACTIONS:
        raise click.UsageError(unknown(f'action "{name}"', name, ACTIONS))
    elif settings.as_json:
        output.as_json(as_data(ACTIONS[name]))
    else:
        _explain(ACTIONS[name])


def _explain(action: Action) -> None:
    output.line(f"{action.name}: {action.about}.")
    if action.params:
        output.line()
        output.table(
            ["PARAMETER", "", "DEFAULT", "MEANS", "VALUES"],
            [
                [
                    name,
                    needed(action, name, parameter),
                    parameter.default,
                    parameter.about,
                    ", ".join(values(parameter)),
                ]
                for name, parameter in action.params.items()
            ],
        )
    output.line()
    for head, text in facts(action):
        output.line(f"{head + ':':<9} {text}")
    output.line(f"{'Example:':<9} {example(action)}")


def needed(action: Action, name: str, parameter: Parameter) -> str:
    """Say whether a parameter is needed."""
    if name in action.one_of:
        return "one of them"
    place = " and ".join(
        f"{other}={either([value for value in wanted if value])}"
        for other, wanted in parameter.only.items()
    )
    if parameter.required:
        return f"needed with {place}" if place else "needed"
    if parameter.needs:
        return f"with {either(parameter.needs)}"
    return f"with {place}" if place else ""


def values(parameter: Parameter) -> list[str]:
    """Name the values that a parameter takes, as far as they can be counted."""
    if parameter.word == "category":
        return [*SNAPSHOT.numbers]
    if parameter.word in {"license", "scope"}:
        return [*SNAPSHOT.words(parameter.word), "…"]
    return [*parameter.values]


def facts(action: Action) -> list[tuple[str, str]]:
    """Tell all else of an action, by headings."""
    paging = [rows.paging for rows in action.rows if rows.paging]
    pages = "; ".join(
        f"{each.size} entries each"
        + (", the oldest first" if each.oldest_first else "")
        + (f", to the {each.last}th" if each.last else "")
        + (f"; {each.note}" if each.note else "")
        for each in paging
    )
    found = [
        ("Log-in", LOG_INS[action.login]),
        ("Token", action.blind),
        ("Class", either(action.classes)),
        ("State", STATES[action.state]),
        ("Changes", changes(action)),
        ("Pages", pages),
        *(fact for listing in watched(action) for fact in _told(listing)),
        ("Note", action.note),
        *(("Beware", caveat.text) for caveat in action.caveats),
        *(("In vain", text) for text in in_vain(action)),
        ("Source", action.source),
    ]
    return [(head, text) for head, text in found if text]


def in_vain(action: Action) -> list[str]:
    """Return a sentence for each parameter or value that is documented and has no effect."""
    of_values = [text for parameter in action.params.values() for text in parameter.vain.values()]
    return list(dict.fromkeys([*of_values, *action.vain.values()]))


def watched(action: Action) -> list[Listing]:
    """Tell the ways in which an answer can be watched, those that look the same once."""
    shown = {(where(each), each.kinds, *each.fields): each for each in reversed(action.listings)}
    return [*shown.values()][::-1]


def _told(listing: Listing) -> list[tuple[str, str]]:
    """Tell which kinds of watch fit, and what their rules can ask."""
    place, items = where(listing), either(by_kind(listing), "and")
    more = f"{', '.join(listing.more)}; one request for each item" if listing.more else ""
    return [
        ("Watch", f"{items}{place and f' ({place})'}: {', '.join(listing.kinds)}"),
        ("Rules", ", ".join(listing.fields)),
        ("Details", more),
    ]


def by_kind(listing: Listing) -> list[str]:
    """Name the kinds of things that an answer tells of."""
    return list(dict.fromkeys(source.kind for source in listing.sources))


def where(listing: Listing) -> str:
    """Say with which parameters an answer is read that way, as far as it must be said."""
    needed = {name: values for name, values in listing.when.items() if "" not in values}
    return " ".join(
        name if "*" in values else f"{name}={either(values)}" for name, values in needed.items()
    )


def changes(action: Action) -> str:
    """Say what an action changes."""
    return action.changes or "; ".join(map(_marks, action.effects))


def _marks(effect: Effect) -> str:
    text = f"marks {effect.marks} as read"
    if effect.when:
        text += " with " + " and ".join(f"{name}={either(to)}" for name, to in effect.when.items())
    if effect.avoid:
        text += " unless " + " and ".join(f"{name}={value}" for name, value in effect.avoid)
    return text


def example(action: Action) -> str:
    """Write an example as one types it."""
    yes = " --yes" if action.changes or any(not each.when for each in action.effects) else ""
    force = " --force" if action.state == "absent" else ""
    given = f" {action.example}" if action.example else ""
    return f"gazelled call {action.name}{given}{yes}{force}"


def as_data(action: Action) -> dict[str, object]:
    """Tell all of an action as data."""
    return {
        "name": action.name,
        "about": action.about,
        "params": {
            name: {
                "about": parameter.about,
                "required": parameter.required,
                "needed": needed(action, name, parameter),
                "values": dict(
                    SNAPSHOT.numbers if parameter.word == "category" else parameter.values
                ),
                "known": [*SNAPSHOT.words(parameter.word)] if parameter.word else [],
                "default": parameter.default,
                "list": parameter.style != "plain",
            }
            for name, parameter in action.params.items()
        },
        "login": action.login,
        "token_cannot": action.blind,
        "classes": [*action.classes],
        "state": action.state,
        "changes": changes(action),
        "watches": [
            {
                "with": where(listing),
                "items": by_kind(listing),
                "kinds": [*listing.kinds],
                "unfit": dict(listing.unfit),
                "fields": [*listing.fields],
                "details": [*listing.more],
            }
            for listing in watched(action)
        ],
        "pages": [rows.paging.size for rows in action.rows if rows.paging],
        "note": action.note,
        "in_vain": in_vain(action),
        "composed": action.composed,
        "source": action.source,
        "example": example(action),
    }
