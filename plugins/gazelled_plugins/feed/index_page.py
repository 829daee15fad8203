"""What all feeds of a daemon have in common: the feed of all targets, and the index page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from gazelled.plugin import Context, WebFile, public_url
from gazelled_plugins.feed.entries import Entry, clean, tag_uri
from gazelled_plugins.feed.formats import FORMATS, Head
from gazelled_plugins.feed.target_feed import TargetFeed, rendered

if TYPE_CHECKING:
    import jinja2

ALL = "all"
"""The name of the feed of all targets; a target of that name goes before it."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """
    A feed on the index page.

    Attributes:
        path: Its address without the ending.
        count: How many entries it has.
        watches: The feeds of its watches.

    """

    title: str
    path: str
    count: int
    updated: datetime | None = None
    private: bool = False
    watches: tuple[IndexRow, ...] = ()


class FeedIndex:
    """The feeds of all targets of a daemon."""

    def __init__(self) -> None:
        self.targets: dict[str, TargetFeed] = {}

    def serve(self, context: Context) -> None:
        """Serve the index page and the feed of all targets."""
        context.serve("index.html", partial(self._index, context))
        if ALL not in self.targets:
            for ending in FORMATS:
                context.serve(f"{ALL}.{ending}", partial(self._all, context, ending))

    async def _all(self, context: Context, ending: str, rest: str) -> WebFile | None:
        del rest
        if feed := self.targets.get(ALL):
            return await feed.whole(ending)
        if _is_published(context, f"{ALL}.{ending}"):
            return None
        return await asyncio.to_thread(self._merged, context, ending)

    def _merged(self, context: Context, ending: str) -> WebFile:
        head = Head(
            id=tag_uri(context, "feeds"),
            title=clean(context.site_name),
            address=f"{context.address}{ALL}.{ending}",
            site=public_url(context.site_url),
            author=clean(context.site_name),
            updated=max(feed.changed for feed in self.targets.values()),
        )
        return rendered(ending, head, self._entries())

    def _entries(self) -> list[Entry]:
        """Return the entries of all targets, each event once, the newest first."""
        entries: dict[str, Entry] = {}
        for feed in self.targets.values():
            for entry in feed.entries:
                entries.setdefault(entry.id, entry)
        newest = sorted(entries.values(), key=_when, reverse=True)
        return newest[: max(feed.keep for feed in self.targets.values())]

    async def _index(self, context: Context, rest: str) -> WebFile | None:
        del rest
        if _is_published(context, "index.html"):
            return None
        return await asyncio.to_thread(self._page, context)

    def _page(self, context: Context) -> WebFile:
        rows = [_row(name, feed) for name, feed in self.targets.items()]
        if ALL not in self.targets:
            rows.insert(0, IndexRow("All feeds", ALL, len(self._entries())))
        text = _template().render(
            site_name=clean(context.site_name),
            rows=rows,
            formats={ending: (name, kind) for ending, (name, kind, _) in FORMATS.items()},
        )
        return WebFile(text.encode(), "text/html; charset=utf-8")


def _row(name: str, feed: TargetFeed) -> IndexRow:
    entries = feed.entries
    watches = (
        IndexRow(watch, f"{quote(name)}/{quote(watch)}", count)
        for watch, count in feed.watches().items()
    )
    return IndexRow(
        title=feed.title,
        path=quote(name),
        count=len(entries),
        updated=_when(entries[0]) if entries else None,
        private=feed.private,
        watches=tuple(watches),
    )


def _is_published(context: Context, name: str) -> bool:
    """Return whether another plugin has written a file of this name, which goes before."""
    return (context.public / name).exists()


def _when(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.updated)


@cache
def _template() -> jinja2.Template:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - few look at the page

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files(__package__).joinpath("index.html.jinja").read_text("utf-8")
    return environment.from_string(source)


@cache
def feeds_in(public: Path) -> FeedIndex:
    """Return the feeds of the daemon that serves a folder."""
    del public
    return FeedIndex()
