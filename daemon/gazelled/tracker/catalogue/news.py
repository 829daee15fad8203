"""
What is new: announcements, the blog, what is unread.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, TypedDict, Unpack, get_args

from gazelled.markup import decode_entities, without_tags
from gazelled.tracker.catalogue.action import Action, Effect, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing
from gazelled.tracker.catalogue.params import DOCUMENTED, MEASURED, Marking, Number, parameters
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.payload import read_text
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model, keyed
from gazelled.tracker.decoding.types import Escaped, Id, Known, Text, Time

_TITLED = re.compile(r'title="(\w{3}) (\d{1,2}) (\d{4}), (\d\d):(\d\d)"', re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Notified = Literal[
    "Inbox",
    "News",
    "Blog",
    "Global",
    "Subscriptions",
    "Torrents",
    "Quotes",
    "StaffPM",
    "Collages",
]
"""The types of notifications; only news and blog posts have ids of their own."""
NOTIFIED = get_args(Notified)


class NewsParams(TypedDict):
    """`news_ajax`."""

    count: Annotated[Number, Parameter("how many", number=True)]
    offset: Annotated[Number, Parameter("how many to skip", number=True)]


class ClearParams(TypedDict):
    """`clear_user_notification`."""

    type: Annotated[
        Notified,
        Parameter(
            "which, as get_user_notifications names it, or oneread_ID for one of them",
            form=r"oneread_\d+",
        ),
    ]


class Announcement(Model):
    """News; the texts are plain. `bb_body` is BBCode, `body` HTML."""

    padded = True

    news_id: Id = field(column="news")
    news_time: Time = field(column="time")
    title: Text = field(column=True)
    bb_body: Text = field(rule="text", written="bbcode")
    body: Text


class BlogPost(Model):
    """A blog post, `bb_body` in BBCode and `body` in HTML."""

    padded = True

    blog_id: Id = field(column="blog post")
    blog_time: Time = field(column="time")
    title: Escaped = field(column=True)
    author: Text = field(rule=True, column=True)
    bb_body: Escaped = field(rule="text", written="bbcode")
    body: Text
    thread_id: Known | None


class Announcements(AnswerModel):
    """`announcements`: at most five of each; reading marks the news as read."""

    announcements: tuple[Announcement, ...]
    blog_posts: tuple[BlogPost, ...]


class SiteNotification(Model):
    """Something unread; `url` is from the site's root. The inbox has no id."""

    type: Text = field(rule=True, column=True)
    id: Known | None = field(column=True)
    message: Escaped = field(column=True)
    importance: Text = field(rule=True, column=True)
    url: Text


class SiteNotifications(AnswerModel):
    """`get_user_notifications`: what is unread, one of each type."""

    notifications: tuple[SiteNotification, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the object keyed by type as a list."""
        return {"notifications": keyed(super().arrange(raw, reading), "type")}


class NewsEntry(Model):
    """
    News as the front page shows them: `title_html`, `time_html` and `body` are HTML.

    `title` is the title's text, `time` is exact to the minute.
    """

    id: Id
    title: Text
    title_html: Text
    time: Time
    time_html: Text
    body: Text

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the parts by names, and what stands in the markup."""
        if not isinstance(raw, list):
            return super().arrange(raw, reading)
        named: dict[str, object] = dict(
            zip(("id", "titleHtml", "timeHtml", "body"), raw, strict=False)
        )
        title, time = named.get("titleHtml"), named.get("timeHtml")
        named["title"] = _plain(title) if isinstance(title, str) else None
        named["time"] = _titled(time, reading) if isinstance(time, str) else None
        return named | ({"more": raw[4:]} if raw[4:] else {})


class News(AnswerModel):
    """`news_ajax`: news in JSON inside of JSON."""

    news: tuple[NewsEntry, ...]

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Return the list that is packed in a text."""
        data = read_text(raw) if isinstance(raw, str) else raw
        if isinstance(data, list):
            return {"news": data}
        raise Odd("a list in a text")


SITE_NOTIFICATIONS = Listing(
    lists=(
        ItemList(
            SiteNotifications,
            "notifications",
            raw=(),
            kind="notification",
            keyed=True,
            id="type id",
            text_id="message",
            title="message",
            url="{url}",
        ),
    ),
    recurring=tuple(f"{kind}:0:" for kind in NOTIFIED if kind not in {"News", "Blog"}),
    numbered=(("News:", "announcement", "index.php"), ("Blog:", "blog post", "blog.php")),
    partial=(
        "get_user_notifications lists only the newest announcement and the newest important blog "
        "post. announcements lists five of each, but it marks the news as read, so it requires "
        "mark_read = true."
    ),
    window=True,
    unseen={"type": ("Torrents",)},
    values={"type": NOTIFIED},
)
ANNOUNCEMENTS = Listing(
    lists=(
        ItemList(
            Announcements,
            "announcements",
            kind="announcement",
            id="news_id",
            title="title",
            url="index.php#news{newsId}",
            time="news_time",
            body="bb_body",
            skip_empty="newsId",
            prefix="news:",
        ),
        ItemList(
            Announcements,
            "blog_posts",
            kind="blog post",
            id="blog_id",
            title="title",
            url="blog.php#blog{blogId}",
            time="blog_time",
            body="bb_body",
            skip_empty="blogId",
            prefix="blog:",
        ),
    ),
    window=True,
    numbered=(("news:", "announcement", "index.php"), ("blog:", "blog post", "blog.php")),
)
"""Nothing names ordinary blog posts, so it is asked for itself, at its own schedule."""

ACTIONS = (
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
        tables=(AnswerTable(SiteNotifications, "notifications", raw=(), keyed=True),),
    ),
    Action(
        "clear_user_notification",
        "Marks notifications of one type as read",
        parameters(ClearParams),
        changes="marks all your notifications of that type as read",
        post=True,
        note="the answer is always empty",
        example="type=News",
        source=DOCUMENTED,
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
        tables=(
            AnswerTable(Announcements, "announcements", id="news_id"),
            AnswerTable(Announcements, "blog_posts", id="blog_id"),
        ),
    ),
    Action(
        "news_ajax",
        "Older news, as the front page loads them",
        parameters(NewsParams),
        state="undocumented",
        note="JSON inside of JSON, with HTML in it",
        example="count=5 offset=0",
        source=f"{MEASURED}; named in the documentation",
    ),
)


class NewsEndpoints:
    """The endpoints of what is new."""

    @endpoint(SiteNotifications, "get_user_notifications")
    def get_user_notifications(self) -> None:
        """What is unread: news, blog, messages and more."""

    @endpoint(Announcements, "announcements")
    def announcements(self, **params: Unpack[Marking]) -> None:
        """News and blog posts; the news are marked as read."""

    @endpoint(News, "news_ajax")
    def news_ajax(self, **params: Unpack[NewsParams]) -> None:
        """News, as the front page loads them."""


def _plain(html: str) -> str:
    return decode_entities(without_tags(html)).strip()


def _titled(html: str, reading: Reading) -> int | None:
    date = _TITLED.search(html)
    if not date or date[1] not in _MONTHS:
        return None
    year, day, hour, minute = (int(date[part]) for part in (3, 2, 4, 5))
    try:
        local = datetime(year, _MONTHS.index(date[1]) + 1, day, hour, minute, tzinfo=reading.zone)
        return int(local.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return None
