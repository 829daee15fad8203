"""A source: `ask = "site-feed"` watches the RSS or Atom feed of another site."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import aiohttp
from gazelled.plugin import (
    AGE,
    TAGS,
    TEXT,
    Item,
    PluginConfig,
    RegisterSource,
    RetryLater,
    hookimpl,
    plain_text,
)
from gazelled.plugin.sources import Source, SourceRequest
from pydantic import Field

LARGEST = 10 * 2**20
"""Bytes of a feed that are read at most."""


class FeedOptions(PluginConfig):
    """What `with` of a watch takes."""

    url: str = Field(description="the address of the feed", pattern="^https?://")


class SiteFeed(Source[FeedOptions]):
    """The entries of a feed; only its newest, so that none is ever gone."""

    name = "site-feed"
    about = "The entries of another site's RSS or Atom feed"
    options = FeedOptions
    item = "entry"
    fields = {"age": AGE, "tags": TAGS, "author": TEXT}  # noqa: RUF012 - as a source declares them
    window = True
    example = "url=https://example.org/feed.xml"

    async def poll(self, request: SourceRequest[FeedOptions]) -> Sequence[Item]:
        """Read the feed."""
        try:
            import feedparser  # noqa: PLC0415 - only who has such a watch needs it
        except ImportError:
            raise RetryLater("it needs feedparser: pip install feedparser") from None
        try:
            async with request.context.http.get(request.options.url) as response:
                response.raise_for_status()
                content = await response.content.read(LARGEST)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RetryLater(f"the feed can't be read ({type(error).__name__})") from None
        feed = await request.context.to_thread(feedparser.parse, content)
        if not feed.version:
            raise RetryLater("the address has no feed")
        return [item for entry in feed.entries if (item := _item(entry))]


def _item(entry: Any) -> Item | None:
    """Return an entry as an item; None if nothing identifies it."""
    link = entry.get("link", "")
    name = entry.get("id") or link
    if not name:
        return None
    return Item(
        id=name,
        kind="entry",
        title=plain_text(entry.get("title", "")),
        url=link if link.startswith(("http://", "https://")) else "",
        time=_time(entry.get("published_parsed") or entry.get("updated_parsed")),
        summary=plain_text(entry.get("summary", "")),
        tags=tuple(tag.term for tag in entry.get("tags", ()) if tag.get("term")),
        fields={"author": entry.get("author")},
    )


def _time(moment: struct_time | None) -> datetime | None:
    return datetime.fromtimestamp(calendar.timegm(moment), UTC) if moment else None


@hookimpl
def gazelled_sources(register: RegisterSource) -> None:
    """Contribute the source."""
    register(SiteFeed())
