"""
A feed: the latest events as Atom (RFC 4287), for any feed reader.

    [target.lab-feed]
    plugin = "feed"
    title = "Yeast data"
    # keep = 100                  entries

The daemon serves it over HTTP from its start; `gazelled status` tells the address.
"""

from __future__ import annotations

import asyncio
import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gazelled.plugin import (
    Context,
    Delivery,
    PluginConfig,
    RetryLater,
    hide_keys,
    public_url,
    target,
    write_whole,
)
from gazelled_plugins import words

ATOM = "http://www.w3.org/2005/Atom"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        title: The feed's title; the tracker's name when None.
        keep: How many entries it keeps.

    """

    publishes: ClassVar[bool] = True

    title: str | None = None
    keep: Annotated[int, Field(ge=1, le=10_000)] = 100


class Entry(BaseModel):
    """One entry, as it is kept between deliveries."""

    model_config = ConfigDict(frozen=True)

    key: str
    id: str
    title: str
    updated: str
    link: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    text: str


_ENTRIES = TypeAdapter(list[Entry])


async def prepare(options: Options, context: Context) -> None:
    """Write the feed, even without entries: readers give up on a missing one."""
    await asyncio.to_thread(_write_kept, options, context)


def _write_kept(options: Options, context: Context) -> None:
    file = _file(context)
    entries = _read(context.folder / "entries.json", context)[: options.keep]
    if entries or not file.exists():
        _replace(file, render(entries, options, context))


@target(Options, prepare=prepare)
async def feed(delivery: Delivery, options: Options, context: Context) -> None:
    """Add the event at the front of the feed."""
    try:
        await asyncio.to_thread(publish, delivery, options, context)
    except OSError as error:
        raise RetryLater(f"The feed can't be written: {error.strerror}.") from error


def publish(delivery: Delivery, options: Options, context: Context) -> None:
    """Add an entry unless it is there already, and make the file say what is kept."""
    file = context.folder / "entries.json"
    entries = _read(file, context)
    if all(entry.key != delivery.key for entry in entries):
        entries.insert(0, make_entry(delivery, context))
    entries = entries[: options.keep]
    _replace(file, json.dumps([entry.model_dump() for entry in entries], indent=1).encode())
    _replace(_file(context), render(entries, options, context))


def _file(context: Context) -> Path:
    return context.public / f"{context.target}.atom"


def make_entry(delivery: Delivery, context: Context) -> Entry:
    """Make an entry of an event."""
    event = delivery.event
    host = urlsplit(context.site_url).hostname or "localhost"
    text = filter(None, [*words.lines(event), words.finder(event)])
    authors = event.item.fields.get("authors")
    tags = [tag for item in event.items for tag in item.tags or ()]
    return Entry(
        key=delivery.key,
        id=f"tag:{host},2026:{quote(event.key, safe=':@-._~+')}",
        title=_clean(words.headline(event)),
        updated=event.at.isoformat(),
        link=public_url(event.item.url) or public_url(context.site_url),
        authors=tuple(map(_clean, authors)) if isinstance(authors, list | tuple) else (),
        tags=tuple(dict.fromkeys(map(_clean, tags))),
        text=_clean("\n".join(text)),
    )


def render(entries: list[Entry], options: Options, context: Context) -> bytes:
    """Write the feed; equal entries give equal bytes, unless there are none."""
    updated = entries[0].updated if entries else datetime.now(UTC).isoformat(timespec="seconds")
    file = quote(f"{context.target}.atom")
    host = urlsplit(context.site_url).hostname or "localhost"
    root = ET.Element("feed", xmlns=ATOM)
    _add(root, "id", f"tag:{host},2026:feed:{quote(context.target)}")
    _add(root, "title", _clean(options.title or context.site_name))
    _add(root, "updated", updated)
    _add(root, "link", rel="self", type="application/atom+xml", href=context.address + file)
    if site := public_url(context.site_url):
        _add(root, "link", rel="alternate", type="text/html", href=site)
    _add(_add(root, "author"), "name", _clean(context.site_name))
    _add(root, "generator", "gazelled")
    for entry in entries:
        _render_entry(root, entry)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _render_entry(root: ET.Element, entry: Entry) -> None:
    element = _add(root, "entry")
    _add(element, "id", entry.id)
    _add(element, "title", entry.title, type="text")
    _add(element, "updated", entry.updated)
    if entry.link:
        _add(element, "link", rel="alternate", type="text/html", href=entry.link)
    for author in entry.authors:
        _add(_add(element, "author"), "name", author)
    for tag in entry.tags:
        _add(element, "category", term=tag)
    _add(element, "content", entry.text, type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element


def _clean(text: str) -> str:
    """Remove characters that XML can't hold, and secrets."""
    return hide_keys(_FORBIDDEN.sub("", text))


def _read(path: Path, context: Context) -> list[Entry]:
    try:
        return _ENTRIES.validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except ValidationError:
        damaged = path.with_suffix(".damaged")
        path.replace(damaged)
        context.log.warning("feed.reset", damaged=str(damaged))
        return []


def _replace(path: Path, content: bytes) -> None:
    """Write a file atomically, and only when it changes."""
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    write_whole(path, content, mode=0o666)
