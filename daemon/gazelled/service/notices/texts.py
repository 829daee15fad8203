"""
The notices of the daemon, in words: what happened, since when, what gazelled does, what to do.

Everything here is a function of what changed, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING

from gazelled.delivery import TargetChange
from gazelled.errors import BadAnswer, SourceError, TrackerUnavailable
from gazelled.model import Delivery
from gazelled.service.configuration.configured_targets import RemovedTarget
from gazelled.text import capitalized, counted, local_minute, local_time, sentence
from gazelled.tracker.answers.health import HealthChange, TrackerState
from gazelled.tracker.sites.site import Site
from gazelled.watches.findings import Finding, Missed, Skipped, Trouble, Unlisted, WentBack
from gazelled.watches.plugins.undecided import failure_of

if TYPE_CHECKING:  # loaded by those who decode answers
    from gazelled.tracker.models import Drift

_FEW = 5
_NOTHING_TO_DO = " There is nothing for you to do."


@dataclass(frozen=True, slots=True)
class Notice:
    """
    Notices about the daemon itself, with what people can do.

    The topic is a word or two; with `since`, None for now, it is its key.
    """

    topic: str
    title: str
    text: str
    since: datetime | None = None


def config_refused(file: str, problems: Sequence[str], since: datetime) -> Notice:
    """Return the notice of a config that can't be used while another one is in use."""
    lines = [*problems[:_FEW], *(["…"] if len(problems) > _FEW else [])]
    text = "\n".join(
        [
            "gazelled goes on with the config that it has read before:",
            *lines,
            "Fix it, then: gazelled reload (gazelled check shows all errors).",
        ]
    )
    return Notice("config-refused", f"{file} has errors and is not in use", text, since)


def tracker_changed(site: str, change: HealthChange) -> Notice | None:
    """Return the notice of a change of the tracker; None for one that only the log has."""
    match change.state:
        case TrackerState.DOWN:
            return _tracker_down(site, change)
        case TrackerState.BACK:
            topic, title = "tracker-back", f"{site} is back"
            text = f"It was away from {local_time(change.since)}. gazelled catches up now."
        case TrackerState.STOPPED:
            topic, title = "stopped", f"{site}: stopped until you act"
            text = (
                f"{_reason(change.text)} Nothing is sent until: gazelled resume. After a change of "
                "the log-in, restart gazelled instead."
            )
        case TrackerState.SHARED:
            return _account_shared(site, change)
        case TrackerState.ALONE:
            topic, title = "alone", "No other client uses this account's rate limit any more"
            text = f"{site} has refused nothing for an hour. gazelled uses its full rate again."
        case TrackerState.FAILING:
            return _action_failing(site, change)
        case TrackerState.WORKING:
            topic = f"action-works-{change.action}"
            title = f"{change.action} of {site} works again"
            text = f"It had failed since {local_time(change.since)}. gazelled catches up now."
        case _:
            return None  # a person did the one, and the other is over in a moment
    return Notice(topic, title, text, change.since)


def _tracker_down(site: str, change: HealthChange) -> Notice:
    text = (
        f"{_reason(change.text)} {_tries(change)} gazelled catches up and notifies you when it is "
        f"back.{'' if change.explained else _NOTHING_TO_DO}"
    )
    title = f"{site} hasn't answered since {local_time(change.since)}"
    return Notice("tracker-down", title, text, change.since)


def _action_failing(site: str, change: HealthChange) -> Notice:
    text = (
        f"{_reason(change.text)} {_tries(change)} Other actions are asked as before. gazelled "
        f"keeps trying, and catches up and notifies you when it works again.{_NOTHING_TO_DO}"
    )
    title = f"{change.action} of {site} has failed since {local_time(change.since)}"
    return Notice(f"action-fails-{change.action}", title, text, change.since)


def _account_shared(site: str, change: HealthChange) -> Notice:
    since = local_time(change.since)
    text = (
        f"{site} refused {change.tries} requests within an hour, though gazelled kept to its rate "
        "limit: a browser or another program uses the account, too. gazelled sends requests more "
        "slowly until an hour has passed without a refusal. If there is no other client, the limit "
        "in [tracker.limit] is wider than the site's."
    )
    title = f"Another client has been using this account's rate limit since {since}"
    return Notice("shared", title, text, change.since)


