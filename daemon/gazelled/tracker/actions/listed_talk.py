"""How answers about what is said and told are read: one row for each shape."""

from __future__ import annotations

from dataclasses import replace

from gazelled.tracker.catalogue.listing import END, Column, Listing, Source

SUBSCRIPTIONS = Listing(
    sources=(
        Source(
            kind="thread",
            path=("threads",),
            id=(("threadId",), ("lastPostId",)),
            title=Column(("threadTitle",), escaped=True),
            url="forums.php?action=viewthread&threadid={threadId}&postid={lastPostId}",
            fields={
                "forum": Column(("forumName",), escaped=True),
                "unread": Column(("new",), bool),
                "locked": Column(("locked",), bool),
            },
        ),
    ),
    when={"showunread": ("0",)},
    revised=True,
    example="showunread=no",
)

UNREAD_SUBSCRIPTIONS = replace(
    SUBSCRIPTIONS, when={"showunread": ("", "1")}, window=True, example=""
)

FORUMS = Listing(
    sources=(
        Source(
            kind="forum",
            path=("categories",),
            nested="forums",
            id=(("forumId",),),
            title=Column(("forumName",)),
            url="forums.php?action=viewforum&forumid={forumId}",
            time=("lastTime",),
            fields={
                "section": Column(("categoryName",)),
                "threads": Column(("numTopics",), int),
                "posts": Column(("numPosts",), int),
                "last_thread": Column(("lastTopic",), escaped=True),
                "last_author": Column(("lastPostAuthorName",)),
            },
        ),
    ),
    when={"type": ("", "main")},
)

THREADS = Listing(
    sources=(
        Source(
            kind="thread",
            path=("threads",),
            beside=("forumName",),
            id=(("topicId",), ("lastID",)),
            title=Column(("title",), escaped=True),
            url="forums.php?action=viewthread&threadid={topicId}&postid={lastID}",
            time=("lastTime",),
            fields={
                "forum": Column(("forumName",), escaped=True),
                "author": Column(("authorName",)),
                "posts": Column(("postCount",), int),
                "last_author": Column(("lastAuthorName",)),
            },
        ),
    ),
    order="time",
    page="page",
    last_page=END,
    when={"type": ("viewforum",)},
    fixed=("page",),
    example="type=viewforum forumid=1",
)
"""The latest post first; sticky ones stand in front and can't be told from others."""

POSTS = Listing(
    sources=(
        Source(
            kind="post",
            path=("posts",),
            beside=("forumName", "threadId", "threadTitle"),
            id=(("postId",),),
            title=Column(("threadTitle",), escaped=True),
            url="forums.php?action=viewthread&threadid={threadId}&postid={postId}#post{postId}",
            time=("addedTime",),
            body=Column(("bbBody",), escaped=True, written="bbcode"),
            fields={
                "forum": Column(("forumName",)),
                "author": Column(("author", "authorName")),
                "text": Column(("bbBody",), escaped=True, written="bbcode"),
                "editor": Column(("editedUsername",)),
            },
        ),
    ),
    order="id",
    page="page",
    last_page=END,
    oldest_first=True,
    when={"type": ("viewthread",)},
    fixed=("page", "postid"),
    example="type=viewthread threadid=1",
)

OLD_POSTS = Listing(
    sources=(
        Source(
            kind="post",
            path=("threads",),
            id=(("postId",),),
            title=Column(("threadTitle",), escaped=True),
            url="forums.php?action=viewthread&threadid={topicId}&postid={postId}#post{postId}",
            time=("addedTime",),
            body=Column(("bbbody",), escaped=True, written="bbcode"),
            fields={
                "text": Column(("bbbody",), escaped=True, written="bbcode"),
                "editor": Column(("editedUsername",)),
                "locked": Column(("locked",), bool),
            },
        ),
    ),
    order="id",
    with_=(("group", "0"), ("showunread", "0")),
    page="page",
    last_page=END,
    when={"type": ("posts",)},
    fixed=("group", "page", "showunread"),
    example="type=posts userid=5",
)

WIKI = Listing(
    sources=(
        Source(
            kind="wiki page",
            path=(),
            one=True,
            beside=("id",),
            id=(("id",),),
            title=Column(("title",), escaped=True),
            url="wiki.php?action=article&id={id}",
            time=("date",),
            body=Column(("bbBody",), escaped=True, written="bbcode"),
            fields={
                "revision": Column(("revision",), int),
                "author": Column(("authorName",)),
                "text": Column(("bbBody",), escaped=True, written="bbcode"),
            },
        ),
    ),
    order="value",
    when={"id": ("*",)},
    example="id=2",
)

NAMED_WIKI = replace(
    WIKI,
    sources=(
        replace(
            WIKI.sources[0],
            beside=("name",),
            id=(("name",),),
            url="wiki.php?action=article&name={name}",
        ),
    ),
    when={"name": ("*",)},
    example="name=rules",
)
