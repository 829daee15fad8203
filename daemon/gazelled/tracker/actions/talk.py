"""What is said and told: messages, notifications, news, forums, wiki, bookmarks."""

from __future__ import annotations

from gazelled.tracker.actions.common import at
from gazelled.tracker.actions.listed_talk import (
    FORUMS,
    NAMED_WIKI,
    POSTS,
    SUBSCRIPTIONS,
    THREADS,
    UNREAD_SUBSCRIPTIONS,
    WIKI,
)
from gazelled.tracker.catalogue.action import Action, Effect, Parameter, Rows
from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.catalogue.params import DOCUMENTED, SWITCH, same

_VIEWFORUM = {"type": ("viewforum",)}
_VIEWTHREAD = {"type": ("viewthread",)}

ROWS = (
    Action(
        "subscriptions",
        "Forum threads that you follow",
        {"showunread": Parameter("unread ones only", values=SWITCH, default="yes")},
        login="cookie",
        blind="With a token it is always empty.",
        example="showunread=no",
        source=DOCUMENTED,
        listings=(UNREAD_SUBSCRIPTIONS, SUBSCRIPTIONS),
        rows=(
            Rows(
                ("threads",),
                {
                    "thread": at("threadId"),
                    "forum": at("forumName"),
                    "title": at("threadTitle", escaped=True),
                    "new": at("new"),
                },
            ),
        ),
    ),
    Action(
        "forum",
        "The forums, one forum or one thread",
        {
            "type": Parameter(
                "what", values=same("main", "viewforum", "viewthread"), default="main"
            ),
            "forumid": Parameter("a forum", required=True, number=True, only=_VIEWFORUM),
            "threadid": Parameter(
                "a thread", required=True, number=True, only=_VIEWTHREAD, unless="postid"
            ),
            "postid": Parameter(
                "a post whose page is wanted; without threadid it takes a second request",
                number=True,
                only=_VIEWTHREAD,
            ),
            "updatelastread": Parameter(
                "0 leaves your read marker where it is",
                values={"0": "0", "1": "1"},
                default="1",
                only=_VIEWTHREAD,
            ),
            "page": Parameter(
                "the page, from 1",
                number=True,
                default="1",
                only={"type": ("viewforum", "viewthread")},
            ),
        },
        effects=(Effect("the thread", _VIEWTHREAD, avoid=(("updatelastread", "0"),)),),
        login="cookie",
        blind="A token sees no categories, no forum and no thread.",
        note=(
            "the documentation has updatelastread reversed; gazelled adds updatelastread=0 by "
            "itself. read, locked and sticky are never true in type=main, locked and sticky never "
            "in type=viewforum"
        ),
        example="type=viewthread threadid=1",
        pages_by="type",
        source=DOCUMENTED,
        listings=(FORUMS, THREADS, POSTS),
        rows=(
            Rows(
                ("categories",),
                {
                    "category": at("categoryName"),
                    "forum": at("forumId"),
                    "name": at("forumName"),
                    "threads": at("numTopics"),
                    "posts": at("numPosts"),
                    "last": at("lastTime"),
                },
                nested="forums",
                when={"type": ("", "main")},
            ),
            Rows(
                ("threads",),
                {
                    "thread": at("topicId"),
                    "title": at("title", escaped=True),
                    "author": at("authorName"),
                    "posts": at("postCount"),
                    "last": at("lastTime"),
                    "read": at("read"),
                },
                id="topicId",
                when=_VIEWFORUM,
                paging=Paging(50),
            ),
            Rows(
                ("posts",),
                {
                    "post": at("postId"),
                    "time": at("addedTime"),
                    "author": at("author", "authorName"),
                    "text": at("bbBody", escaped=True),
                },
                id="postId",
                when=_VIEWTHREAD,
                paging=Paging(25, oldest_first=True),
            ),
        ),
    ),
    Action(
        "raw_bbcode",
        "A forum post as BBCode",
        {"postid": Parameter("the post", required=True, number=True)},
        login="cookie",
        blind="A token is refused, rudely.",
        example="postid=2",
        source=DOCUMENTED,
    ),
    Action(
        "wiki",
        "A wiki page",
        {
            "id": Parameter("its number", number=True),
            "name": Parameter("its name, in either case"),
        },
        one_of=("id", "name"),
        login="cookie",
        blind="A token may read no page of the wiki.",
        note="some pages are for the staff only; names ignore case",
        example="name=rules",
        source=DOCUMENTED,
        listings=(WIKI, NAMED_WIKI),
    ),
    Action(
        "preview",
        "BBCode rendered as HTML",
        {"body": Parameter("the BBCode", required=True)},
        post=True,
        state="broken",
        note="answers bare HTML, and claims that it is JSON",
        example='body="[b]bold[/b]"',
        source=DOCUMENTED,
    ),
)
"""The actions about what is said and told."""
