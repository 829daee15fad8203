"""Trying a rule on what is kept: what it would have told, and what becomes different by it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gazelled.config import Rule, read_rule
from gazelled.errors import ConfigError, GazelledError, RequestRefused
from gazelled.explain.reevaluate import demanded, same
from gazelled.model import Call, Item, Lane, StreamId
from gazelled.rules import Match
from gazelled.service.app import App
from gazelled.store import SeenItem
from gazelled.text import meant
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.confirmations import consequence
from gazelled.tracker.client.account import composing
from gazelled.watches.streams.extract import extract
from gazelled.watches.streams.look import Stream

MOST_SHOWN = 50
PAGES = 2
_DAY = timedelta(days=1)
_ALSO = {
    "change": "these are the ones it looks at; how often they change isn't kept",
    "gone": "these are the ones it looks at; which of them go isn't kept",
    "alert": "each is judged as it was when it was new",
}

Lines = AsyncGenerator[Mapping[str, object], None]


@dataclass(frozen=True, slots=True)
class History:
    """
    What a rule is tried on.

    Attributes:
        items: The items, with the times to decide at, the oldest first.
        note: What is to be known of them.
        asked: How many requests they took.

    """

    items: Sequence[SeenItem]
    note: str = ""
    asked: int = 0


async def try_rule(app: App, given: Mapping[str, object]) -> Lines:
    """
    Run a rule over what is kept; of a source without history two pages are asked for.

    Args:
        app: The daemon.
        given: `watch`; `rule`, its text, if it isn't the one that is in use; `since`, in seconds;
            `offline`, to ask nothing.

    Yields:
        What is asked before it is, as a `hint`, and for each request about how long it takes;
        then `tried`.

    Raises:
        ConfigError: If there is no such watch.
        Refused: If it chooses nothing, or asking for it would change something.
        GazelledError: If there is nothing to try it on.
        TrackerError: If the tracker can't be asked.

    """
    name, since = str(given.get("watch", "")), given.get("since")
    text = str(given.get("rule") or _in_config(app, name))
    rule = _read(text)
    if rule.listing is None or rule.kind in {"report", "call"}:
        raise RequestRefused(f'kind = "{rule.kind}" chooses nothing, so there is nothing to try')
    window = timedelta(seconds=since if isinstance(since, int | float) else 0)
    history = await _kept(app, rule, rule.listing, app.clock.now() - window)
    if history is None:
        if given.get("offline"):
            raise GazelledError(f"nothing is kept of {rule.call} yet; without --offline I ask it")
        calls = _calls(rule, rule.listing)
        times = "once" if len(calls) == 1 else "twice"
        yield {"hint": f"Nothing is kept of {rule.call} yet. This asks the tracker {times}."}
        found: list[Item] = []
        for number, call in enumerate(calls, 1):
            yield {"expected": round(app.dispatcher.wait(), 1), "asking": str(call)}
            answer = await composing(app.dispatcher.call)(call)
            page = extract(rule.listing, answer.payload, app.site)
            found += page.items
            if page.pages <= number:
                break
        history = _told_now(rule, found, app.clock.now(), number)
    result = _result(rule, history, app.clock.now())
    before = await _in_use(app, name)
    differs = None if before is None or same(before, text) else _differs(before, rule, history)
    yield {"tried": app.redactor.scrub_foreign_data({"watch": name, **result, "differs": differs})}


def _in_config(app: App, name: str) -> str:
    watch = app.config.watches.get(name)
    if watch is None:
        raise ConfigError(f'There is no watch "{name}"{meant(name, app.config.watches)}')
    return watch.rule


def _read(text: str) -> Rule:
    try:
        return read_rule(text)
    except ValueError as error:
        raise ConfigError(str(error)) from None


async def _in_use(app: App, name: str) -> str | None:
    """Tell the rule that decides now; one that only a command has read decides nothing yet."""
    if app.serving and name in app.config.watches:
        return app.config.watches[name].rule
    rules = await app.store.watches.rules(name)
    return rules[-1].text if rules else None


async def _kept(app: App, rule: Rule, listing: Listing, begin: datetime) -> History | None:
    """Choose what is kept of the rule's source, or of those that list the same; None if none is."""
    streams, own = await app.store.archive.streams(), StreamId(str(rule.call))
    if own in streams:
        return History(await app.store.archive.items(own, begin))
    whole = StreamId(str(replace(rule.call, params=listing.with_)))
    alike = [each for each in streams if each.partition(" ")[0] == rule.call.action]
    chosen = [whole] if whole in alike else alike
    kinds = {source.kind for source in listing.sources}
    items = {
        each.item.id: each
        for stream in chosen
        for each in await app.store.archive.items(stream, begin)
        if each.item.kind in kinds
    }
    if not items:
        return None
    note = f"nothing is kept of {own} yet, so this is tried on what is kept of {', '.join(chosen)}"
    if listing.narrowed(rule.call.params):
        note += "; what the tracker's own search would leave out can't be told"
    return History(sorted(items.values(), key=lambda each: each.at), note)


