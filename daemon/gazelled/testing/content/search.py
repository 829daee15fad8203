"""
The search behind `browse`, as measured and as the application's `TorrentSearch` has it.

Parameters that aren't named here are ignored without a word, as the site does: `groupnamerj`,
`accession`, `format`, `platform`, `license`, `scope`, `freetorrent=3` and many that its
documentation names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gazelled.testing.content.records import CATEGORIES, TorrentRecord
from gazelled.testing.content.words import has_tags, matches
from gazelled.testing.content.world import World
from gazelled.testing.site.php import is_number, is_numeric, to_float, to_int

PAGE = 50
SEARCH_ERROR = (
    "Search returned an error. Make sure all parameters are valid and of the expected types."
)
_LAST_PAGE = 20


def _authors(torrent: TorrentRecord) -> str:
    return " ".join(author.name for author in torrent.group.authors)


def _tags(torrent: TorrentRecord) -> str:
    return " ".join(torrent.group.tags).replace(".", "_")


def file_list(torrent: TorrentRecord) -> str:
    """Write the names and sizes of the files as the site keeps them."""
    return "|||".join(f"{name}{{{{{{{size}}}}}}}" for name, size in torrent.files)


def _files(torrent: TorrentRecord) -> str:
    return file_list(torrent).replace("_", " ")


_FIELDS: Mapping[str, Callable[[TorrentRecord], str]] = {
    "groupname": lambda torrent: torrent.group.title,
    "GroupTitle2": lambda torrent: torrent.group.organism,
    "Groupnamejp": lambda torrent: torrent.group.strain,
    "artistname": _authors,
    "studio": lambda torrent: torrent.group.lab,
    "series": lambda torrent: torrent.group.location,
    "location": lambda torrent: torrent.group.location,
    "cataloguenumber": lambda torrent: torrent.group.accession,
    "numbers": lambda torrent: torrent.group.accession,
    "version": lambda torrent: torrent.version,
    "description": lambda torrent: torrent.description,
    "media": lambda torrent: torrent.platform,
    "container": lambda torrent: torrent.format,
    "codec": lambda torrent: torrent.license,
    "resolution": lambda torrent: torrent.scope,
    "taglist": _tags,
    "filelist": _files,
}
"""The parameters that look for words, and where."""

_EVERYWHERE = frozenset({"searchstr", "advgroupname"})
"""The parameters that look for words in all fields."""

_OF_A_FORMAT = frozenset({"description", "filelist", "media"})
"""Where these are asked for, formats of a data set that don't match are hidden."""

_ALTERNATIVES = frozenset({"media"})
"""These take one of several words, between which there is a `|`."""


def _everything(torrent: TorrentRecord) -> str:
    return " ".join([*(text(torrent) for text in _FIELDS.values()), str(torrent.group.year)])


_ORDERS: Mapping[str, Callable[[list[TorrentRecord]], float]] = {
    "year": lambda torrents: torrents[0].group.year,
    "size": lambda torrents: max(torrent.size for torrent in torrents),
    "seeders": lambda torrents: sum(torrent.seeders for torrent in torrents),
    "leechers": lambda torrents: sum(torrent.leechers for torrent in torrents),
    "snatched": lambda torrents: sum(torrent.snatched for torrent in torrents),
}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """
    What a search found.

    Attributes:
        total: How many results there are on all pages.
        page: The results of the page asked for; a result is the matching torrents of a group, or
            one torrent. Deleted ones are still among them until the index was refreshed.
        exact: Whether formats that don't match are to be hidden.

    """

    total: int
    page: list[list[TorrentRecord]]
    exact: bool


def search(world: World, query: Mapping[str, str], *, grouped: bool) -> SearchResult | None:
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
    groups: dict[int, list[TorrentRecord]] = {}
    for torrent in hits:
        groups.setdefault(torrent.group.id if grouped else torrent.id, []).append(torrent)
    results = _ordered([*groups.values()], order, descending=query.get("order_way") != "asc")
    page = min(max(to_int(query.get("page", "1")), 1), _LAST_PAGE)
    exact = any(query.get(name, "").strip() for name in _OF_A_FORMAT)
    return SearchResult(len(results), results[(page - 1) * PAGE : page * PAGE], exact)


