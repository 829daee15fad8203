"""The search engine behind `browse`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gazelled.testing.php import is_number, to_int
from gazelled.testing.records import CATEGORIES, Torrent
from gazelled.testing.world import World

PAGE = 50
SEARCH_ERROR = (
    "Search returned an error. Make sure all parameters are valid and of the expected types."
)
_LAST_PAGE = 20


def _everything(torrent: Torrent) -> str:
    group = torrent.group
    names = [author.name for author in group.authors]
    return " ".join(
        [
            *(
                group.title,
                group.organism,
                group.strain,
                group.accession,
                group.lab,
                str(group.year),
            ),
            *names,
            *group.tags,
            *(torrent.platform, torrent.format, torrent.license, torrent.scope),
        ]
    )


_WORDS: Mapping[str, Callable[[Torrent], str]] = {
    "searchstr": _everything,
    "advgroupname": _everything,
    "groupname": lambda torrent: torrent.group.title,
    "artistname": lambda torrent: " ".join(author.name for author in torrent.group.authors),
    "media": lambda torrent: torrent.platform,
    "platform": lambda torrent: torrent.platform,
    "container": lambda torrent: torrent.format,
    "format": lambda torrent: torrent.format,
    "codec": lambda torrent: torrent.license,
    "license": lambda torrent: torrent.license,
    "resolution": lambda torrent: torrent.scope,
    "scope": lambda torrent: torrent.scope,
    "cataloguenumber": lambda torrent: torrent.group.accession,
    "accession": lambda torrent: torrent.group.accession,
    "description": lambda torrent: torrent.description,
    "filelist": lambda torrent: " ".join(name for name, _ in torrent.files),
}

_ORDERS: Mapping[str, Callable[[list[Torrent]], float]] = {
    "time": lambda torrents: max(torrent.id for torrent in torrents),
    "year": lambda torrents: torrents[0].group.year,
    "size": lambda torrents: max(torrent.size for torrent in torrents),
    "seeders": lambda torrents: sum(torrent.seeders for torrent in torrents),
    "leechers": lambda torrents: sum(torrent.leechers for torrent in torrents),
    "snatched": lambda torrents: sum(torrent.snatched for torrent in torrents),
}


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a search found.

    Attributes:
        total: How many results there are on all pages.
        page: The results of the page asked for; a result is a group's torrents, or one torrent.
            Deleted ones are still among them until the index was refreshed.

    """

    total: int
    page: list[list[Torrent]]


def search(world: World, query: Mapping[str, str], *, grouped: bool) -> Found | None:
    """Search, or fail as the engine does when it is asked for what it can't order by."""
    order = query.get("order_by", "time")
    if order == "cataloguenumber":
        return None
    now = world.clock.now()
    hits = [
        torrent
        for torrent in world.torrents.values()
        if torrent.searchable <= now
        and (torrent.gone is None or now < torrent.gone)
        and _matches(torrent, query)
    ]
    results: list[list[Torrent]] = []
    if grouped:
        groups: dict[int, list[Torrent]] = {}
        for torrent in hits:
            groups.setdefault(torrent.group.id, []).append(torrent)
        results = list(groups.values())
    else:
        results = [[torrent] for torrent in hits]
    key = _ORDERS.get(order, _ORDERS["time"])
    results.sort(
        key=lambda torrents: (key(torrents), _ORDERS["time"](torrents)),
        reverse=query.get("order_way") != "asc",
    )
    page = min(max(to_int(query.get("page", "1")), 1), _LAST_PAGE)
    return Found(len(results), results[(page - 1) * PAGE : page * PAGE])


def _matches(torrent: Torrent, query: Mapping[str, str]) -> bool:
    for name, text in _WORDS.items():
        if not _has_words(text(torrent), query.get(name, "")):
            return False
    return (
        _in_category(torrent, query)
        and _has_tags(torrent, query)
        and _in_year(torrent, query.get("year", ""))
        and _is_free(torrent, query.get("freetorrent", ""))
        and _has_size(torrent, query)
    )


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _has_words(text: str, wanted: str) -> bool:
    if not wanted.strip():
        return True
    present = set(_split(text))
    for word in wanted.split():
        without = word.startswith(("!", "-"))
        if all(part in present for part in _split(word)) == without:
            return False
    return True


def _in_category(torrent: Torrent, query: Mapping[str, str]) -> bool:
    names = [name[11:-1] for name in query if name.startswith("filter_cat[")]
    names += [name for name in query.get("filter_cat", "").split("|") if name]
    if not names:
        return True
    lower = [name.lower() for name in CATEGORIES]
    wanted = {
        int(name) if is_number(name) else lower.index(name.lower()) + 1
        for name in names
        if is_number(name) or name.lower() in lower
    }
    return torrent.group.category in wanted


def _has_tags(torrent: Torrent, query: Mapping[str, str]) -> bool:
    wanted = [tag.strip().lower() for tag in query.get("taglist", "").split(",") if tag.strip()]
    if not wanted:
        return True
    has = torrent.group.tags
    found = [
        any(tag.startswith(each.lstrip("!")) for tag in has) != each.startswith("!")
        for each in wanted
    ]
    return any(found) if query.get("tags_type") == "0" else all(found)


def _in_year(torrent: Torrent, wanted: str) -> bool:
    if not wanted:
        return True
    first, dash, last = wanted.partition("-")
    low, high = to_int(first), to_int(last) if last else 9999
    return low <= torrent.group.year <= high if dash else torrent.group.year == low


def _is_free(torrent: Torrent, wanted: str) -> bool:
    match wanted:
        case "0" | "1" | "2":
            return torrent.freeleech == int(wanted)
        case "3":
            return torrent.freeleech > 0
    return True


def _has_size(torrent: Torrent, query: Mapping[str, str]) -> bool:
    unit = 1024 ** max(0, to_int(query.get("size_unit", "0")))
    low, high = _number(query.get("size_min", "")), _number(query.get("size_max", ""))
    return (low is None or torrent.size >= low * unit) and (
        high is None or torrent.size <= high * unit
    )


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