def _calls(rule: Rule, listing: Listing) -> list[Call]:
    """
    Make the calls for the first pages.

    Raises:
        Refused: If one would mark or change something.

    """
    action = ACTIONS[rule.call.action]
    call = replace(rule.call, params=action.gentle(rule.call.params), lane=Lane.PERSON)
    if does := consequence(action, call.params):
        raise RequestRefused(f"{does}, and nothing is kept of it yet to try the rule on")
    pages = PAGES if listing.page and listing.last_page > 1 else 1
    return [Stream(call, listing).page(number) for number in range(1, pages + 1)]


def _told_now(rule: Rule, items: Sequence[Item], now: datetime, asked: int) -> History:
    """Take items that were asked for as found when they appeared, except for alerts."""
    unique = {item.id: item for item in items}.values()
    kept = [
        SeenItem(
            StreamId(str(rule.call)), item, item.time if item.time and rule.kind == "new" else now
        )
        for item in unique
    ]
    return History(sorted(kept, key=lambda each: each.at), asked=asked)


def _result(rule: Rule, history: History, now: datetime) -> dict[str, object]:
    match = demanded(rule)
    fitting, unknown = [], 0
    for kept in history.items:
        decision = match.decide(kept.item, kept.at)
        unknown += decision.verdict is None
        if decision.verdict:
            fitting.append(_line(kept) | {"why": [clause.text for clause in decision.clauses]})
    since = history.items[0].at if history.items else now
    fit = {each["id"] for each in fitting}
    messages = len({_message(kept) for kept in history.items if kept.item.id in fit})
    return {
        "asks": str(rule.call),
        "kind": rule.kind,
        "items": len(history.items),
        "since": since.isoformat(timespec="seconds"),
        "fit": len(fitting),
        "unknown": unknown,
        "messages": messages,
        "per_day": round(messages / max((now - since) / _DAY, 1.0), 2),
        "shown": fitting[: -MOST_SHOWN - 1 : -1],
        "note": "; ".join(each for each in (history.note, _ALSO.get(rule.kind, "")) if each),
        "asked": history.asked,
    }


def _differs(before: str, rule: Rule, history: History) -> dict[str, object] | None:
    """Compare with another rule."""
    try:
        old = demanded(read_rule(before))
    except ValueError:
        return None
    new = demanded(rule)
    added, dropped = _only(new, old, history), _only(old, new, history)
    return {
        "adds": len(added),
        "added": added[: -MOST_SHOWN - 1 : -1],
        "drops": len(dropped),
        "dropped": dropped[: -MOST_SHOWN - 1 : -1],
    }


def _only(this: Match, other: Match, history: History) -> list[dict[str, object]]:
    return [
        _line(kept)
        for kept in history.items
        if this.decide(kept.item, kept.at).verdict and not other.decide(kept.item, kept.at).verdict
    ]


def _line(kept: SeenItem) -> dict[str, object]:
    at = kept.at.isoformat(timespec="seconds")
    return {"id": kept.item.id, "title": kept.item.title, "url": kept.item.url, "at": at}


def _message(kept: SeenItem) -> tuple[datetime, str]:
    """Name the message that an item would have been in: formats of one data set share one."""
    item = kept.item
    return kept.at, f"{item.kind}:{item.group}" if item.group else f"{item.kind} {item.id}"
