"""
Subscriptions to forum threads; those to comments can't be read by the API.

The site has one form for both directions, which turns the subscription over: it is sent only if the
thread shows that it has to be. An unknown thread would be subscribed too, so it is looked up first.
"""

from __future__ import annotations

from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.forms.sender import FormChange


def subscribing(api: Endpoints, thread: int, *, wanted: bool) -> FormChange[bool]:
    """Return the change that subscribes to a thread, or unsubscribes from it."""

    async def read_state() -> bool:
        return bool((await api.forum_viewthread(threadid=thread)).subscribed)

    subscribed = f"you are subscribed to thread {thread}"
    unsubscribed = f"you are not subscribed to thread {thread}"
    return FormChange(
        form="toggle_subscription",
        params=(("topicid", str(thread)),),
        read_state=read_state,
        in_effect=lambda _, now: now is wanted,
        wanted=subscribed if wanted else unsubscribed,
        unwanted=unsubscribed if wanted else subscribed,
    )
