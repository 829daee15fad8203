"""
The forums, and what you follow and wrote there.

`bb_body` is BBCode, `body` the same as HTML. Known from recorded answers of the public
application, and its templates.
"""

from __future__ import annotations

from typing import Annotated, Required, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Caveat, Effect, Parameter
from gazelled.tracker.catalogue.comments import POSTED, Posted, Poster
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import (
    DOCUMENTED,
    Number,
    Stop,
    parameters,
    same,
)
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import EmptyByToken, field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    BrokenLines,
    Count,
    Escaped,
    Flag,
    Fraction,
    Id,
    Known,
    OnlyYes,
    Text,
    Texts,
    Time,
)

_MAIN = {"type": ("", "main")}
_VIEWFORUM = {"type": ("viewforum",)}
_VIEWTHREAD = {"type": ("viewthread",)}
_TOPICS = Paging(50)
_POSTS = Paging(25, oldest_first=True, of="threadid")

_Page = Annotated[
    Number,
    Parameter(
        "the page, from 1", number=True, default="1", only={"type": ("viewforum", "viewthread")}
    ),
]


class ViewForumParams(TypedDict, total=False):
    """`forum` with `type=viewforum`, one page, or all from one on."""

    forumid: Required[Annotated[Number, Parameter("a forum", number=True, only=_VIEWFORUM)]]
    page: _Page


_ThreadId = Annotated[
    Number,
    Parameter("a thread", required=True, number=True, only=_VIEWTHREAD, unless="postid"),
]


class ViewThreadParams(TypedDict, total=False):
    """`forum` with `type=viewthread`, one page, by the thread or a post in it."""

    threadid: _ThreadId
    postid: Annotated[
        Number,
        Parameter(
            "a post whose page is wanted; without threadid it takes a second request",
            number=True,
            only=_VIEWTHREAD,
        ),
    ]
    page: _Page
    mark_read: bool


class ViewThreadTurning(Stop, total=False):
    """`forum` with `type=viewthread`, page by page."""

    threadid: Required[_ThreadId]
    mark_read: bool


class RawPostParams(TypedDict):
    """`raw_bbcode`."""

    postid: Annotated[Number, Parameter("the post", number=True)]


class Forum(Model):
    """A forum; `read`, `locked` and `sticky` were never seen true here."""

    forum_id: Id = field(column="forum")
    forum_name: Text = field(column="name")
    forum_description: Escaped
    num_topics: Count = field(rule="threads", column="threads")
    num_posts: Count = field(rule="posts", column="posts")
    last_post_id: Known | None
    last_author_id: Known | None
    last_topic: Escaped | None = field(rule="last_thread")
    last_post_author_name: Text | None = field(rule="last_author")
    last_topic_id: Known | None
    last_time: Time | None = field(column="last")
    specific_rules: Texts
    read: OnlyYes | None
    locked: OnlyYes | None
    sticky: OnlyYes | None


class ForumCategory(Model):
    """Forums that belong together."""

    category_id: Id = field(key="categoryID")
    category_name: Text = field(rule="section", column="category")
    forums: tuple[Forum, ...]


class ForumMain(AnswerModel):
    """`forum`: all forums; a token sees none."""

    categories: Annotated[tuple[ForumCategory, ...] | None, EmptyByToken]


class ForumRule(Model):
    """A thread with the rules of a forum."""

    thread_id: Id
    thread: Escaped


class Topic(Model):
    """A thread in a forum; `locked` and `sticky` were never seen true here."""

    topic_id: Id = field(column="thread")
    title: Escaped = field(column=True)
    author_id: Known
    author_name: Text = field(rule="author", column="author")
    locked: OnlyYes | None
    sticky: OnlyYes | None
    post_count: Count = field(rule="posts", column="posts")
    last_id: Known = field(key="lastID")
    last_time: Time = field(column="last")
    last_author_id: Known
    last_author_name: Text = field(rule="last_author")
    last_read_page: Known | None
    last_read_post_id: Known | None
    read: Flag = field(column=True)


class ViewForum(AnswerModel):
    """`forum` with `type=viewforum`: one forum's threads; an empty page has only its name."""

    forum_name: Escaped = field(rule="forum")
    specific_rules: tuple[ForumRule, ...] = ()
    current_page: Count | None = None
    pages: Count | None = None
    threads: tuple[Topic, ...]


class PollAnswer(Model):
    """An answer to a poll: `ratio` of the most voted one, `percent` of all votes, up to 1."""

    answer: Text
    ratio: Fraction
    percent: Fraction


