"""The page of feeds: the addresses of what targets publish, to be copied into a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from gazelled.service.web.web_page import PageRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App
    from gazelled.service.destinations import Destination

FORMATS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed", "ics": "Calendar"}


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """The address of a feed in one format."""

    format: str
    address: str


@dataclass(frozen=True, slots=True)
class FeedsOfWatch:
    """The addresses of what a target publishes of one watch."""

    watch: str
    addresses: tuple[FeedAddress, ...]


@dataclass(frozen=True, slots=True)
class PublishedTarget:
    """
    A target that publishes something.

    Attributes:
        watches: The watches that send to it.
        addresses: Where it is; none as long as it has published nothing. A feed of `.torrent`
            files is left out: its plugin keeps the address to itself.
        of_watches: The same of each watch that has a feed of its own.

    """

    name: str
    plugin: str
    watches: tuple[str, ...]
    addresses: tuple[FeedAddress, ...]
    of_watches: tuple[FeedsOfWatch, ...]


@dataclass(frozen=True, slots=True)
class FeedsPage:
    """
    What targets publish, and why nothing can be fetched now, if that is so.

    Attributes:
        private: Whether an address holds the secret that opens it.

    """

    listen: str
    problem: str
    private: bool
    targets: tuple[PublishedTarget, ...]


async def feeds_page(app: App, _: PageRequest) -> FeedsPage:
    """Return the page of feeds."""
    targets = tuple(
        _published(app, name, destination)
        for name, destination in app.destinations.items()
        if destination.options.publishes
    )
    problem = app.web.problem if app.web else ""
    web = app.config.web
    return FeedsPage(web.listen, app.redactor.scrub(problem), web.private_feeds, targets)


def _published(app: App, name: str, destination: Destination) -> PublishedTarget:
    public = {file.name for file in (app.folder / "public").glob(f"{name}.*")}
    files = (f"{name}.{ending}" for ending in FORMATS)
    endings = [
        file.rpartition(".")[2] for file in files if file in public or app.bus.web.routes.find(file)
    ]
    root, watches = destination.context.address, destination.context.watches
    has_folder = app.bus.web.routes.find(f"{name}/") is not None
    return PublishedTarget(
        name,
        destination.plugin,
        watches,
        _addresses(f"{root}{quote(name)}", endings),
        tuple(
            FeedsOfWatch(watch, _addresses(f"{root}{quote(name)}/{quote(watch)}", endings))
            for watch in (watches if has_folder and endings else ())
        ),
    )


def _addresses(path: str, endings: Sequence[str]) -> tuple[FeedAddress, ...]:
    return tuple(FeedAddress(FORMATS[ending], f"{path}.{ending}") for ending in endings)
