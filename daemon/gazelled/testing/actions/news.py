"""What is new: news, blog, what is unread, and marking it as read."""

from __future__ import annotations

from datetime import UTC, datetime

from gazelled.testing.content.records import BlogRecord, NewsRecord
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import encode, entities, is_number, render, when
from gazelled.testing.site.visit import Visit

_POSTS = 5
_CONFIRMED = "confirmation"


def announcements(visit: Visit) -> SimulatedReply:
    """Return news and always five blog posts; this marks the news as read."""
    news = visit.world.visible_news()[:_POSTS]
    posts = [*map(_post, reversed(visit.world.blog)), *[_NO_POST] * _POSTS][:_POSTS]
    if news:
        visit.user.read_news = max(visit.user.read_news, news[0].id)
    return visit.success(
        {"announcements": [_news(entry) for entry in news], "blogPosts": posts}, cached=True
    )


def _news(news: NewsRecord) -> dict[str, object]:
    return {
        "newsId": news.id,
        "title": news.title,
        "bbBody": news.body,
        "body": render(news.body),
        "newsTime": when(news.time),
    }


def _post(post: BlogRecord) -> dict[str, object]:
    return {
        "blogId": post.id,
        "author": post.author,
        "title": entities(post.title),
        "bbBody": entities(post.body),
        "body": render(post.body),
        "blogTime": when(post.time),
        "threadId": post.thread,
    }


_NO_POST: dict[str, object] = {
    "blogId": 0,
    "author": None,
    "title": None,
    "bbBody": None,
    "body": "",
    "blogTime": None,
    "threadId": 0,
}


def news_ajax(visit: Visit) -> SimulatedReply:
    """Return older news, as JSON inside a string."""
    count, offset = visit.param("count"), visit.param("offset")
    if not is_number(count) or not is_number(offset):
        return visit.failure("bad parameters")
    # Of those with the same time the earlier one comes first here.
    news = sorted(visit.world.visible_news(), key=lambda post: post.id)
    news.sort(key=lambda post: post.time, reverse=True)
    shown = news[int(offset) : int(offset) + int(count)]
    now = visit.world.clock.now()
    rows = [
        [post.id, render(post.title), _ago(post.time, now), render(post.body)] for post in shown
    ]
    return visit.success(encode(rows).decode(), cached=True)


def _ago(moment: datetime, now: datetime) -> str:
    at = moment.astimezone(UTC).strftime("%b %d %Y, %H:%M")
    return f'<span class="time tooltip" title="{at}">{_span((now - moment).total_seconds())}</span>'


def _span(seconds: float) -> str:
    """Return how long ago something was, in the two largest units."""
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count:.0f} {unit}{'s' if count > 1 else ''}")
    return f"{', '.join(parts[:2])} ago" if parts else "Just now"


_UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("min", 60))


def get_user_notifications(visit: Visit) -> SimulatedReply:
    """Return what is unread, by type; an empty list when nothing is."""
    me = visit.user
    notes: dict[str, object] = {}
    banner = visit.world.banner
    if banner and me.id not in banner.read:
        notes["Global"] = _note(0, banner.message, banner.url, banner.importance)
    news = visit.world.visible_news()
    blog = [post for post in visit.world.blog if post.important]
    if news and news[0].id > me.read_news:
        words = f"Announcement: {entities(news[0].title)}"
        notes["News"] = _note(news[0].id, words, f"index.php#news{news[0].id}", "information")
    if blog and blog[-1].id > me.read_blog:
        words = f"Blog: {entities(blog[-1].title)}"
        notes["Blog"] = _note(blog[-1].id, words, f"blog.php#blog{blog[-1].id}", "information")
    notes |= _waiting(visit)
    return visit.success(notes or [], cached=True)


def _waiting(visit: Visit) -> dict[str, object]:
    """Return what waits for the visitor alone, by type."""
    me, forums = visit.user, visit.world.forums
    notes: dict[str, object] = {}
    if unread := visit.world.unread(me):
        many = "a new message" if unread == 1 else f"{unread} new messages"
        notes["Inbox"] = _note(0, f"You have {many}", "inbox.php", _CONFIRMED)
    if forums.has_news(me.id):
        page = "userhistory.php?action=subscriptions"
        one = sum(forums.is_new(me.id, thread) for thread in forums.followed(me.id)) == 1
        many = "New subscription" if one else "New subscriptions"
        notes["Subscriptions"] = _note(0, many, page, _CONFIRMED)
    count = visit.world.filters.unread(me.id)
    if count and visit.loaded and me.may_filter:
        many = "a new torrent notification" if count == 1 else f"{count} new torrent notifications"
        notes["Torrents"] = _note(0, f"You have {many}", "torrents.php?action=notify", _CONFIRMED)
    return notes


def _note(number: int, message: str, url: str, importance: str) -> dict[str, object]:
    return {"id": number, "message": message, "url": url, "importance": importance}


def clear_user_notification(visit: Visit) -> SimulatedReply:
    """Mark what is unread of a type as read; the answer is always empty."""
    me, world = visit.user, visit.world
    match visit.ask.form.get("type"):
        case "Global":
            if world.banner:
                world.banner.read.add(me.id)
        case "Inbox":
            for conversation in world.conversations.values():
                conversation.unread.discard(me.id)
        case "News":
            me.read_news = max([me.read_news, *(news.id for news in world.visible_news())])
        case "Blog":
            me.read_blog = max([me.read_blog, *(post.id for post in world.blog)])
        case "Subscriptions":
            world.forums.catch_up(me.id)
        case "Torrents":
            world.filters.mark_read(me.id)
    return visit.empty()