def _ordered(
    results: list[list[TorrentRecord]], order: str, *, descending: bool
) -> list[list[TorrentRecord]]:
    """Order the results; equal ones ascend by the torrent that stands for them, in both ways."""
    key = _ORDERS.get(order)
    if key is None:
        edge = max if descending else min
        return sorted(
            results,
            key=lambda torrents: edge(torrent.id for torrent in torrents),
            reverse=descending,
        )
    results.sort(key=lambda torrents: _head(torrents, key, descending=descending))
    return sorted(results, key=key, reverse=descending)


def _head(
    torrents: list[TorrentRecord], key: Callable[[list[TorrentRecord]], float], *, descending: bool
) -> int:
    """
    Return the id of the torrent that stands for a group among equal ones.

    It is the first, unless a later one is less than all up to it together: so the engine
    compares while it sums up, as measured by `order_by=seeders`.
    """
    head = torrents[0].id
    for number, torrent in enumerate(torrents[1:], start=2):
        if not descending and key([torrent]) < key(torrents[:number]):
            head = torrent.id
    return head


def _matches(torrent: TorrentRecord, query: Mapping[str, str]) -> bool:
    return (
        all(_has_words(torrent, name, query[name]) for name in query)
        and _in_category(torrent, query)
        and _in_year(torrent, query.get("year", ""))
        and _is_free(torrent, query.get("freetorrent", ""))
        and _is_censored(torrent, query.get("censored", ""))
        and _has_size(torrent, query)
        and _has_tags(torrent, query)
        and _has_hash(torrent, query.get("hash", ""))
    )


def _has_words(torrent: TorrentRecord, name: str, wanted: str) -> bool:
    if not wanted.strip() or name == "taglist":
        return True
    if name in _EVERYWHERE:
        return matches(_everything(torrent), wanted.split())
    if name not in _FIELDS:
        return True
    text = _FIELDS[name](torrent)
    if name in _ALTERNATIVES:
        choices = [word.strip() for word in wanted.split("|") if word.strip()]
        return any(matches(text, choice.split()) for choice in choices)
    return matches(text, (word for word in wanted.split() if word != "-"))


def _in_category(torrent: TorrentRecord, query: Mapping[str, str]) -> bool:
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


def _has_tags(torrent: TorrentRecord, query: Mapping[str, str]) -> bool:
    any_of = to_int(query.get("tags_type", "1")) == 0
    return has_tags(_tags(torrent), query.get("taglist", ""), any_of=any_of)


def _in_year(torrent: TorrentRecord, wanted: str) -> bool:
    """Return whether the year is the wanted one or in a range; what is neither is ignored."""
    years = wanted.split("-")
    year = torrent.group.year
    match years:
        case [exact] if is_number(exact):
            return year == int(exact)
        case ["", last] if is_number(last):
            return year <= int(last)
        case [first, ""] if is_number(first):
            return year >= int(first)
        case [first, last] if is_number(first) and is_number(last):
            return min(int(first), int(last)) <= year <= max(int(first), int(last))
    return True


def _is_free(torrent: TorrentRecord, wanted: str) -> bool:
    return wanted not in {"0", "1", "2"} or torrent.freeleech == int(wanted)


def _is_censored(torrent: TorrentRecord, wanted: str) -> bool:
    return not wanted or int(torrent.annotated) == to_int(wanted)


def _has_size(torrent: TorrentRecord, query: Mapping[str, str]) -> bool:
    """Return whether a size is in the range, which only counts with a unit behind it."""
    names = [*query]
    if not query.get("size_unit"):
        return True
    before = names[: names.index("size_unit")]
    low, high = (query.get(name, "") if name in before else "" for name in _RANGE)
    if not (is_numeric(low) or is_numeric(high)):
        return True
    unit = 1024 ** to_int(query["size_unit"])
    least = int(to_float(low) * unit)
    most = int(to_float(high) * unit) if high else torrent.size
    return least <= torrent.size <= most


_RANGE = ("size_min", "size_max")


def _has_hash(torrent: TorrentRecord, wanted: str) -> bool:
    return not wanted or torrent.hash == wanted.upper()