def _tries(change: HealthChange) -> str:
    failed = f"{counted(change.tries, 'request', 'requests')} failed"
    return f"{failed}; next {local_time(change.next_at)}." if change.next_at else f"{failed}."


def _reason(text: str) -> str:
    return sentence(capitalized(text))


def account_taken(site: str, who: str, since: datetime) -> Notice:
    """Return the notice that another process owns the account, so that this daemon stands by."""
    text = "This gazelled tries again every minute, and takes over when that one is gone."
    title = f"Another process uses your account at {site}"
    return Notice("account-taken", title, f"{who} {text}", since)


def account_taken_over(site: str, since: datetime) -> Notice:
    """Return the notice that the account is this daemon's now."""
    text = f"The other process is gone. It had the account since {local_time(since)} or longer."
    title = f"This gazelled uses your account at {site} now"
    return Notice("account-taken-over", title, text, since)


def source_changed(site: str, trouble: Trouble) -> Notice:
    """Return the notice that a source can't be asked or read, or that it can again."""
    who, request = ", ".join(trouble.watches), f"Request: {trouble.source}."
    if trouble.source in map(failure_of, trouble.watches):
        return _kind_changed(who, trouble)
    match trouble.problem:
        case SourceError():
            title, then = f"{who}: its source fails", "It is asked again at its next times."
            text = f"{_reason(str(trouble.problem))} {request} {then}"
            return Notice(f"failed-{trouble.source}", title, text, trouble.since)
        case None:
            is_own = trouble.was == SourceError.__name__
            text = "Its source is read again." if is_own else f"{site} answers it."
            return Notice(f"works-{trouble.source}", f"{who} works again", text, trouble.since)
        case BadAnswer():
            topic, title = "broken", f"{who}: an answer could not be read"
            then = "gazelled keeps asking; the answer is in the state folder, in broken/."
        case TrackerUnavailable():
            topic, title = "unavailable", f"{who}: {site} can't answer this"
            then = "Other requests are answered; gazelled keeps asking."
        case _:
            topic, title = "refused", f"{who}: {site} refuses"
            then = "gazelled keeps asking, in case it is fixed there."
    text = f"{_reason(str(trouble.problem))} {request} {then}"
    return Notice(f"{topic}-{trouble.source}", title, text, trouble.since)


def _kind_changed(who: str, trouble: Trouble) -> Notice:
    """Return the notice that the kind of a watch fails, or that it doesn't any more."""
    if trouble.problem is None:
        text = "Its kind decides again."
        return Notice(f"works-{trouble.source}", f"{who} works again", text, trouble.since)
    text = (
        f"{_reason(str(trouble.problem))} Other watches go on, and gazelled tries again at the next"
        " looks. Fix the plugin, or write another kind."
    )
    title = f"{who} reports nothing: its kind fails"
    return Notice(f"failed-{trouble.source}", title, text, trouble.since)


def entries_skipped(site: str, skipped: Skipped) -> Notice:
    """Return the notice of entries that could not be read, so that nothing was reported of them."""
    who, number = ", ".join(skipped.watches), len(skipped.entries)
    more = f" And {number - _FEW:,} more." if number > _FEW else ""
    text = (
        f"{site} lists what gazelled cannot read: {sentence('; '.join(skipped.entries[:_FEW]))}"
        f"{more} They are left out; the rest of the answer was read. Look there by hand if it "
        f"matters, and report it to the people of gazelled. Request: {skipped.source}."
    )
    title = f"{who}: {counted(number, 'entry', 'entries')} could not be read"
    return Notice(f"unreadable-{skipped.source}", title, text, skipped.since)


def of_source(site: Site, finding: Finding) -> Notice:
    """Return the notice of what a look found out about its source."""
    match finding:
        case Missed():
            return _missed(site, finding)
        case Unlisted():
            return _unlisted(site, finding)
        case WentBack():
            return _went_back(site, finding)


def _missed(site: Site, missed: Missed) -> Notice:
    text = (
        f"What came between {missed.low} and {missed.high} is further back than the pages of "
        f"{site.name} go. Look there by hand if it matters. Request: {missed.source}."
    )
    title = f"{', '.join(missed.watches)}: something was missed"
    return Notice(f"missed-{missed.source}-{missed.low}", title, text)


