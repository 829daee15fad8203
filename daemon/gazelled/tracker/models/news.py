"""
What is new: announcements, the blog, what is unread.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from gazelled.tracker.decoding.entities import decode_entities
from gazelled.tracker.decoding.markup import without_tags
from gazelled.tracker.decoding.payload import read_text
from gazelled.tracker.models.base import Answer, Model, keyed
from gazelled.tracker.models.reading import Odd, Reading
from gazelled.tracker.models.types import Escaped, Known, Moment, Text

_TITLED = re.compile(r'title="(\w{3}) (\d{1,2}) (\d{4}), (\d\d):(\d\d)"', re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Announcement(Model):
    """News; the texts are plain. `bb_body` is BBCode, `body` HTML."""

    padded = True

    news_id: Known
    title: Text
    bb_body: Text
    body: Text
    news_time: Moment


class BlogPost(Model):
    """A blog post, `bb_body` in BBCode and `body` in HTML."""

    padded = True

    blog_id: Known
    author: Text
    title: Escaped
    bb_body: Escaped
    body: Text
    blog_time: Moment
    thread_id: Known


class Announcements(Answer):
    """`announcements`: at most five of each; reading marks the news as read."""

    announcements: tuple[Announcement, ...] | None
    blog_posts: tuple[BlogPost, ...] | None


class SiteNotification(Model):
    """Something unread; `url` is from the site's root. The inbox has no id."""

    type: Text
    id: Known
    message: Escaped
    url: Text
    importance: Text


class SiteNotifications(Answer):
    """`get_user_notifications`: what is unread, one of each type."""

    notifications: tuple[SiteNotification, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Turn the object keyed by type into a list."""
        return {"notifications": keyed(super().arrange(raw, reading), "type")}


class NewsEntry(Model):
    """
    News as the front page shows them: `title_html`, `time_html` and `body` are HTML.

    `title` is the title's text, `time` is exact to the minute.
    """

    id: Known
    title: Text
    title_html: Text
    time: Moment
    time_html: Text
    body: Text

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Give the parts their names, and read what stands in the markup."""
        if not isinstance(raw, list):
            return super().arrange(raw, reading)
        named: dict[str, object] = dict(
            zip(("id", "titleHtml", "timeHtml", "body"), raw, strict=False)
        )
        title, time = named.get("titleHtml"), named.get("timeHtml")
        named["title"] = _plain(title) if isinstance(title, str) else None
        named["time"] = _titled(time, reading) if isinstance(time, str) else None
        return named | ({"more": raw[4:]} if raw[4:] else {})


class News(Answer):
    """`news_ajax`: news in JSON inside of JSON."""

    news: tuple[NewsEntry, ...]

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Unpack the list."""
        found = read_text(raw) if isinstance(raw, str) else raw
        if isinstance(found, list):
            return {"news": found}
        raise Odd("a list in a text")


def _plain(html: str) -> str:
    return decode_entities(without_tags(html)).strip()


def _titled(html: str, reading: Reading) -> int | None:
    found = _TITLED.search(html)
    if not found or found[1] not in _MONTHS:
        return None
    year, day, hour, minute = (int(found[part]) for part in (3, 2, 4, 5))
    try:
        local = datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, tzinfo=reading.zone)
        return int(local.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return None
