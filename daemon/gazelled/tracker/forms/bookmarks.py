"""
Bookmarks of data sets, authors and requests; those of collages can't be read by the API.

Adding and removing can be repeated without harm. The site doesn't check whether what is marked
exists: data sets and requests are looked up first, and an author who doesn't exist is in no list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, get_args

from gazelled.errors import Reason, RequestRefused
from gazelled.text import missing
from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.forms.sender import FormChange

Markable = Literal["group", "artist", "request"]
"""The kinds of things that can be bookmarked: a data set, an author, a request."""

MARKABLE: tuple[str, ...] = get_args(Markable)

_TYPES = {"group": "torrent", "artist": "artist", "request": "request"}
_WORDS = {"group": "data set", "artist": "author", "request": "request"}


async def _group(api: Endpoints, number: int) -> bool:
    return bool((await api.torrentgroup(id=number)).group.is_bookmarked)


async def _artist(api: Endpoints, number: int) -> bool:
    bookmarks = await api.bookmarks_artists()
    return any(artist.artist_id == number for artist in bookmarks.artists)


async def _request(api: Endpoints, number: int) -> bool:
    return bool((await api.request(id=number)).is_bookmarked)


_LOOKS: Mapping[str, Callable[[Endpoints, int], Awaitable[bool]]] = {
    "group": _group,
    "artist": _artist,
    "request": _request,
}


def bookmarking(api: Endpoints, kind: object, number: int, *, wanted: bool) -> FormChange[bool]:
    """Return the change that bookmarks something, or removes its bookmark."""
    if not isinstance(kind, str) or kind not in _TYPES:
        name = kind if isinstance(kind, str) else type(kind).__name__
        text = missing("kind of bookmark", name, MARKABLE)
        raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)
    name = f"{_WORDS[kind]} {number}"
    marked, unmarked = f"{name} is bookmarked", f"{name} is not bookmarked"
    return FormChange(
        form="bookmark" if wanted else "unbookmark",
        params=(("id", str(number)), ("type", _TYPES[kind])),
        read_state=lambda: _LOOKS[kind](api, number),
        in_effect=lambda _, now: now is wanted,
        wanted=marked if wanted else unmarked,
        unwanted=unmarked if wanted else marked,
    )
