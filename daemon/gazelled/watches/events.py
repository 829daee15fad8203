"""Events about the daemon itself."""

from __future__ import annotations

from datetime import datetime

from gazelled.model import Event, EventKind, Item


def notice_event(
    topic: str, title: str, text: str, url: str, at: datetime, since: datetime | None = None
) -> Event:
    """
    Make a notice, whose topic is a word or two.

    The same topic `since` the same time, when what it reports began, is one notice.
    """
    began = (since or at).isoformat()
    stand_in = Item(id=topic, kind="notice", title=title, url=url, time=at, summary=text)
    return Event(
        key=f"notice:{topic}:{began}",
        kind=EventKind.NOTICE,
        watch="",
        at=at,
        title=title,
        text=text,
        items=(stand_in,),
    )
