"""The forms that follow threads, and mark things as read."""

from __future__ import annotations

from datetime import timedelta

from gazelled.testing.forms.form_visit import FormVisit
from gazelled.testing.site.exchange import SimulatedReply

_RECENT = timedelta(days=30)


def thread_subscribe(visit: FormVisit) -> SimulatedReply:
    """Follow a thread or, if one does, follow it no longer: also one that doesn't exist."""
    number = visit.number("topicid")
    if number is None:
        return visit.invalid()
    forums = visit.world.forums
    thread = forums.threads.get(number)
    if thread and forums.places[thread.forum].staff and not visit.user.staff:
        return visit.bad_request()
    place = (visit.user.id, number)
    if place in forums.subscribed:
        forums.subscribed.discard(place)
    elif thread:
        forums.subscribe(number, user=visit.user.name)
    else:
        forums.subscribed.add(place)
    return visit.nothing()


def catch_up_subscriptions(visit: FormVisit) -> SimulatedReply:
    """Mark all that one follows as read."""
    visit.world.forums.catch_up(visit.user.id)
    return visit.to("userhistory.php?action=subscriptions")


def catch_up_notifications(visit: FormVisit) -> SimulatedReply:
    """Mark all that one's filters found as read."""
    visit.world.filters.mark_read(visit.user.id)
    return visit.to("torrents.php?action=notify")


def catch_up_forum(visit: FormVisit) -> SimulatedReply:
    """Mark the sticky threads of a forum as read, and those of the last thirty days."""
    forum = visit.get("forumid")
    if forum == "all":  # kept as a time, which no answer of the API shows
        return visit.to("forums.php")
    number = visit.number("forumid")
    if number is None:
        return visit.forbid()
    since = visit.world.clock.now() - _RECENT
    for thread in visit.world.forums.within(number):
        if thread.sticky or thread.last.time >= since:
            visit.world.forums.mark_read(visit.user.id, thread.id)
    return visit.to(f"forums.php?action=viewforum&forumid={number}")