def _unlisted(site: Site, jump: Unlisted) -> Notice:
    who, first, last = ", ".join(jump.watches), jump.low + 1, jump.high - 1
    title = f"{who}: {jump.what} {first} was not listed"
    if first != last:
        title = f"{who}: {jump.what}s {first} to {last} were not listed"
    where = f"What came between is on {site.page(jump.page)}, unless it was deleted."
    if jump.source == "announcements":
        text = f"It lists the newest five; {jump.low} was the last at the look before. {where}"
        text += " Ask more often."
    else:
        text = (
            f"{jump.source} named number {jump.low} before and {jump.high} now. {where} A watch of "
            "announcements, with mark_read = true, reports all, ordinary blog posts too."
        )
    return Notice(f"unlisted-{jump.source}-{jump.what}-{jump.low}", title, text)


def _went_back(site: Site, finding: WentBack) -> Notice:
    text = (
        f"The newest of {finding.source} is {finding.now}; it was {finding.was} at the last look. "
        f"{site.name} deleted what was newer, or restored an older database. gazelled goes on from "
        "there. If ids are given again, to other things, these are news."
    )
    title = f"{', '.join(finding.watches)}: the newest entries are gone"
    return Notice(f"went-back-{finding.source}-{finding.was}-{finding.now}", title, text)


def target_changed(change: TargetChange) -> Notice:
    """Return the notice that a target fails, is back, or refused or lost something."""
    if change.given_up is not None:
        return _message_lost(change, change.given_up)
    if change.rests is not None:
        return _target_rests(change, change.rests)
    if change.failing:
        return _target_failing(change)
    text = "What waited for it is being delivered."
    if change.lost:
        number = counted(change.lost, "message is", "messages are")
        text += (
            f" {number} not sent again: gazelled deliveries --target {change.target} --state dead"
        )
    title = f"{change.target} works again"
    return Notice(f"target-back-{change.target}", title, text, change.since)


def _target_failing(change: TargetChange) -> Notice:
    target, error, since = change.target, _reason(change.error), local_time(change.since)
    if change.refused:
        title = f"{target} has refused every message since {since}"
        text = (
            f"{error} gazelled goes on with the next ones. Those that were refused are kept for 30 "
            f"days: gazelled deliveries --target {target} --state dead"
        )
    elif change.fault:
        title = f"{target} cannot be used since {since}: its messages wait"
        text = (
            f"{error} gazelled keeps them all, and tries one from time to time. Once that is "
            f"fixed, this sends them at once: gazelled target test {target}"
        )
    else:
        title = f"Messages to {target} have failed since {since}"
        text = f"{error} gazelled keeps its messages and retries."
    return Notice(f"target-down-{target}", title, text, change.since)


def _message_lost(change: TargetChange, lost: Delivery) -> Notice:
    error = _reason(change.error)
    again = f"To send it again: gazelled deliveries retry {quote(lost.key)}"
    if change.refused:
        topic, title = "refused", f"{change.target} refused a message"
        text = f"{error} The others are sent; this one is not sent again: {lost.event.title}"
    else:
        topic, title = "lost", f"{change.target}: a message could not be delivered"
        text = f"{error} gazelled tried for a week and gave it up: {lost.event.title}"
    return Notice(f"target-{topic}-{change.target}", title, f"{text}\n{again}", change.since)


def _target_rests(change: TargetChange, last: Delivery) -> Notice:
    which = change.target if change.all_rest else last.key
    what = "its messages are paused" if change.all_rest else "a message is paused"
    text = (
        "gazelled was killed again and again while a message was being sent to "
        f"{change.target}; the last one was: {last.event.title}. "
        f"{'None of its messages is' if change.all_rest else 'This message is not'} sent any "
        "more. The usual cause is a plugin that blocks: the log names it. Once that is fixed, "
        "send the paused messages with: gazelled resume"
    )
    return Notice(f"target-rests-{which}", f"{change.target}: {what}", text, change.since)


def target_removed(removed: RemovedTarget) -> Notice:
    """Return the notice that messages are held for a target that was removed."""
    name, until = removed.name, local_minute(removed.until)
    number = counted(removed.messages, "message", "messages")
    text = (
        f"{capitalized(number)} waited for it and can't be sent. gazelled keeps what waited until "
        f"{until}, in case the target comes back: as [target.{name}], or under another name with "
        f"the same plugin and options. To see it: gazelled deliveries --target {name}"
    )
    return Notice(f"target-removed-{name}", f"The target {name} was removed", text)


