"""The actions `request` and `requests`: what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gazelled.testing.content.comments import CommentRecord
from gazelled.testing.content.records import CATEGORIES
from gazelled.testing.content.requests import SMALLEST_VOTE, TAX, RequestRecord
from gazelled.testing.content.words import has_tags, is_excluded, matches
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, to_int, when
from gazelled.testing.site.visit import Visit

_PAGE = 25
_COMMENTS = 10


def request(visit: Visit) -> SimulatedReply:
    """Show a request and what was said of it."""
    number = visit.param("id")
    found = visit.world.requests.all.get(int(number)) if is_number(number) else None
    if found is None:
        return visit.failure("bad parameters")
    users = visit.world.users
    comments = visit.world.comments.on("requests", found.id)
    pages = -(-len(comments) // _COMMENTS)
    page = to_int(visit.param("page")) or max(pages, 1)
    shown = comments[(page - 1) * _COMMENTS : page * _COMMENTS]
    givers = sorted(found.votes.items(), key=lambda pair: -pair[1])
    return visit.success(
        {
            "requestId": found.id,
            "requestorId": found.author,
            "requestorName": users[found.author].name,
            "isBookmarked": found.id in visit.user.request_bookmarks,
            "requestTax": TAX,
            "timeAdded": when(found.time),
            "canEdit": visit.loaded and (visit.user.id == found.author or visit.user.staff),
            "canVote": visit.loaded and not found.torrent,
            "minimumVote": SMALLEST_VOTE,
            "voteCount": len(found.votes),
            "lastVote": when(found.last_vote),
            "topContributors": [
                {"userId": giver, "userName": users[giver].name, "bounty": bounty}
                for giver, bounty in givers
            ],
            "totalBounty": found.bounty,
            "categoryId": found.category,
            "categoryName": CATEGORIES[found.category - 1],
            "title": entities(found.title),
            "year": found.year,
            "image": found.picture,
            "bbDescription": entities(found.description),
            "description": render(found.description),
            "artists": _authors(found),
            **_filled(visit, found),
            "tags": found.tags,
            "comments": [_comment(visit, each) for each in shown],
            "commentPage": page,
            "commentPages": pages,
        },
        cached=True,
    )


def _comment(visit: Visit, comment: CommentRecord) -> dict[str, object]:
    author = visit.world.users[comment.author]
    return {
        "postId": comment.id,
        "authorId": author.id,
        "name": author.name,
        "donor": False,
        "warned": False,
        "enabled": author.enabled,
        "class": author.klass,
        "addedTime": when(comment.time),
        "avatar": author.avatar,
        "comment": render(comment.body),
        "editedUserId": comment.editor,
        "editedUsername": visit.world.users[comment.editor].name if comment.editor else "",
        "editedTime": when(comment.edited) if comment.edited else "",
    }


def requests(visit: Visit) -> SimulatedReply:
    """List requests, newest first, filled ones among them."""
    if not _number_or_nothing(visit, "requestor") or not _number_or_nothing(visit, "year"):
        return visit.error_page(b"")
    user = to_int(visit.param("userid")) or visit.user.id
    kind = _KINDS.get(visit.param("type"))
    if kind is None or not _number_or_nothing(visit, "userid"):
        return visit.failure("bad parameters")
    if _search_fails(visit):
        return visit.success(_NOTHING, cached=True)
    found = [
        each
        for each in visit.world.requests.all.values()
        if kind(visit, each, user) and _wanted(visit, each)
    ]
    if not found:
        return visit.success(_NOTHING, cached=True)
    order = _ORDERS.get(visit.param("order"), _ORDERS["created"])
    found.sort(key=lambda each: (order(each), each.id), reverse=visit.param("sort") != "asc")
    page = visit.page()
    response = {
        "currentPage": page if (page - 1) * _PAGE <= len(found) else 0,
        "pages": -(-len(found) // _PAGE),
        "results": [_row(visit, each) for each in found[(page - 1) * _PAGE : page * _PAGE]],
    }
    return visit.success(response, cached=True)


def _number_or_nothing(visit: Visit, name: str) -> bool:
    value = visit.param(name)
    return not value or is_number(value)


def _search_fails(visit: Visit) -> bool:
    """Return whether the search engine fails: on years, and on nothing but excluded words."""
    wanted = [*visit.param("search").split(), *visit.param("tags").split(",")]
    only_excluded = any(wanted) and all(is_excluded(each.strip()) for each in wanted if each)
    return bool(visit.param("year")) or visit.param("order") == "year" or only_excluded


_NOTHING: dict[str, object] = {"currentPage": 1, "pages": 1, "results": []}

_KINDS: Mapping[str, Callable[[Visit, RequestRecord, int], bool]] = {
    "": lambda _visit, _request, _user: True,
    "created": lambda _, request, user: request.author == user,
    "voted": lambda _, request, user: user in request.votes,
    "filled": lambda _, request, user: request.filler == user,
    "bookmarks": lambda visit, request, _: request.id in visit.user.request_bookmarks,
}

_ORDERS: Mapping[str, Callable[[RequestRecord], float]] = {
    "created": lambda request: request.time.timestamp(),
    "lastvote": lambda request: request.last_vote.timestamp(),
    "votes": lambda request: len(request.votes),
    "bounty": lambda request: request.bounty,
    "filled": lambda request: request.filled.timestamp() if request.filled else 0,
}


def _wanted(visit: Visit, found: RequestRecord) -> bool:
    query = visit.ask.query
    tags = " ".join(found.tags).replace(".", "_")
    if not has_tags(tags, query.get("tags", ""), any_of=query.get("tags_type") == "0"):
        return False
    categories = [to_int(name[11:-1]) for name in query if name.startswith("filter_cat[")]
    if categories and found.category not in categories:
        return False
    if query.get("submit") and not query.get("show_filled") and found.torrent:
        return False
    if query.get("requestor") and found.author != to_int(query["requestor"]):
        return False
    names = " ".join(author.name for author in found.authors)
    words = (word for word in query.get("search", "").split() if word != "-")
    return matches(f"{found.title} {names} {tags}", words)


def _row(visit: Visit, found: RequestRecord) -> dict[str, object]:
    return {
        "requestId": found.id,
        "requestorId": found.author,
        "requestorName": visit.world.users[found.author].name,
        "timeAdded": when(found.time),
        "lastVote": when(found.last_vote),
        "voteCount": len(found.votes),
        "bounty": found.bounty,
        "categoryId": found.category,
        "categoryName": CATEGORIES[found.category - 1],
        "authors": _authors(found),
        "title": entities(found.title),
        "year": found.year,
        "picture": found.picture,
        "description": entities(found.description),
        **_filled(visit, found),
    }


def _authors(found: RequestRecord) -> list[dict[str, object]]:
    return [{"id": author.id, "name": entities(author.name)} for author in found.authors]


def _filled(visit: Visit, found: RequestRecord) -> dict[str, object]:
    return {
        "isFilled": found.torrent > 0,
        "fillerId": found.filler,
        "fillerName": visit.world.users[found.filler].name if found.filler else "",
        "torrentId": found.torrent,
        "timeFilled": when(found.filled) if found.filled else "",
    }
