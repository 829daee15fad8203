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
    wish = visit.world.requests.all.get(int(number)) if is_number(number) else None
    if wish is None:
        return visit.failure("bad parameters")
    users = visit.world.users
    comments = visit.world.comments.on("requests", wish.id)
    pages = -(-len(comments) // _COMMENTS)
    page = to_int(visit.param("page")) or max(pages, 1)
    shown = comments[(page - 1) * _COMMENTS : page * _COMMENTS]
    givers = sorted(wish.votes.items(), key=lambda pair: -pair[1])
    return visit.success(
        {
            "requestId": wish.id,
            "requestorId": wish.author,
            "requestorName": users[wish.author].name,
            "isBookmarked": wish.id in visit.user.request_bookmarks,
            "requestTax": TAX,
            "timeAdded": when(wish.time),
            "canEdit": visit.loaded and (visit.user.id == wish.author or visit.user.staff),
            "canVote": visit.loaded and not wish.torrent,
            "minimumVote": SMALLEST_VOTE,
            "voteCount": len(wish.votes),
            "lastVote": when(wish.last_vote),
            "topContributors": [
                {"userId": giver, "userName": users[giver].name, "bounty": bounty}
                for giver, bounty in givers
            ],
            "totalBounty": wish.bounty,
            "categoryId": wish.category,
            "categoryName": CATEGORIES[wish.category - 1],
            "title": entities(wish.title),
            "year": wish.year,
            "image": wish.picture,
            "bbDescription": entities(wish.description),
            "description": render(wish.description),
            "artists": _authors(wish),
            **_filled(visit, wish),
            "tags": wish.tags,
            "comments": [_comment(visit, comment) for comment in shown],
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
    wishes = [
        wish
        for wish in visit.world.requests.all.values()
        if kind(visit, wish, user) and _wanted(visit, wish)
    ]
    if not wishes:
        return visit.success(_NOTHING, cached=True)
    order = _ORDERS.get(visit.param("order"), _ORDERS["created"])
    wishes.sort(key=lambda wish: (order(wish), wish.id), reverse=visit.param("sort") != "asc")
    page = visit.page()
    response = {
        "currentPage": page if (page - 1) * _PAGE <= len(wishes) else 0,
        "pages": -(-len(wishes) // _PAGE),
        "results": [_row(visit, wish) for wish in wishes[(page - 1) * _PAGE : page * _PAGE]],
    }
    return visit.success(response, cached=True)


def _number_or_nothing(visit: Visit, name: str) -> bool:
    value = visit.param(name)
    return not value or is_number(value)


def _search_fails(visit: Visit) -> bool:
    """Return whether the search engine fails: on years, and on nothing but excluded words."""
    wanted = [*visit.param("search").split(), *visit.param("tags").split(",")]
    only_excluded = any(wanted) and all(is_excluded(word.strip()) for word in wanted if word)
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


def _wanted(visit: Visit, wish: RequestRecord) -> bool:
    query = visit.ask.query
    tags = " ".join(wish.tags).replace(".", "_")
    if not has_tags(tags, query.get("tags", ""), any_of=query.get("tags_type") == "0"):
        return False
    categories = [to_int(name[11:-1]) for name in query if name.startswith("filter_cat[")]
    if categories and wish.category not in categories:
        return False
    if query.get("submit") and not query.get("show_filled") and wish.torrent:
        return False
    if query.get("requestor") and wish.author != to_int(query["requestor"]):
        return False
    names = " ".join(author.name for author in wish.authors)
    words = (word for word in query.get("search", "").split() if word != "-")
    return matches(f"{wish.title} {names} {tags}", words)


def _row(visit: Visit, wish: RequestRecord) -> dict[str, object]:
    return {
        "requestId": wish.id,
        "requestorId": wish.author,
        "requestorName": visit.world.users[wish.author].name,
        "timeAdded": when(wish.time),
        "lastVote": when(wish.last_vote),
        "voteCount": len(wish.votes),
        "bounty": wish.bounty,
        "categoryId": wish.category,
        "categoryName": CATEGORIES[wish.category - 1],
        "authors": _authors(wish),
        "title": entities(wish.title),
        "year": wish.year,
        "picture": wish.picture,
        "description": entities(wish.description),
        **_filled(visit, wish),
    }


def _authors(wish: RequestRecord) -> list[dict[str, object]]:
    return [{"id": author.id, "name": entities(author.name)} for author in wish.authors]


def _filled(visit: Visit, wish: RequestRecord) -> dict[str, object]:
    return {
        "isFilled": wish.torrent > 0,
        "fillerId": wish.filler,
        "fillerName": visit.world.users[wish.filler].name if wish.filler else "",
        "torrentId": wish.torrent,
        "timeFilled": when(wish.filled) if wish.filled else "",
    }