class Poll(Model):
    """A poll; its shape is the template's, none was seen."""

    closed: Flag
    featured: Time | None
    question: Escaped
    max_votes: Count
    total_votes: Count
    voted: Flag
    answers: tuple[PollAnswer, ...]


class Post(Posted):
    """A post in a thread."""

    author: Poster


class ViewThread(AnswerModel):
    """`forum` with `type=viewthread`: a page of a thread; `updatelastread=0` keeps it unread."""

    forum_id: Known
    forum_name: Text = field(rule="forum")
    thread_id: Known
    thread_title: Escaped
    subscribed: Flag
    locked: Flag
    sticky: Flag
    current_page: Count
    pages: Count
    poll: Poll | None
    posts: tuple[Post, ...]


class RawPost(AnswerModel):
    """`raw_bbcode`: the BBCode of a forum post."""

    body: BrokenLines


FORUMS = Listing(
    lists=(
        ItemList(
            ForumMain,
            "categories",
            kind="forum",
            nested="forums",
            id="forum_id",
            title="forum_name",
            url="forums.php?action=viewforum&forumid={forumId}",
            time="last_time",
        ),
    ),
    when=_MAIN,
)
THREADS = Listing(
    lists=(
        ItemList(
            ViewForum,
            "threads",
            kind="thread",
            beside="forum_name",
            id="topic_id last_id",
            title="title",
            url="forums.php?action=viewthread&threadid={topicId}&postid={lastID}",
            time="last_time",
        ),
    ),
    order="time",
    paging=_TOPICS,
    when=_VIEWFORUM,
    fixed=("page",),
    example="type=viewforum forumid=1",
)
"""The latest post first; sticky ones stand in front and can't be told from others."""

POSTS = Listing(
    lists=(
        ItemList(
            ViewThread,
            "posts",
            kind="post",
            beside="forum_name thread_id thread_title",
            id="post_id",
            title="thread_title",
            url="forums.php?action=viewthread&threadid={threadId}&postid={postId}#post{postId}",
            time="added_time",
            body="bb_body",
        ),
    ),
    order="id",
    paging=_POSTS,
    when=_VIEWTHREAD,
    fixed=("page", "postid"),
    example="type=viewthread threadid=1",
)

ACTIONS = (
    Action(
        "forum",
        "The forums, one forum or one thread",
        parameters(
            ViewForumParams,
            ViewThreadParams,
            type=Parameter("what", values=same("main", "viewforum", "viewthread"), default="main"),
            updatelastread=Parameter(
                "0 leaves your read marker where it is",
                values={"0": "0", "1": "1"},
                default="1",
                only=_VIEWTHREAD,
            ),
        ),
        effects=(Effect("the thread", _VIEWTHREAD, avoid=(("updatelastread", "0"),)),),
        caveats=(
            Caveat(
                "page",
                {"postid": ("*",), "threadid": ("",), "page": ("*",)},
                "the tracker ignores page if a post is given without its thread",
                ignored=True,
            ),
        ),
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
        tables=(
            AnswerTable(ForumMain, "categories", nested="forums", when=_MAIN),
            AnswerTable(ViewForum, "threads", id="topic_id", when=_VIEWFORUM, paging=_TOPICS),
            AnswerTable(
                ViewThread, "posts", id="post_id", first=POSTED, when=_VIEWTHREAD, paging=_POSTS
            ),
        ),
    ),
    Action(
        "raw_bbcode",
        "A forum post as BBCode",
        parameters(RawPostParams),
        login="cookie",
        blind="A token is refused, rudely.",
        example="postid=2",
        source=DOCUMENTED,
    ),
)


def _forum(**_: Unpack[ViewForumParams]) -> None: ...
def _thread(**_: Unpack[ViewThreadTurning]) -> None: ...


class ForumsEndpoints:
    """The endpoints of the forums."""

    @endpoint(ForumMain, "forum", type="main")
    def forum(self) -> None:
        """All forums."""

    @paged_endpoint(
        ViewForum,
        Topic,
        THREADS,
        _forum,
        "forum",
        # Seen in more than one order, so that no time says where to stop.
        in_order=False,
        timed=False,
        type="viewforum",
    )
    def forum_viewforum(self, **params: Unpack[ViewForumParams]) -> None:
        """One forum's threads, in an order of the site's own."""

    @paged_endpoint(ViewThread, Post, POSTS, _thread, "forum", type="viewthread")
    def forum_viewthread(self, **params: Unpack[ViewThreadParams]) -> None:
        """A page of a thread, by `threadid` or `postid`; unread unless `mark_read` is true."""

    @endpoint(RawPost, "raw_bbcode")
    def raw_bbcode(self, **params: Unpack[RawPostParams]) -> None:
        """A forum post as BBCode."""
