"""What the daemon says about itself: one notice when something goes down, one when it is back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.clock import Clock
from gazelled.delivery import TargetChange
from gazelled.errors import BadAnswer, TrackerUnavailable
from gazelled.model import Event
from gazelled.store import Store
from gazelled.tracker.answers.health import Change, State
from gazelled.tracker.sites.site import Site
from gazelled.watches.events import notice_event
from gazelled.watches.findings import Finding, Missed, Skipped, Trouble, Unlisted, WentBack

if TYPE_CHECKING:  # loaded by those who decode answers
    from gazelled.tracker.models import Drift

_LEFT_OUT = "plugins-left-out"
_FEW = 5


@dataclass(frozen=True, slots=True)
class Sign:
    """
    What a sign of life tells.

    Attributes:
        since: When the last one was given.
        watches: How many watches there are.
        looks: How often the tracker was asked for them since.
        told: How many events they told since.
        missed: How many stretches could not be seen since.
        tracker: How the tracker is, after its name.
        failing: What is wrong, by the watch or target.

    """

    since: datetime
    watches: int
    looks: int
    told: int
    missed: int
    tracker: str
    failing: Mapping[str, str]


class Notices:
    """
    Puts what changed into sentences and into the outbox.

    Whoever reports a change may do so again after a crash: what is the same since the same time is
    one notice.

    Args:
        site: The tracker.
        tell: The targets that notices go to.
        store: The store.
        clock: The time of day.
        wake: Called when there is something to deliver.
        scrub: Takes secrets out of a text: what others say is passed on.

    """

    def __init__(
        self,
        site: Site,
        tell: Sequence[str],
        store: Store,
        clock: Clock,
        wake: Callable[[], None],
        scrub: Callable[[str], str],
    ) -> None:
        self._site = site
        self._tell = tuple(tell)
        self._store = store
        self._clock = clock
        self._wake = wake
        self._scrub = scrub

    async def tracker_changed(self, change: Change) -> None:
        """Send a notice that the tracker is down, back, or stopped."""
        name = self._site.name
        match change.state:
            case State.DOWN:
                title = f"{name} hasn't answered since {clock_time(change.since)}"
                then = f"; next {clock_time(change.next_at)}" if change.next_at else ""
                end = "." if change.explained else ","
                so_far = change.text if change.text.endswith(".") else f"{change.text}{end}"
                text = (
                    f"{_capital(so_far)} {change.tries} tries{then}. gazelled catches up and "
                    "notifies you when it is back."
                )
                text += "" if change.explained else " Nothing for you to do."
                await self._notice("tracker-down", title, text, since=change.since)
            case State.BACK:
                title = f"{name} is back"
                text = f"It was away from {clock_time(change.since)}. gazelled catches up now."
                await self._notice("tracker-back", title, text, since=change.since)
            case State.STOPPED:
                text = (
                    f"{_sentence(change.text)} Nothing is sent until: gazelled resume. After a "
                    "change of the config or a secret, restart gazelled instead."
                )
                title = f"{name}: stopped until you act"
                await self._notice("stopped", title, text, since=change.since)
            case State.SHARED:
                title = "Another client uses this account's rate limit"
                text = (
                    f"{name} refused {change.tries} requests within an hour, though gazelled kept "
                    "to its limit: a browser or another program uses the account too. gazelled "
                    "sends requests more slowly until an hour has passed without a refusal. If "
                    "there is no other program, the limit in [tracker.limit] is wider than the "
                    "site's."
                )
                await self._notice("shared", title, text, since=change.since)
            case State.ALONE:
                title = "No other client uses this account's rate limit any more"
                text = f"{name} has refused nothing for an hour. gazelled uses its full rate again."
                await self._notice("alone", title, text, since=change.since)
            case State.FAILING:
                title = f"{change.action} of {name} has failed since {clock_time(change.since)}"
                then = f"; next {clock_time(change.next_at)}" if change.next_at else ""
                text = (
                    f"{_sentence(change.text)} {change.tries} tries{then}. Other actions are "
                    "asked as before. gazelled keeps trying, and catches up and notifies you when "
                    "it works again. Nothing for you to do."
                )
                await self._notice(f"action-fails-{change.action}", title, text, since=change.since)
            case State.WORKING:
                title = f"{change.action} of {name} works again"
                text = f"It had failed since {clock_time(change.since)}. gazelled catches up now."
                await self._notice(f"action-works-{change.action}", title, text, since=change.since)
            case State.RESUMED | State.LIMITED:
                pass  # a person did the one, and the other is over in a moment: the log has them

    async def account_taken(self, text: str, since: datetime) -> None:
        """Send a notice that another process owns the account: this daemon is on standby."""
        title = f"Another process uses your account at {self._site.name}"
        more = "This gazelled tries again every minute, and takes over when that one is gone."
        await self._notice("account-taken", title, f"{text} {more}", since=since)

    async def account_taken_over(self, since: datetime) -> None:
        """Send a notice that the account is this daemon's now."""
        title = f"This gazelled uses your account at {self._site.name} now"
        text = f"The other process is gone. It had the account since {clock_time(since)} or longer."
        await self._notice("account-taken-over", title, text, since=since)

    async def source_changed(self, trouble: Trouble | Skipped) -> None:
        """Report that a watch can't be asked or read, in whole or in part, or that it can again."""
        if isinstance(trouble, Skipped):
            await self._entries_skipped(trouble)
            return
        who, name = ", ".join(trouble.watches), self._site.name
        asked = f"Asked was: {trouble.source}."
        match trouble.problem:
            case None:
                topic, title, text = "works", f"{who} works again", f"{name} answers it."
            case BadAnswer():
                topic, title = "broken", f"{who}: an answer could not be read"
                text = (
                    f"{asked} gazelled keeps asking; the answer is in the state folder, in broken/."
                )
            case TrackerUnavailable():
                topic, title = "unavailable", f"{who}: {name} can't answer this"
                text = f"{asked} Other requests are answered; gazelled keeps asking."
            case _:
                topic, title = "refused", f"{who}: {name} refuses"
                text = f"{asked} gazelled keeps asking, in case it is fixed there."
        if trouble.problem is not None:
            text = f"{_sentence(str(trouble.problem))} {text}"
        await self._notice(f"{topic}-{trouble.source}", title, text, since=trouble.since)

    async def _entries_skipped(self, skipped: Skipped) -> None:
        """Report entries of an answer that could not be read, so that nothing was told of them."""
        who, number = ", ".join(skipped.watches), len(skipped.entries)
        more = f" And {number - _FEW:,} more." if number > _FEW else ""
        text = (
            f"{self._site.name} lists what gazelled cannot read: "
            f"{_ended('; '.join(skipped.entries[:_FEW]))}{more} Nothing was told of that; the "
            "rest of the answer was read. Look there by hand if it matters, and report it to the "
            f"people of gazelled. Asked was: {skipped.source}."
        )
        title = f"{who}: {_count(number, 'entry', 'entries')} could not be read"
        await self._notice(f"unreadable-{skipped.source}", title, text, since=skipped.since)

    def of_source(self, found: Finding) -> tuple[Event, Sequence[str]]:
        """Make the notice of what a look found out about its source, and name its targets."""
        match found:
            case Missed():
                return self.missed(found)
            case Unlisted():
                return self.unlisted(found)
            case WentBack():
                return self.went_back(found)

    def unlisted(self, found: Unlisted) -> tuple[Event, Sequence[str]]:
        """Make the notice of what a source didn't list, and name its targets."""
        who, first, last = ", ".join(found.watches), found.low + 1, found.high - 1
        one = first == last
        title = f"{who}: {found.what} {first} was not listed"
        if not one:
            title = f"{who}: {found.what}s {first} to {last} were not listed"
        text = (
            f"{found.source} named number {found.low} before and {found.high} now. What came "
            f"between is on {self._site.page(found.page)}, unless it was deleted. A watch of "
            "announcements, with mark_read = true, is told of all, ordinary blog posts too."
        )
        if found.source == "announcements":
            text = (
                f"It lists the newest five; {found.low} was the last at the look before. What "
                f"came between is on {self._site.page(found.page)}, unless it was deleted. Ask "
                "more often."
            )
        topic = f"unlisted-{found.source}-{found.what}-{found.low}"
        return self._event(topic, title, text, found.at), self._tell

    def missed(self, missed: Missed) -> tuple[Event, Sequence[str]]:
        """Make the notice of a gap, and name its targets."""
        who = ", ".join(missed.watches)
        text = (
            f"What came between {missed.low} and {missed.high} is further back than the pages of "
            f"{self._site.name} go. Look there by hand if it matters. Asked was: {missed.source}."
        )
        title = f"{who}: something was missed"
        topic = f"missed-{missed.source}-{missed.low}"
        return self._event(topic, title, text, missed.at), self._tell

    def went_back(self, found: WentBack) -> tuple[Event, Sequence[str]]:
        """Make the notice of a source whose newest entries are gone, and name its targets."""
        who = ", ".join(found.watches)
        text = (
            f"The newest of {found.source} is {found.now}; it was {found.was} at the last look. "
            f"{self._site.name} deleted what was newer, or restored an older database. gazelled "
            "goes on from there. If ids are given again, to other things, these are news."
        )
        topic = f"went-back-{found.source}-{found.was}-{found.now}"
        return self._event(topic, f"{who}: the newest entries are gone", text, found.at), self._tell

    async def target_changed(self, change: TargetChange) -> None:
        """Send the other targets a notice that one fails, is back, or lost something."""
        others = [name for name in self._tell if name != change.target]
        if change.given_up is not None:
            title = f"{change.target}: a message could not be delivered"
            text = f"{_sentence(change.error)} Given up: {change.given_up.event.title}"
            topic = f"target-lost-{change.target}"
        elif change.rests is not None:
            what = "its messages rest" if change.all_rest else "a message rests"
            title = f"{change.target}: {what}"
            text = (
                "gazelled was killed again and again while a message was being sent to "
                f"{change.target}; the last one was: {change.rests.event.title}. "
                f"{'None of its messages is' if change.all_rest else 'This one is not'} sent any "
                "more. The usual cause is a plugin that blocks: the log names it. To send what "
                "rests once that is fixed: gazelled resume"
            )
            which = change.target if change.all_rest else change.rests.key
            topic = f"target-rests-{which}"
        elif change.failing:
            title = f"{change.target} can't be reached since {clock_time(change.since)}"
            text = f"{_sentence(change.error)} gazelled keeps its messages and keeps trying."
            topic = f"target-down-{change.target}"
        else:
            title = f"{change.target} can be reached again"
            text = "What waited for it is being delivered."
            topic = f"target-back-{change.target}"
        await self._notice(topic, title, text, since=change.since, tell=others)

    async def alive(self, sign: Sign) -> None:
        """Send a status message; at the same time since the last one it is the same."""
        since = f"{sign.since.astimezone():%A, %-d %B, %H:%M}"
        failing = [f"{who}: {_sentence(text)}" for who, text in sign.failing.items()]
        watches = _count(sign.watches, "watch", "watches")
        looks = _count(sign.looks, "look", "looks")
        missed = sign.missed or "nothing"
        text = [
            f"{watches}. Since {since}: {looks}, {sign.told:,} told, {missed} missed.",
            f"{self._site.name} {_ended(sign.tracker)}",
            *(["Failing:", *failing] if failing else ["Nothing is failing."]),
        ]
        await self._notice("alive", "gazelled is alive", "\n".join(text), since=sign.since)

    async def plugins_left_out(self, problems: Mapping[str, str]) -> None:
        """
        Send a notice of plugins that can't be used; what an earlier start reported isn't repeated.

        Args:
            problems: What is wrong, by the name of the plugin.

        """
        told = json.loads(await self._store.get_kv(_LEFT_OUT) or "{}")
        for plugin, message in problems.items():
            if told.get(plugin) != message:
                await self._notice(f"plugin-{plugin}", f"The plugin {plugin} was left out", message)
        await self._store.set_kv(_LEFT_OUT, json.dumps(problems) if problems else None)

    async def web_changed(self, problem: str) -> None:
        """
        Notify that feeds can't be served, or that they are again.

        Args:
            problem: Why nothing can listen; empty when the feeds are served.

        """
        if problem:
            text = (
                f"{_sentence(problem)} gazelled tries again each minute; everything else works. If "
                "another program has the address for good, choose another one: listen in [web]."
            )
            await self._notice("web-down", "Feeds can't be served", text)
        else:
            await self._notice("web-up", "Feeds are served again", "Their address is as before.")

    async def answers_changed(self, action: str, drift: Sequence[Drift]) -> None:
        """Send a notice that the answers of an action have changed."""
        few = "; ".join(str(each) for each in drift[:_FEW])
        more = f"; and {len(drift) - _FEW} more" if len(drift) > _FEW else ""
        if all(each.kind == "new" for each in drift):
            then = "Nothing else changed, so there is nothing for you to do."
        else:
            then = (
                "What is missing or can't be read counts as unknown, and rules about it don't "
                "match; an entry that can't be read at all has a notice of its own. Report it to "
                "the people of gazelled if a watch of yours needs it."
            )
        text = f"{few}{more}. {then}"
        await self._notice(f"drift-{action}", f"{self._site.name} answers {action} anew", text)

    async def _notice(
        self,
        topic: str,
        title: str,
        text: str,
        *,
        since: datetime | None = None,
        tell: Sequence[str] | None = None,
    ) -> None:
        event = self._event(topic, title, text, self._clock.now(), since)
        await self._store.outbox.add(event, self._tell if tell is None else tell)
        self._wake()

    def _event(
        self, topic: str, title: str, text: str, at: datetime, since: datetime | None = None
    ) -> Event:
        clean = self._scrub
        return notice_event(clean(topic), clean(title), clean(text), self._site.url, at, since)


def clock_time(moment: datetime) -> str:
    """Write a time of day for people, in their zone."""
    return f"{moment.astimezone():%H:%M}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return _ended(_capital(text))


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
