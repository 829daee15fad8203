"""The actions `subscriptions` and `userhistory`; by a token both are always empty."""

from __future__ import annotations

from gazelled.testing.actions.replies import edited
from gazelled.testing.content.forums import PostRecord, Thread
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, when
from gazelled.testing.site.visit import Visit

_PAGE = 25


def subscriptions(visit: Visit) -> SimulatedReply:
    """List the threads that one follows, by default those with something new."""
    forums, me = visit.world.forums, visit.user.id
    unread = visit.param("showunread") != "0"
    threads = [
        thread
        for thread in forums.followed(me)
        if visit.loaded and (forums.is_new(me, thread) or not unread)
    ]
    threads.sort(key=lambda thread: (forums.places[thread.forum].name, -thread.last.id))
    rows = []
    for thread in threads:
        read = forums.read.get((me, thread.id), thread.last.id)
        rows.append(
            {
                "forumId": thread.forum,
                "forumName": forums.places[thread.forum].name,
                "threadId": thread.id,
                "threadTitle": entities(thread.title),
                "postId": max(post.id for post in thread.posts if post.id <= read),
                "lastPostId": thread.last.id,
                "locked": thread.locked,
                "new": read < thread.last.id and not thread.locked,
            }
        )
    return visit.success({"threads": rows}, cached=True)


def userhistory(visit: Visit) -> SimulatedReply:
    """List what a user wrote; of one's own, only the last post of each unread thread."""
    if visit.param("type") != "posts":
        return visit.bare_failure()
    number = visit.param("userid") or str(visit.user.id)
    if not is_number(number):
        return visit.error_page(b"Array")
    posts = [*visit.world.forums.by(int(number))] if visit.loaded else []
    if int(number) == visit.user.id:
        posts = _own(visit, posts)
    posts.sort(key=lambda pair: pair[1].id, reverse=True)
    page = visit.page()
    shown = posts[(page - 1) * _PAGE : page * _PAGE]
    response = {
        "currentPage": page,
        "pages": -(-len(posts) // _PAGE),
        "threads": [_row(visit, thread, post, own=int(number)) for thread, post in shown],
    }
    return visit.success(response, info=False)


def _own(visit: Visit, posts: list[tuple[Thread, PostRecord]]) -> list[tuple[Thread, PostRecord]]:
    read = visit.world.forums.read
    if visit.param("showunread") != "0":
        posts = [
            (thread, post)
            for thread, post in posts
            if read.get((visit.user.id, thread.id), 0) < thread.last.id
        ]
    if visit.param("group") != "0":
        posts = [*{thread.id: (thread, post) for thread, post in posts}.values()]
    return posts


def _row(visit: Visit, thread: Thread, post: PostRecord, *, own: int) -> dict[str, object]:
    read = visit.world.forums.read.get((own, thread.id), 0)
    return {
        "postId": post.id,
        "topicId": thread.id,
        "threadTitle": entities(thread.title),
        "lastPostId": thread.last.id,
        "lastRead": read if own == visit.user.id else 0,
        "locked": thread.locked,
        "sticky": thread.sticky,
        "addedTime": when(post.time),
        "body": render(post.body),
        "bbbody": entities(post.body),
        **edited(visit, post),
    }
