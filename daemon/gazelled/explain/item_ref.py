"""What a person means by an item: its id, a page of the site, or the key of an event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from gazelled.errors import RequestRefused
from gazelled.model import Event, EventKind
from gazelled.store import Store
from gazelled.tracker.sites.site import Site

_EVENT = re.compile(rf".{{1,300}}:(?:{'|'.join(EventKind)}):([^@+]{{1,300}})(?:[@+]\S*)?")
_KEY = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class ItemRef:
    """
    A reference to items of a kind, or of any if that is empty.

    A name without a revision refers to all revisions.
    """

    name: str
    kind: str = ""

    def fits(self, kind: str) -> bool:
        return self.kind in {"", kind}


async def event_by_key(store: Store, text: str) -> Event | None:
    """Return the event of a key, or of a delivery's key; None if none is kept."""
    archive = store.archive
    return await archive.event_of(text) or await archive.event_of(text.rpartition("@")[0])


async def resolve(store: Store, site: Site, text: str) -> list[ItemRef]:
    """Return what a person refers to; raise RequestRefused if that is no item, or isn't kept."""
    if event := await event_by_key(store, text):
        return [ItemRef(item.id, item.kind) for item in event.items]
    if key := _EVENT.fullmatch(text):
        raise RequestRefused(
            f"no event {text} is stored: events are stored for 90 days; to look up the item alone,"
            f" use its id: {key[1]}"
        )
    if ".php" not in text and "://" not in text:
        return [ItemRef(text)]
    refs = _on_page(text, site)
    if not refs:
        raise RequestRefused(
            "this address does not identify a single item; use the one in the message, or an id"
            " such as 63"
        )
    return refs


def _on_page(text: str, site: Site) -> list[ItemRef]:
    """Return the items that an address may be the page of: those that explain most of it."""
    address = urlsplit(text)
    if address.netloc and address.netloc != urlsplit(site.url).netloc:
        raise RequestRefused(f"that address is not a page of {site.name}")
    explained: dict[ItemRef, int] = {}
    lists = (
        list_
        for action in site.dialect.catalogue.values()
        for listing in action.listings
        for list_ in listing.lists
        if list_.id
    )
    for list_ in lists:
        values = _read(list_.url, address)
        first, *more = list_.ids[0]  # "group[id]" in the address of a page
        if name := values.get(first + "".join(f"[{part}]" for part in more), ""):
            explained[ItemRef(list_.prefix + name, list_.kind)] = len(values)
    return [ref for ref, count in explained.items() if count == max(explained.values())]


def _read(page: str, address: SplitResult) -> dict[str, str]:
    """Return the values of a page's placeholders in an address; nothing if it is another page."""
    template = urlsplit(page)
    if not template.path.endswith(".php") or address.path.rpartition("/")[2] != template.path:
        return {}
    query = dict(parse_qsl(address.query))
    values: dict[str, str] = {}
    for name, value in parse_qsl(template.query):
        if key := _KEY.fullmatch(value):
            values |= {key[1]: query[name]} if name in query else {}
        elif query.get(name) == value:
            values[value] = value
        else:
            return {}
    if key := _KEY.search(template.fragment):
        head = template.fragment[: key.start()]
        if address.fragment.startswith(head):
            values[key[1]] = address.fragment.removeprefix(head)
    return values
