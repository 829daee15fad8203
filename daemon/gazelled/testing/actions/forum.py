"""The actions `forum` and `raw_bbcode`; a token may see nothing of them."""

from __future__ import annotations

from gazelled.testing.actions.replies import edited
from gazelled.testing.content.forums import CATEGORIES, ForumRecord, PostRecord, Thread
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, to_int, when
from gazelled.testing.site.visit import Visit

_POSTS = 25
_THREADS = 50


def forum(visit: Visit) -> SimulatedReply:
    """Show all forums, one of them, or one of its threads."""
    match visit.param("type"):
        case "" | "main":
            return _main(visit)
        case "viewforum":
            return _forum(visit)
        case "viewthread":
            return _thread(visit)
    return visit.bare_failure()


def _main(visit: Visit) -> SimulatedReply:
    places = [place for place in visit.world.forums.places.values() if _may_see(visit, place)]
    categories = [
        {
            "categoryID": number,
            "categoryName": name,
            "forums": [_place(visit, place) for place in places if place.category == number],
        }
        for number, name in CATEGORIES.items()
        if any(place.category == number for place in places)
    ]
    return visit.success({"categories": categories}, info=False)


def _may_see(visit: Visit, place: ForumRecord) -> bool:
    return visit.loaded and (not place.staff or visit.user.staff)


def _place(visit: Visit, place: ForumRecord) -> dict[str, object]:
    threads = visit.world.forums.within(place.id)
    thread = max(threads, key=lambda thread: (thread.last.time, thread.last.id), default=None)
    last = thread.last if thread else None
    return {
        "forumId": place.id,
        "forumName": place.name,
        "forumDescription": place.about,
        "numTopics": len(threads),
        "numPosts": sum(len(thread.posts) for thread in threads),
        "lastPostId": last.id if last else 0,
        "lastAuthorId": last.author if last else 0,
        "lastPostAuthorName": visit.world.users[last.author].name if last else "",
        "lastTopicId": thread.id if thread else 0,
        "lastTime": when(last.time) if last else None,
        "specificRules": [],
        "lastTopic": entities(thread.title) if thread else "",
        "read": False,
        "locked": False,
        "sticky": False,
    }


def _forum(visit: Visit) -> SimulatedReply:
    number = visit.param("forumid")
    if not is_number(number):
        return visit.error_page()
    place = visit.world.forums.places.get(int(number))
    if not visit.loaded:
        return visit.failure("insufficient permissions to view page")
    if place is None:
        return visit.failure("bad parameters")
    if not _may_see(visit, place):
        return visit.failure("insufficient permissions to view page")
    threads = visit.world.forums.within(place.id)
    page = visit.page()
    shown = threads[(page - 1) * _THREADS : page * _THREADS]
    if not shown:
        return visit.bare_success({"forumName": place.name, "threads": []})
    response = {
        "forumName": place.name,
        "specificRules": [],
        "currentPage": page,
        "pages": -(-len(threads) // _THREADS),
        "threads": [_topic(visit, thread) for thread in shown],
    }
    return visit.success(response, info=False)


def _topic(visit: Visit, thread: Thread) -> dict[str, object]:
    users, forums = visit.world.users, visit.world.forums
    read = forums.read.get((visit.user.id, thread.id), 0)
    place = sum(post.id <= read for post in thread.posts)
    return {
        "topicId": thread.id,
        "title": entities(thread.title),
        "authorId": thread.first.author,
        "authorName": users[thread.first.author].name,
        "locked": False,
        "sticky": False,
        "postCount": len(thread.posts),
        "lastID": thread.last.id,
        "lastTime": when(thread.last.time),
        "lastAuthorId": thread.last.author,
        "lastAuthorName": users[thread.last.author].name,
        "lastReadPage": -(-place // _POSTS),
        "lastReadPostId": read,
        "read": read >= thread.last.id,
    }


def _thread(visit: Visit) -> SimulatedReply:
    forums = visit.world.forums
    number = visit.param("threadid") or visit.param("topicid")
    if not is_number(number):
        pair = forums.find(to_int(visit.param("postid"))) if visit.loaded else None
        if pair is None:
            return visit.error_page()
        place = f"threadid={pair[0].id}&postid={pair[1].id}"
        return visit.away(f"{visit.endpoint}?action=forum&type=viewthread&{place}")
    if not visit.loaded:
        return visit.error_page()
    thread = forums.threads.get(int(number))
    if thread is None:
        return visit.failure("no such thread exists")
    if not _may_see(visit, forums.places[thread.forum]):
        return visit.failure("insufficient permissions to view page")
    page = _page(visit, thread)
    shown = thread.posts[(page - 1) * _POSTS : page * _POSTS]
    if visit.param("updatelastread") != "0" and shown:
        forums.mark_read(visit.user.id, thread.id, shown[-1].id)
    response = {
        "forumId": thread.forum,
        "forumName": forums.places[thread.forum].name,
        "threadId": thread.id,
        "threadTitle": entities(thread.title),
        "subscribed": (visit.user.id, thread.id) in forums.subscribed,
        "locked": thread.locked,
        "sticky": False,
        "currentPage": page,
        "pages": -(-len(thread.posts) // _POSTS),
        "poll": None,
        "posts": [_post(visit, post) for post in shown],
    }
    return visit.success(response, info=False)


def _page(visit: Visit, thread: Thread) -> int:
    pages = -(-len(thread.posts) // _POSTS)
    if not visit.param("page") and is_number(visit.param("postid")):
        before = sum(post.id <= int(visit.param("postid")) for post in thread.posts)
        return max(-(-before // _POSTS), 1)
    return min(visit.page(), pages)


def _post(visit: Visit, post: PostRecord) -> dict[str, object]:
    author = visit.world.users[post.author]
    return {
        "postId": post.id,
        "addedTime": when(post.time),
        "bbBody": entities(post.body),
        "body": render(post.body),
        **edited(visit, post),
        "author": {
            "authorId": author.id,
            "authorName": author.name,
            "paranoia": [],
            "artist": False,
            "donor": False,
            "warned": False,
            "avatar": author.avatar,
            "enabled": author.enabled,
            "userTitle": author.title,
        },
    }


def raw_bbcode(visit: Visit) -> SimulatedReply:
    """Show what a post was written as; a token is refused rudely."""
    number = to_int(visit.ask.form.get("postid") or visit.param("postid"))
    if not number:
        return visit.failure("empty postid", status="error")
    pair = visit.world.forums.find(number)
    if pair is None:
        return visit.failure("no results", status="error")
    if not visit.loaded:
        return visit.failure("assholes", status="error")
    body = entities(pair[1].body).replace("\n", "<br />\n")
    return visit.success({"body": body}, cached=True)
