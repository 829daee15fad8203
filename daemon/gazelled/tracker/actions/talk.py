"""What is said and told: messages, notifications, news, forums, wiki, bookmarks."""

from __future__ import annotations

from gazelled.tracker.action import Action, Effect, Paging, Parameter, Rows
from gazelled.tracker.actions.common import DOCUMENTED, MEASURED, PAGE, SWITCH, at, same
from gazelled.tracker.actions.listed_datasets import BOOKMARKED, BOOKMARKED_AUTHORS, MATCHES
from gazelled.tracker.actions.listed_talk import (
    ANNOUNCEMENTS,
    CONVERSATIONS,
    FORUMS,
    MESSAGES,
    NAMED_WIKI,
    NOTIFIED,
    POSTS,
    SENT,
    SITE_NOTIFICATIONS,
    SOME_CONVERSATIONS,
    SUBSCRIPTIONS,
    THREADS,
    UNREAD_SUBSCRIPTIONS,
    WIKI,
)

_LIST = {"type": ("", "inbox", "sentbox")}
_VIEWCONV = {"type": ("viewconv",)}
_VIEWFORUM = {"type": ("viewforum",)}
_VIEWTHREAD = {"type": ("viewthread",)}

ROWS = (
    Action(
        "inbox",
        "Your conversations, or one of them",
        {
            "type": Parameter(
                "which box, or viewconv for one conversation",
                values=same("inbox", "sentbox", "viewconv"),
                default="inbox",
            ),
            "id": Parameter("a conversation", required=True, number=True, only=_VIEWCONV),
            "sort": Parameter("unread first", values=same("unread"), only=_LIST),
            "search": Parameter("words to look for", only=_LIST),
            "searchtype": Parameter(
                "where to look",
                values=same("subject", "message", "user"),
                default="subject",
                needs=("search",),
            ),
            "page": Parameter("the page, from 1", number=True, default="1", only=_LIST),
        },
        effects=(Effect("the conversation", _VIEWCONV),),
        note="listing leaves messages unread",
        example="sort=unread",
        pages_by="type",
        source=DOCUMENTED,
        listings=(CONVERSATIONS, SOME_CONVERSATIONS, SENT, MESSAGES),
        rows=(
            Rows(
                ("messages",),
                {
                    "conversation": at("convId"),
                    "date": at("date"),
                    "with": at("username"),
                    "subject": at("subject", escaped=True),
                    "unread": at("unread"),
                },
                id="convId",
                when=_LIST,
                paging=Paging(25, note="sticky ones come first, then the newest"),
            ),
            Rows(
                ("messages",),
                {
                    "message": at("messageId"),
                    "date": at("sentDate"),
                    "from": at("senderName"),
                    "text": at("bbBody"),
                },
                when=_VIEWCONV,
            ),
        ),
    ),
    Action(
        "get_user_notifications",
        "What is unread: news, important blog posts, the banner, messages and more",
        blind="With a token notifications of torrents are missing.",
        note=(
            "reading it changes nothing: made for watches. It names only the newest announcement, "
            "and of the blog only the newest post that is marked as important; where their numbers "
            "jump gazelled says so. Global is the operators' banner. What has the id 0 is known by "
            "its text"
        ),
        source=DOCUMENTED,
        listings=(SITE_NOTIFICATIONS,),
        rows=(
            Rows(
                (),
                {
                    "type": at("type"),
                    "id": at("id"),
                    "message": at("message", escaped=True),
                    "importance": at("importance"),
                },
                keyed=True,
            ),
        ),
    ),
    Action(
        "clear_user_notification",
        "Marks notifications of one type as read",
        {
            "type": Parameter(
                "which, as get_user_notifications names it, or oneread_ID for one of them",
                required=True,
                values=same(*NOTIFIED),
                form=r"oneread_\d+",
            )
        },
        changes="marks all your notifications of that type as read",
        post=True,
        note="the answer is always empty",
        example="type=News",
        source=DOCUMENTED,
    ),
    Action(
        "notifications",
        "Torrents that your notification filters found",
        {"page": PAGE},
        effects=(Effect("all matches of your notification filters"),),
        login="cookie",
        blind="A token is refused, whoever it belongs to.",
        classes=("Power User", "Elite", "Donor"),
        note="marks all matches as read, not only those of the page",
        source=DOCUMENTED,
        listings=(MATCHES,),
        rows=(
            Rows(
                ("results",),
                {
                    "torrent": at("torrentId"),
                    "title": at("groupName", escaped=True),
                    "size": at("size"),
                    "seeders": at("seeders"),
                    "unread": at("unread"),
                    "time": at("notificationTime"),
                },
                id="torrentId",
                paging=Paging(50, note="the current page is called currentPages"),
            ),
        ),
    ),
    Action(
        "announcements",
        "The latest five news and five blog posts",
        effects=(Effect("the news"),),
        note=(
            "get_user_notifications names the newest announcement and marks nothing, but says "
            "nothing of ordinary blog posts"
        ),
        source=DOCUMENTED,
        listings=(ANNOUNCEMENTS,),
        rows=(
            Rows(
                ("announcements",),
                {"news": at("newsId"), "time": at("newsTime"), "title": at("title")},
                id="newsId",
            ),
            Rows(
                ("blogPosts",),
                {
                    "blog post": at("blogId"),
                    "time": at("blogTime"),
                    "title": at("title", escaped=True),
                    "author": at("author"),
                },
                id="blogId",
            ),
        ),
    ),
    Action(
        "news_ajax",
        "Older news, as the front page loads them",
        {
            "count": Parameter("how many", required=True, number=True),
            "offset": Parameter("how many to skip", required=True, number=True),
        },
        state="undocumented",
        note="JSON inside of JSON, with HTML in it",
        example="count=5 offset=0",
        source=f"{MEASURED}; named in the documentation",
    ),
    Action(
        "bookmarks",
        "Your bookmarks",
        {"type": Parameter("of what", values=same("torrents", "artists"), default="torrents")},
        example="type=torrents",
        pages_by="type",
        source=DOCUMENTED,
        listings=(BOOKMARKED, BOOKMARKED_AUTHORS),
        rows=(
            Rows(
                ("bookmarks",),
                {
                    "group": at("id"),
                    "title": at("name", escaped=True),
                    "year": at("year"),
                    "accession": at("accession"),
                    "tags": at("tagList"),
                },
                when={"type": ("", "torrents")},
            ),
            Rows(
                ("artists",),
                {"author": at("artistId"), "name": at("artistName", escaped=True)},
                when={"type": ("artists",)},
            ),
        ),
    ),
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
