"""How answers about what is said and told are read: one row for each shape."""

from __future__ import annotations

from dataclasses import replace

from gazelled.tracker.actions.common import END
from gazelled.tracker.listing import Column, Listing, Source

CONVERSATIONS = Listing(
    sources=(
        Source(
            kind="conversation",
            path=("messages",),
            id=(("convId",), ("date",)),
            title=Column(("subject",), escaped=True),
            url="inbox.php?action=viewconv&id={convId}",
            time=("date",),
            fields={
                "sender": Column(("username",)),
                "unread": Column(("unread",), bool),
                "sticky": Column(("sticky",), bool),
            },
        ),
    ),
    order="time",
    page="page",
    last_page=END,
    front="sticky",
    when={"type": ("", "inbox"), "search": ("",), "sort": ("",)},
    fixed=("id", "page", "sort"),
    heralds=("Inbox",),
)

SOME_CONVERSATIONS = replace(
    CONVERSATIONS, when={"type": ("", "inbox")}, heralds=(), example="search=hello"
)
"""Those that one looks for: whether one is new here can't be told from what is unread."""

SENT = replace(
    CONVERSATIONS,
    sources=(
        replace(
            CONVERSATIONS.sources[0],
            fields={
                "recipient": Column(("username",)),
                "unread": Column(("unread",), bool),
                "sticky": Column(("sticky",), bool),
            },
        ),
    ),
    when={"type": ("sentbox",)},
    heralds=(),
    example="type=sentbox",
)
"""The same, but what the tracker calls the sender is whom one wrote to."""

MESSAGES = Listing(
    sources=(
        Source(
            kind="message",
            path=("messages",),
            beside=("convId", "subject"),
            id=(("messageId",),),
            title=Column(("subject",), escaped=True),
            url="inbox.php?action=viewconv&id={convId}#message{messageId}",
            time=("sentDate",),
            body=Column(("bbBody",), written="bbcode"),
            fields={
                "sender": Column(("senderName",)),
                "text": Column(("bbBody",), written="bbcode"),
            },
        ),
    ),
    when={"type": ("viewconv",)},
    example="type=viewconv id=3",
)

NOTIFIED = (
    "Inbox",
    "News",
    "Blog",
    "Global",
    "Subscriptions",
    "Torrents",
    "Quotes",
    "StaffPM",
    "Collages",
)
"""The types of notifications; only news and blog posts have ids of their own."""

SITE_NOTIFICATIONS = Listing(
    sources=(
        Source(
            kind="notification",
            path=(),
            keyed=True,
            id=(("type",), ("id",)),
            text_id=("message",),
            title=Column(("message",), escaped=True),
            url="{url}",
            fields={
                "type": Column(("type",)),
                "importance": Column(("importance",)),
            },
        ),
    ),
    fleeting=tuple(f"{kind}:0:" for kind in NOTIFIED if kind not in {"News", "Blog"}),
    numbered=(("News:", "announcement", "index.php"), ("Blog:", "blog post", "blog.php")),
    partial=(
        "get_user_notifications names only the newest announcement, and of the blog only the "
        "newest post that is marked as important. announcements lists five of each, and marks the "
        "news as read, so that takes mark_read = true."
    ),
    window=True,
    unseen={"type": ("Torrents",)},
    values={"type": NOTIFIED},
)

ANNOUNCEMENTS = Listing(
    sources=(
        Source(
            kind="announcement",
            path=("announcements",),
            id=(("newsId",),),
            title=Column(("title",)),
            url="index.php#news{newsId}",
            time=("newsTime",),
            body=Column(("bbBody",), written="bbcode"),
            fields={"text": Column(("bbBody",), written="bbcode")},
            skip_empty="newsId",
            prefix="news:",
        ),
        Source(
            kind="blog post",
            path=("blogPosts",),
            id=(("blogId",),),
            title=Column(("title",), escaped=True),
            url="blog.php#blog{blogId}",
            time=("blogTime",),
            body=Column(("bbBody",), escaped=True, written="bbcode"),
            fields={
                "author": Column(("author",)),
                "text": Column(("bbBody",), escaped=True, written="bbcode"),
            },
            skip_empty="blogId",
            prefix="blog:",
        ),
    ),
    window=True,
    numbered=(("news:", "announcement", "index.php"), ("blog:", "blog post", "blog.php")),
)
"""Nothing names ordinary blog posts, so it is asked for itself, at its own schedule."""

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