def heartbeat(
    site: str,
    since: datetime,
    *,
    watches: int,
    looks: int,
    events: int,
    missed: int,
    tracker: str,
    failing: Mapping[str, str],
) -> Notice:
    """
    Return the heartbeat; at the same time since the last one it is the same.

    `tracker` is how the tracker is, after its name; `failing` what is wrong, by watch or target.
    """
    day = f"{since.astimezone():%A, %-d %B, %H:%M}"
    done = f"{counted(looks, 'look', 'looks')}, {counted(events, 'event', 'events')}, "
    lines = [
        f"{counted(watches, 'watch', 'watches')}. Since {day}: {done}{missed or 'nothing'} missed.",
        f"{site} {sentence(tracker)}",
        "Failing:" if failing else "Nothing is failing.",
        *(f"{who}: {_reason(why)}" for who, why in failing.items()),
    ]
    return Notice("alive", "gazelled is alive", "\n".join(lines), since)


def plugin_left_out(plugin: str, problem: str) -> Notice:
    """Return the notice that a plugin can't be used."""
    return Notice(f"plugin-{plugin}", f"The plugin {plugin} was left out", problem)


def plugin_blocked(plugin: str, place: str) -> Notice:
    """Return the notice that a plugin holds the event loop."""
    text = (
        f"Its code at {place} blocked: nothing else runs in gazelled meanwhile. After a few times "
        "the plugin is left out. Use a thread there (asyncio.to_thread) or an async library."
    )
    return Notice(f"plugin-{plugin}-blocked", f"The plugin {plugin} held gazelled up", text)


def plugin_excluded(plugin: str, reason: str, since: datetime) -> Notice:
    """Return the notice that a plugin is not used any more, since it harms the daemon."""
    text = (
        f"{sentence(capitalized(reason))} Messages for its targets wait. Once it is fixed: "
        f"gazelled plugins enable {quote(plugin)}"
    )
    return Notice(f"plugin-{plugin}-out", f"The plugin {plugin} is left out", text, since)


def web_changed(problem: str) -> Notice:
    """Return the notice of why feeds can't be served; without a problem, that they are again."""
    if not problem:
        return Notice("web-up", "Feeds are served again", "Their address is as before.")
    text = (
        f"{sentence(problem)} gazelled tries again each minute; everything else works. If another "
        "program has the address for good, choose another one: listen in [web]."
    )
    return Notice("web-down", "Feeds can't be served", text)


def state_unavailable(problem: str, since: datetime) -> Notice:
    """Return the notice that the state can't be written, which is sent without it."""
    text = (
        f"{sentence(problem)} Since {local_time(since)} gazelled sends no requests, and holds its "
        "messages. It keeps trying, and goes on by itself when the state can be written again."
    )
    return Notice("state-unavailable", "gazelled can't write its state", text, since)


def state_available(since: datetime) -> Notice:
    """Return the notice that the state can be written again."""
    text = f"It couldn't be from {local_time(since)}. Nothing was lost; gazelled catches up now."
    return Notice("state-available", "gazelled can write its state again", text, since)


def control_failed(problem: str) -> Notice:
    """Return the notice that commands can't reach the daemon."""
    text = f"{sentence(problem)} Commands can't reach gazelled; it tries again, and watches on."
    return Notice("control-failed", "Commands can't reach gazelled", text)


def answers_changed(site: str, action: str, drift: Sequence[Drift]) -> Notice:
    """Return the notice that an action's answers have another shape than before."""
    few = "; ".join(str(difference) for difference in drift[:_FEW])
    more = f"; and {len(drift) - _FEW} more" if len(drift) > _FEW else ""
    if all(difference.kind == "new" for difference in drift):
        then = "Nothing else changed, so there is nothing for you to do."
    else:
        then = (
            "What is missing or can't be read counts as unknown, and rules about it don't match; "
            "an entry that can't be read at all has a notice of its own. Report it to the people "
            "of gazelled if a watch of yours needs it."
        )
    title = f"Answers of {site} to {action} have changed"
    return Notice(f"drift-{action}", title, f"{few}{more}. {then}")
