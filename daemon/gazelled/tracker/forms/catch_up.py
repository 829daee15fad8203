"""
Marking as read what can be seen to be read: a forum, subscriptions, matches of upload filters.

Nothing of it can be undone. "All forums" is missing, since the API shows no sign of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.catalogue.forums import Topic
from gazelled.tracker.forms.sender import FormChange

_MARKED = timedelta(days=29)
"""The age of threads that are surely marked: the site takes thirty days, by its own clock."""


def catching_up_forum(api: Endpoints, forum: int) -> FormChange[int]:
    """Return the change that no sticky or recent thread of a forum is unread."""

    async def unread() -> int:
        count, page = 0, 0
        seen: set[int] = set()
        while True:
            page += 1
            result = await api.forum_viewforum.result(forumid=forum, page=page)
            since = result.answer.at - _MARKED
            topics = [topic for topic in result.value.threads if topic.topic_id not in seen]
            seen.update(topic.topic_id for topic in topics)
            count += _unread(topics, since)
            # A page with nothing new is the last, whatever number of pages it claims.
            over = not topics or topics[-1].last_time <= since
            if over or page >= (result.value.pages or 1):
                return count

    return FormChange(
        form="catch_up_forum",
        params=(("forumid", str(forum)),),
        read_state=unread,
        in_effect=lambda _, now: now == 0,
        wanted=f"no sticky thread and none of the last month in forum {forum} is unread",
        unwanted=f"threads in forum {forum} are unread",
    )


def _unread(topics: Sequence[Topic], since: datetime) -> int:
    """Count the unread threads of a page that the site marks: recent ones, and sticky ones."""
    count, latest = 0, None
    for topic in reversed(topics):
        # The latest posts come first, so a thread that stands before a later one is sticky; the
        # API doesn't say so itself.
        sticky = latest is not None and topic.last_time < latest
        latest = topic.last_time if latest is None else max(latest, topic.last_time)
        count += not topic.read and (sticky or topic.last_time > since)
    return count


def catching_up_subscriptions(api: Endpoints) -> FormChange[bool]:
    """Return the change that marks all subscriptions as read."""

    async def read_state() -> bool:
        return (await api.index()).notifications.new_subscriptions is False

    return FormChange(
        form="catch_up_subscriptions",
        params=(),
        read_state=read_state,
        in_effect=lambda _, now: now,
        wanted="nothing is unread in your subscriptions",
        unwanted="something is unread in your subscriptions",
    )


def catching_up_notifications(api: Endpoints) -> FormChange[bool]:
    """Return the change that marks all matches of the upload filters as read."""

    async def read_state() -> bool:
        return (await api.index()).notifications.notifications == 0

    return FormChange(
        form="catch_up_notifications",
        params=(),
        read_state=read_state,
        in_effect=lambda _, now: now,
        wanted="no match of your notification filters is unread",
        unwanted="matches of your notification filters are unread",
    )
