"""What `why` and `try` find out, as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gazelled.cli import output
from gazelled.explain import results
from gazelled.model import EventKind
from gazelled.text import capitalized, counted

_WITHOUT_RULE = {EventKind.NOTICE.value, EventKind.DIGEST.value}
_MARKS = {True: "✓", False: "✗", None: "?"}
_VERDICTS = {True: "matches", False: "doesn't match", None: "unknown"}
_DELIVERIES = {
    "done": "delivered to {target} {settled}",
    "waiting": "waiting for {target}",
    "held": "held for {target}",
    "sending": "being sent to {target}",
    "failed": "waiting for {target}",
    "dead": "gave up on {target} {settled}",
    "dropped": "dropped for {target} {settled}",
}

_HELD = {
    "quiet": " (quiet hours)",
    "max": " or later (max is used up)",
    "digest": ", for the next digest",
    "removed": " (the target is not in the config any more)",
}
_PARTS = {
    "digest": "{text} in {into}",
    "repeated": "not sent to {target} again: {into} had reported it",
}


def print_explanation(explanation: results.Explanation) -> None:
    """Print why an item was reported or wasn't."""
    now = output.now()
    for number, item in enumerate(explanation.seen):
        if number:
            output.line()
        _print_item(item, now)
    if explanation.rest:
        output.line()
        output.line(f"and {explanation.rest} more that this event is about")
    if explanation.seen:
        return
    output.line(f"{explanation.item} was never seen.")
    for reason in explanation.unseen:
        where = f"{reason.stream} ({', '.join(reason.watches)}): " if reason.stream else ""
        output.line(f"  {where}{reason.text}.")
    output.line("  Items are stored for 90 days.")


def print_trial(trial: results.Trial) -> None:
    """Print what a rule would have reported."""
    if trial.note:
        output.message(f"{capitalized(trial.note)}.")
    _print_items("WOULD REPORT", trial.shown)
    if hidden := trial.fit - len(trial.shown):
        output.line(f"and {hidden} more")
    unknown = f", {trial.unknown} unknown" if trial.unknown else ""
    since = output.moment(trial.since)
    output.line(f"{trial.fit} of {trial.items} items match{unknown}, since {since}")
    output.line(
        f"{counted(trial.messages, 'message', 'messages')}, about {trial.per_day:.1f} a day"
    )
    if (differs := trial.differs) is None:
        return
    if not (differs.adds or differs.drops):
        output.line("The rule in use gives the same result for all of them.")
        return
    output.line(f"The rule in use differs: this one adds {differs.adds}, drops {differs.drops}")
    _print_items("ADDS", differs.added)
    _print_items("DROPS", differs.dropped)


def _print_items(head: str, items: Sequence[results.TriedItem]) -> None:
    output.table(
        items,
        {
            head: lambda item: item.id,
            "SEEN": lambda item: output.moment(item.at),
            "TITLE": lambda item: item.title,
            "WHY": lambda item: (
                ", ".join(item.why) if isinstance(item, results.MatchingItem) else ""
            ),
        },
    )


def _print_item(item: results.SightedItem, now: datetime) -> None:
    output.line("  ".join(text for text in (item.id, item.kind, item.title) if text))
    if item.url:
        output.line(f"    {item.url}")
    if item.kind in _WITHOUT_RULE:
        for watch in item.watches:
            _print_verdict(watch, now)
        return
    where = f" in {item.stream}" if item.stream else ""
    seen = f"seen {output.moment(item.at, now)}" if item.at else "known"
    output.line(f"    {seen}{where}")
    for watch in item.watches:
        decided = watch.ruled or watch.clauses or watch.verdict is not None
        output.line(f"{watch.watch}: {_VERDICTS[watch.verdict]}" if decided else watch.watch)
        _print_verdict(watch, now)
    if item.more:
        output.line(f"and {item.more} more watches; choose one: gazelled why {item.id} WATCH")
    if not item.watches:
        output.line("no watch requests this list any more")


def _print_verdict(watch: results.WatchVerdict, now: datetime) -> None:
    _print_clauses(watch.clauses, watch.problem)
    for event in watch.told:
        _print_event(event, now)
    for line in watch.note.splitlines():
        output.line(f"  {line}")
    if watch.now:
        output.line(f"  the rule was changed since; now: {_VERDICTS[watch.now.verdict]}")
        _print_clauses(watch.now.clauses, watch.now.problem)


def _print_clauses(clauses: Sequence[results.ClauseResult], problem: str) -> None:
    width = max((len(clause.asked) for clause in clauses), default=0)
    for clause in clauses:
        output.line(f"  {_MARKS[clause.holds]} {clause.asked.ljust(width)}  {clause.has}")
    if problem:
        output.line(f"  {problem}")


def _print_event(event: results.EventOutcome, now: datetime) -> None:
    if event.kind != EventKind.NEW:
        output.line(f"  {event.kind} {output.moment(event.at, now)}: {event.title}")
    for change in event.changes:
        output.line(f"    {change.field} {_value(change.before)} → {_value(change.after)}")
    for delivery in event.deliveries:
        output.line(f"  {_delivery(delivery, now)}")
    if not event.deliveries:
        output.line("  not delivered to any target")


def _delivery(delivery: results.DeliveryOutcome, now: datetime) -> str:
    settled = output.moment(delivery.settled, now)
    state = "dropped" if delivery.held == "dropped" else delivery.state
    text = _DELIVERIES[state].format(target=delivery.target, settled=settled)
    due = output.moment(delivery.due, now)
    if delivery.into:
        text = _PARTS.get(delivery.held, "{text} with {into}").format(
            text=text, target=delivery.target, into=delivery.into
        )
    elif delivery.state == "held":
        until = f" until {due}" if due else ""
        text += until + _HELD.get(delivery.held, "")
    elif delivery.state == "sending":
        text += f", try {delivery.tries}"
    elif delivery.state == "failed" and due:
        text += f", tried {counted(delivery.tries, 'time', 'times')}; next {due}"
    error = delivery.error if delivery.state != "done" else ""
    colon = "; its last error: " if state == "dropped" else ": "
    return f"{text}{colon}{error}" if error else text


def _value(value: object) -> str:
    return "unknown" if value is None else str(value)
