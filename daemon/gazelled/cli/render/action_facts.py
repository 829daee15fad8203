"""What is known of an action, as texts: for `gazelled actions`, its documents and its JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gazelled.text import either
from gazelled.tracker.catalogue import SNAPSHOT, Action, Effect, Listing, Parameter

if TYPE_CHECKING:  # completion does without
    from gazelled.watches.keys.kinds import Kinds

STATES = {
    "works": "works",
    "broken": "broken at the tracker",
    "undocumented": "works, but is undocumented",
    "absent": "documented as not implemented",
}
PLUGIN = "a plugin"
"""Where it is known from what a plugin's source takes; the tracker can't be asked for it."""

LOG_INS = {"any": "token or log-in", "cookie": "log-in or cookies", "none": "none"}


def needed(action: Action, name: str, parameter: Parameter) -> str:
    """Return whether a parameter is needed."""
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
    """Return the values that a parameter takes, as far as they can be counted."""
    if parameter.word == "category":
        return [*SNAPSHOT.numbers]
    if parameter.word in {"license", "scope"}:
        return [*SNAPSHOT.words(parameter.word), "…"]
    return [*parameter.values]


def facts(action: Action, kinds: Kinds) -> list[tuple[str, str]]:
    """Return all else that is known of an action, by headings."""
    rows = [
        ("Log-in", LOG_INS[action.login]),
        ("Token", action.blind),
        ("Class", either(action.classes)),
        ("State", STATES[action.state]),
        ("Changes", changes(action)),
        ("Pages", _pages(action)),
        *(fact for listing in watched(action, kinds) for fact in _watching(listing, kinds)),
        ("Note", action.note),
        *(("Caution", caveat.text) for caveat in action.caveats),
        *(("Avoid", text) for text in in_vain(action)),
        ("Source", action.source),
    ]
    return [(head, text) for head, text in rows if text]


def _pages(action: Action) -> str:
    return "; ".join(
        f"{paging.size} entries each"
        + (", the oldest first" if paging.oldest_first else "")
        + (f", to the {paging.last}th" if paging.last else "")
        + (f"; {paging.note}" if paging.note else "")
        for paging in (table.paging for table in action.tables if table.paging)
    )


def in_vain(action: Action) -> list[str]:
    """Return a sentence for each parameter or value that is documented and has no effect."""
    of_values = [text for parameter in action.params.values() for text in parameter.vain.values()]
    return list(dict.fromkeys([*of_values, *action.vain.values()]))


def watched(action: Action, kinds: Kinds) -> list[Listing]:
    """Return the ways in which an answer can be watched, those that look the same once."""
    shown = {
        (where(listing), *kinds.of(listing), *listing.fields): listing
        for listing in reversed(action.listings)
    }
    return [*shown.values()][::-1]


def _watching(listing: Listing, kinds: Kinds) -> list[tuple[str, str]]:
    """Return which kinds of watch fit, and what their rules can ask."""
    place, items = where(listing), either(by_kind(listing), "and")
    fitting = ", ".join(kind.name for kind in kinds.of(listing))
    more = f"{', '.join(listing.more)}; one request for each item" if listing.more else ""
    return [
        ("Watch", f"{items}{place and f' ({place})'}: {fitting}"),
        ("Rules", ", ".join(listing.sent)),
        ("Details", more),
    ]


def by_kind(listing: Listing) -> list[str]:
    """Return the kinds of items in an answer."""
    return listing.item_kinds


def where(listing: Listing) -> str:
    """Return with which parameters an answer is read that way, as far as it must be said."""
    needed = {name: values for name, values in listing.when.items() if "" not in values}
    return " ".join(
        name if "*" in values else f"{name}={either(values)}" for name, values in needed.items()
    )


def changes(action: Action) -> str:
    """Return what an action changes."""
    return action.changes or "; ".join(map(_marks, action.effects))


def _marks(effect: Effect) -> str:
    text = f"marks {effect.marks} as read"
    if effect.when:
        text += " with " + " and ".join(f"{name}={either(to)}" for name, to in effect.when.items())
    if effect.avoid:
        text += " unless " + " and ".join(f"{name}={value}" for name, value in effect.avoid)
    return text


def example(action: Action) -> str:
    """Return an example as it is typed."""
    if action.source == PLUGIN:
        options = "".join(f", with.{one}" for one in action.example.split())
        return f'ask = "{action.name}"{options} in [watch.NAME]'
    yes = " --yes" if action.changes or any(not effect.when for effect in action.effects) else ""
    force = " --force" if action.state == "absent" else ""
    params = f" {action.example}" if action.example else ""
    return f"gazelled call {action.name}{params}{yes}{force}"


def as_data(action: Action, kinds: Kinds) -> dict[str, object]:
    """Return all that is known of an action as data."""
    return {
        "name": action.name,
        "about": action.about,
        "params": {
            name: _parameter_data(action, name, parameter)
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
                "kinds": [kind.name for kind in kinds.of(listing)],
                "unfit": kinds.unfit(listing),
                "fields": listing.sent,
                "details": [*listing.more],
            }
            for listing in watched(action, kinds)
        ],
        "pages": [table.paging.size for table in action.tables if table.paging],
        "note": action.note,
        "in_vain": in_vain(action),
        "composed": action.composed,
        "source": action.source,
        "example": example(action),
    }


def _parameter_data(action: Action, name: str, parameter: Parameter) -> dict[str, object]:
    is_category = parameter.word == "category"
    return {
        "about": parameter.about,
        "required": parameter.required,
        "needed": needed(action, name, parameter),
        "values": dict(SNAPSHOT.numbers if is_category else parameter.values),
        "known": [*SNAPSHOT.words(parameter.word)] if parameter.word else [],
        "default": parameter.default,
        "list": parameter.style != "plain",
    }
