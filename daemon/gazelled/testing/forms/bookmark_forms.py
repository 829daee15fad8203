"""The forms that add bookmarks and remove them: nobody checks whether what is marked exists."""

from __future__ import annotations

from gazelled.testing.content.records import UserRecord
from gazelled.testing.forms.form_visit import FormVisit
from gazelled.testing.site.exchange import SimulatedReply


def add(visit: FormVisit) -> SimulatedReply:
    """Bookmark something."""
    return _change(visit, wanted=True)


def remove(visit: FormVisit) -> SimulatedReply:
    """Remove a bookmark, also one that isn't there."""
    return _change(visit, wanted=False)


def _change(visit: FormVisit, *, wanted: bool) -> SimulatedReply:
    bookmarks = _bookmarks(visit.user, visit.get("type"))
    number = visit.number("id")
    if bookmarks is None:
        return visit.not_there()
    if number is None:
        return visit.invalid()
    (bookmarks.add if wanted else bookmarks.discard)(number)
    return visit.nothing()


def _bookmarks(user: UserRecord, kind: str) -> set[int] | None:
    match kind:
        case "torrent":
            return user.bookmarks
        case "artist":
            return user.author_bookmarks
        case "request":
            return user.request_bookmarks
        case "collage":
            return user.collage_bookmarks
    return None
