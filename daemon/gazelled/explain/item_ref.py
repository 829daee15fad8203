"""What a person means by an item: its id, a page of the site, or the key of an event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from gazelled.errors import RequestRefused
from gazelled.model import Event, EventKind
from gazelled.service.app import App
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.sites.site import Site

_EVENT = re.compile(rf".{{1,300}}:(?:{'|'.join(EventKind)}):([^@+]{{1,300}})(?:[@+]\S*)?")
_KEY = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class ItemRef:
    """
    What is meant.

    Attributes:
        name: Its id; without a revision, all of them are meant.
        kind: What it is; empty when any kind may be.

    """

    name: str
    kind: str = ""


async def event_named(app: App, text: str) -> Event | None:
    """Return the event of a key, or of a delivery's key; None if it is none, or isn't kept."""
    store = app.store
    return await store.archive.event_of(text) or await store.archive.event_of(
        text.rpartition("@")[0]
    )


async def things(app: App, text: str) -> list[ItemRef]:
    """
    Tell what a person means.

    Args:
        app: The daemon.
        text: What they typed.

    Raises:
        Refused: If it is an address that names nothing.

    """
    event = await event_named(app, text)
    if event is not None:
        found = [ItemRef(item.id, item.kind) for item in event.items]
    elif key := _EVENT.fullmatch(text):
        raise RequestRefused(
            f"no event {text} is kept: events are kept for 90 days; for the item alone, name its"
            f" id: {key[1]}"
        )
    elif ".php" in text or "://" in text:
        found = _on_page(text, app.site)
        if not found:
            raise RequestRefused(
                "no single item can be told from this address; take the one in the message, or"
                " an id such as 63"
            )
    else:
        found = [ItemRef(text)]
    return found


def _on_page(text: str, site: Site) -> list[ItemRef]:
    """Tell which things an address may be the page of: those that account for most of it."""
    given = urlsplit(text)
    if given.netloc and given.netloc != urlsplit(site.url).netloc:
        raise RequestRefused(f"that isn't a page of {site.name}")
    found: dict[ItemRef, int] = {}
    for action in ACTIONS.values():
        for listing in action.listings:
            for source in listing.sources:
                read = _read(source.url, given)
                name = read.get(_placeholder(source.id[0]), "") if source.id else ""
                if name:
                    found[ItemRef(source.prefix + name, source.kind)] = len(read)
    return [thing for thing, told in found.items() if told == max(found.values())]


def _placeholder(path: Sequence[str]) -> str:
    """Write a path the way it stands in the address of a page: "group[id]"."""
    return path[0] + "".join(f"[{part}]" for part in path[1:])


def _read(page: str, given: SplitResult) -> dict[str, str]:
    """Read what an address tells, by the parts of the page's; nothing if it is another page."""
    wanted = urlsplit(page)
    if not wanted.path.endswith(".php") or given.path.rpartition("/")[2] != wanted.path:
        return {}
    there = dict(parse_qsl(given.query))
    found: dict[str, str] = {}
    for name, value in parse_qsl(wanted.query):
        if key := _KEY.fullmatch(value):
            found |= {key[1]: there[name]} if name in there else {}
        elif there.get(name) == value:
            found[value] = value
        else:
            return {}
    if key := _KEY.search(wanted.fragment):
        head = wanted.fragment[: key.start()]
        if given.fragment.startswith(head):
            found[key[1]] = given.fragment.removeprefix(head)
    return found
