"""What the daemon says about itself: one notice when something goes down, one when it is back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from gazelled.clock import Clock
from gazelled.delivery import TargetChange
from gazelled.errors import Broken
from gazelled.model import Event
from gazelled.tracker.health import Change, State
from gazelled.tracker.site import Site
from gazelled.watches.events import notice_event
from gazelled.watches.watcher import Trouble


class Outbox(Protocol):
    """The part of the store that notices go into."""

    async def add_event(self, event: Event, targets: Sequence[str]) -> None:
        """Keep an event and a delivery to each target."""


class Notices:
    """
    Puts what changed into sentences and into the outbox.

    Args:
        site: The tracker.
        tell: The targets that notices go to.
        outbox: The store.
        clock: The time of day.
        wake: Called when there is something to deliver.

    """

    def __init__(
        self,
        site: Site,
        tell: Sequence[str],
        outbox: Outbox,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._site = site
        self._tell = tuple(tell)
        self._outbox = outbox
        self._clock = clock
        self._wake = wake

    async def tracker_changed(self, change: Change) -> None:
        """Tell that the tracker is down, back, or stopped."""
        name = self._site.name
        match change.state:
            case State.DOWN:
                title = f"{name} hasn't answered since {clock_time(change.since)}"
                then = f"; next {clock_time(change.next_at)}" if change.next_at else ""
                text = (
                    f"{_sentence(change.text)} {change.tries} tries{then}. I catch up and tell "
                    "you when it is back. Nothing for you to do."
                )
                await self._notice("tracker-down", title, text, change.since)
            case State.BACK:
                title = f"{name} is back"
                text = f"It was away from {clock_time(change.since)}. I catch up now."
                await self._notice("tracker-back", title, text)
            case State.STOPPED:
                text = f"{_sentence(change.text)} I send nothing until then: gazelled resume"
                await self._notice("stopped", f"{name}: stopped until you act", text)
            case State.RESUMED | State.LIMITED:
                pass  # a person did the one, and the other is over in a moment: the log has them

    async def source_changed(self, trouble: Trouble) -> None:
        """Tell that a watch can't be asked or read, that it can again, or what was missed."""
        who = ", ".join(trouble.watches)
        if trouble.gap:
            low, high = trouble.gap
            text = (
                f"{trouble.source}: what appeared between {low} and {high} is further back than "
                f"the pages of {self._site.name} go. Look there by hand if it matters."
            )
            await self._notice(f"missed-{who}", f"{who}: something was missed", text)
        elif trouble.problem is None:
            await self._notice(f"works-{who}", f"{who} works again", f"{trouble.source} answers.")
        elif isinstance(trouble.problem, Broken):
            text = (
                f"{_sentence(str(trouble.problem))} Asked was: {trouble.source}. I go on asking; "
                "the answer is kept in the state folder, in broken/."
            )
            await self._notice(f"broken-{who}", f"{who}: an answer that I can't read", text)
        else:
            text = f"{_sentence(str(trouble.problem))} Asked was: {trouble.source}."
            await self._notice(f"refused-{who}", f"{who}: {self._site.name} refuses", text)

    async def target_changed(self, change: TargetChange) -> None:
        """Tell the other targets that one fails, is back, or lost something."""
        others = [name for name in self._tell if name != change.target]
        if change.given_up is not None:
            title = f"{change.target}: a message could not be delivered"
            text = f"{_sentence(change.error)} Given up: {change.given_up.event.title}"
            topic = f"target-lost-{change.target}"
        elif change.failing:
            title = f"{change.target} can't be reached since {clock_time(change.since)}"
            text = f"{_sentence(change.error)} I keep its messages and go on trying."
            topic = f"target-down-{change.target}"
        else:
            title = f"{change.target} can be reached again"
            text = "What waited for it is being delivered."
            topic = f"target-back-{change.target}"
        await self._notice(topic, title, text, change.since, others)

    async def plugin_left_out(self, plugin: str, message: str) -> None:
        """Tell that a plugin can't be used."""
        title = f"The plugin {plugin} was left out"
        await self._notice(f"plugin-{plugin}", title, message)

    async def _notice(
        self,
        topic: str,
        title: str,
        text: str,
        at: datetime | None = None,
        tell: Sequence[str] | None = None,
    ) -> None:
        event = notice_event(topic, title, text, self._site.url, at or self._clock.now())
        await self._outbox.add_event(event, self._tell if tell is None else tell)
        self._wake()


def clock_time(moment: datetime) -> str:
    """Write a time of day for people, in their zone."""
    return f"{moment.astimezone():%H:%M}"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
