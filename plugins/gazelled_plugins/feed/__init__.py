"""
Feeds: the latest events as Atom, RSS and JSON Feed, for any feed reader.

    [target.lab-feed]
    plugin = "feed"
    title = "Yeast data"
    # keep = 100                  entries
    # torrents = true             a private feed, for torrent clients

The daemon serves them over HTTP from its start: `lab-feed.atom`, `lab-feed.rss`, `lab-feed.json`,
the same of each watch (`lab-feed/yeast.atom`) and of all targets (`all.atom`), and an index page.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, ClassVar

from pydantic import Field

from gazelled.plugin import Context, Delivery, PluginConfig, TargetFault, target
from gazelled_plugins.feed.entries import make_entry
from gazelled_plugins.feed.formats import atom_entry
from gazelled_plugins.feed.index_page import feeds_in
from gazelled_plugins.feed.target_feed import TargetFeed


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        title: The feed's title; the tracker's name when None.
        keep: How many entries it keeps.
        torrents: Whether there is a private feed with the `.torrent` files.

    """

    publishes: ClassVar[bool] = True

    title: str | None = None
    keep: Annotated[int, Field(ge=1, le=10_000)] = 100
    torrents: bool = False

    def wants_downloads(self) -> bool:
        """Return whether files are fetched."""
        return self.torrents


async def prepare(options: Options, context: Context) -> None:
    """Serve the feeds, and write the file, even without entries: readers give up on none."""
    opened = _open(options, context)
    opened.serve()
    feeds_in(context.public).serve(context)
    await asyncio.to_thread(opened.prepare)


def preview(delivery: Delivery, options: Options, context: Context) -> str:
    """Return the entry as Atom has it."""
    del options
    return atom_entry(make_entry(delivery, context)).decode().strip()


@target(Options, prepare=prepare, preview=preview)
async def feed(delivery: Delivery, options: Options, context: Context) -> None:
    """Add the event at the front of the feed."""
    opened = feeds_in(context.public).targets.get(context.target) or _open(options, context)
    try:
        await context.in_thread(delivery, opened.publish, delivery)
    except OSError as error:
        raise TargetFault(f"The feed can't be written: {error.strerror}.") from error


def _open(options: Options, context: Context) -> TargetFeed:
    """Open the feed of a target, which keeps its entries in memory."""
    title = options.title or context.site_name
    opened = TargetFeed(context, title, options.keep, torrents=options.torrents)
    feeds_in(context.public).targets[context.target] = opened
    return opened
