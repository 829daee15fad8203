"""Watches that have become silent: for far longer than they ever were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from gazelled.planning.plan import freshness
from gazelled.service.notices.texts import Notice
from gazelled.store import Store
from gazelled.text import counted, local_minute
from gazelled.watches.watch import Watch

PAST = timedelta(days=90)
"""So far back events say how often a watch reports something."""

LEAST_EVENTS = 10
TIMES = 3
"""So many times its longest gap a watch has to be silent."""

LEAST_GAP = timedelta(hours=1)
"""A shorter gap counts as this one: looks are no closer."""


@dataclass(frozen=True, slots=True)
class Silence:
    """
    A watch reports nothing any more.

    Attributes:
        since: Its last event.
        events: How many events it had in the time before.
        longest: Its longest gap between two of them.

    """

    since: datetime
    events: int
    longest: timedelta


def silence_of(times: Sequence[datetime], seen: datetime) -> Silence | None:
    """
    Return whether a watch has been silent for three times its longest gap.

    Args:
        times: When its events were found, ascending, of the last 90 days.
        seen: When its last look was that worked; before it, silence means something.

    """
    if len(times) < LEAST_EVENTS:
        return None
    longest = max(later - earlier for earlier, later in pairwise(times))
    if longest <= timedelta():
        return None  # all at once: nothing is known of its gaps
    longest = max(longest, LEAST_GAP)
    if seen - times[-1] <= TIMES * longest:
        return None
    return Silence(times[-1], len(times), longest)


async def silence_notices(
    store: Store,
    watches: Iterable[Watch],
    failing: Collection[str],
    now: datetime,
) -> list[Notice]:
    """
    Return a notice of each watch that is silent; of the same silence it is the same notice.

    Args:
        store: The state.
        watches: The watches that run.
        failing: The sources that fail, so that nothing is known of them.
        now: The time.

    """
    last_runs = await store.last_runs()
    notices = []
    for watch in watches:
        seen = last_runs.get(watch.source)
        if watch.may_be_silent or seen is None or watch.source in failing:
            continue
        times = await store.archive.times_of(watch.name, now - PAST)
        if silence := silence_of(times, seen):
            notices.append(silent(watch.name, silence))
    return notices


def silent(watch: str, silence: Silence) -> Notice:
    """Return the notice that a watch is silent."""
    longest = freshness(silence.longest.total_seconds())
    text = (
        f"It reported {counted(silence.events, 'event', 'events')} within 90 days, at most "
        f"{longest} apart. Perhaps nothing happens there any more; or its rule fits no longer, or "
        f"the site has changed: gazelled watch show {watch}. You are notified of it once, and "
        "again only after its next event. To turn this off, write may_be_silent = true in its "
        "table."
    )
    title = f"{watch} has reported nothing since {local_minute(silence.since)}"
    return Notice(f"silent-{watch}", title, text, silence.since)
