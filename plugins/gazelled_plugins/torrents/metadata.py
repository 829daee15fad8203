"""
A file about each torrent, beside its data, for those who find the data without the tracker.

It holds what the tracker says about the data, and no secret. `NAME.gazelled-ID.json` is gazelled's
own name; a file of that name that is not about this torrent is left as it is.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from gazelled.plugin import Context, Item, RetryLater, TorrentFile, TrackerError, write_whole

_LONGEST_NAME = 200
"""Bytes, of the 255 that a file's name may have."""
_READABLE = 0o644
_OF_THE_GROUP = {
    "title": "name",
    "authors": "authors",
    "year": "year",
    "accession": "accession",
    "organism": "organism",
    "strain": "strain",
    "category": "categoryName",
    "tags": "tags",
}
_OF_THE_TORRENT = {
    "licence": "license",
    "platform": "platform",
    "format": "format",
    "scope": "scope",
}
_OF_THE_ITEM = {"licence": "license"}
"""What has another name among the fields of an item."""


async def describe(file: TorrentFile, item: Item, context: Context) -> bytes:
    """
    Return what the file about a torrent holds: JSON.

    The tracker is asked for the details of the torrent once; without an answer, what its list says
    is all.
    """
    try:
        answer = await context.tracker.call("torrent", id=file.id)
    except TrackerError as error:
        context.log.warning("metadata.shortened", torrent=file.id, error=str(error))
        details: object = {}
    else:
        details = answer.payload
    facts = _of_the_item(item)
    for part, names in (("group", _OF_THE_GROUP), ("torrent", _OF_THE_TORRENT)):
        known = details.get(part) if isinstance(details, Mapping) else None
        if isinstance(known, Mapping):
            facts |= {name: _plain(known[key]) for name, key in names.items() if known.get(key)}
    facts |= {
        "citation": _citation(facts, item, context.site_name),
        "page": item.url,
        "site": context.site_name,
        "torrent": file.id,
        "infohash": file.infohash,
        "infohash_v2": file.infohash_v2,
        "name": file.name,
        "size": file.size,
        "files": [{"path": path, "size": size} for path, size in file.files],
    }
    return json.dumps(_known(facts), ensure_ascii=False, indent=2).encode(errors="replace") + b"\n"


def write_metadata(folder: Path, file: TorrentFile, content: bytes) -> bool:
    """
    Write the file about a torrent.

    Args:
        folder: The folder of the data; it must exist.
        file: The torrent.
        content: What to write.

    Returns:
        Whether it is there now: False if another file has its name.

    Raises:
        RetryLater: If it can't be written.

    """
    path = folder / f"{_name(file)}.gazelled-{file.id:d}.json"
    try:
        taken = path.is_symlink() or path.exists()
        if taken and (path.is_symlink() or not path.is_file()):
            return False
        before = path.read_bytes() if taken else None
        if before is not None and not _is_about(before, file):
            return False
        if before != content:
            write_whole(path, content, before=lambda fresh: fresh.chmod(_READABLE))
    except OSError as error:
        raise RetryLater(
            f"The metadata of torrent {file.id} can't be written to {folder}: {error.strerror}."
        ) from None
    return True


def _of_the_item(item: Item) -> dict[str, object]:
    """Return what the list of the tracker says, by the names of the file."""
    facts: dict[str, object] = {"title": item.title, "tags": list(item.tags or ())}
    for name in (_OF_THE_GROUP.keys() | _OF_THE_TORRENT.keys()) - facts.keys():
        facts[name] = item.fields.get(_OF_THE_ITEM.get(name, name))
    return facts


def _plain(value: object) -> object:
    """Return a value of an answer without the escapes of HTML, and names instead of records."""
    if isinstance(value, str):
        return html.unescape(value)
    if isinstance(value, Mapping):
        return _plain(value.get("name"))
    if isinstance(value, Iterable):
        return [_plain(part) for part in value]
    return value


def _citation(facts: Mapping[str, object], item: Item, site: str) -> str:
    """Return how the data can be cited: Authors (year). Title. Site, accession. Page."""
    authors = facts.get("authors")
    names = ", ".join(map(str, authors)) if isinstance(authors, list | tuple) else ""
    year = f"({facts['year']})" if facts.get("year") else ""
    source = ", ".join(filter(None, [site, str(facts.get("accession") or "")]))
    sentences = [" ".join(filter(None, [names, year])), str(facts["title"]), source]
    return " ".join([*(f"{text.rstrip('.')}." for text in sentences if text), item.url])


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    """Return what is known, in the order of the file."""
    first = ("title", "authors", "year", "accession", "licence", "citation", "page")
    order = dict.fromkeys([*first, *facts])
    return {name: facts[name] for name in order if facts.get(name) not in (None, "", [])}


def _name(file: TorrentFile) -> str:
    """Return the name of a torrent's data, where it can be that of a file."""
    name = "".join(letter for letter in file.name if letter.isprintable())
    if not name or name.startswith(".") or "/" in name:
        return f"torrent {file.id:d}"
    return name.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")


def _is_about(content: bytes, file: TorrentFile) -> bool:
    """Return whether a file is gazelled's own about this torrent."""
    try:
        facts = json.loads(content)
    except ValueError:
        return False
    return isinstance(facts, dict) and facts.get("infohash") in file.infohashes
