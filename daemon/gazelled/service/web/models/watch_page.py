"""The page of a watch: how it is, what it found, what it saw, and its rule, which can be tried."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.config.document.key_lines import too_deep
from gazelled.config.document.toml_writer import written
from gazelled.errors import GazelledError
from gazelled.explain.plugin_opinions import missing_fields
from gazelled.explain.reevaluate import reevaluate
from gazelled.explain.results import Judgement, Trial
from gazelled.model import Event
from gazelled.service.configuration.watch_written import as_configured
from gazelled.service.control.codec import redacted
from gazelled.service.control.handlers.explanations import explain_context
from gazelled.service.control.protocol import StatusRequest, TryRequest
from gazelled.service.control.status_reply import WatchStatus
from gazelled.service.web.models.missed import MissedRange, missed_ranges
from gazelled.service.web.models.replies import reply_to, whole_number
from gazelled.service.web.web_page import NoSuchPageError, PageRequest
from gazelled.text import either, missing
from gazelled.watches.keys.stored_rule import RULE_KEYS
from gazelled.watches.watch import Watch

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

MOST_EVENTS = 50
MOST_PAGES = 10_000
MOST_ITEMS = 25
TRIED_FOR = 30 * 86400.0
"""So many seconds back a rule is tried."""


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """An event that a watch reported, and the state of its deliveries by target."""

    key: str
    kind: str
    title: str
    at: datetime
    deliveries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """An item that a watch saw, and what its rule says of it now."""

    id: str
    title: str
    url: str
    at: datetime
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class RuleTry:
    """
    Another rule, tried on what is stored.

    Attributes:
        text: The rule as it was written.
        problem: Why it can't be tried; empty if it was.
        trial: What it would have reported.

    """

    text: str
    problem: str = ""
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class WatchPage:
    """
    A watch.

    Attributes:
        table: It as it counts, as TOML.
        rule: The keys of its rule alone, as TOML.
        ruled: Since when it has this rule; None before its first look.
        shares: The other watches that share its requests.
        number: Which page of its events this is; `has_older` says whether another follows.
        can_try: Whether its kind chooses items.

    """

    now: datetime
    name: str
    about: str
    kind: str
    source: str
    tell: tuple[str, ...]
    status: WatchStatus
    shares: tuple[str, ...]
    table: str
    rule: str
    ruled: datetime | None
    events: tuple[ReportedEvent, ...]
    number: int
    has_older: bool
    items: tuple[JudgedItem, ...]
    missed: tuple[MissedRange, ...]
    can_try: bool
    tried: RuleTry | None


async def watch_page(app: App, request: PageRequest) -> WatchPage:
    """Return a page of a watch; `rule` in the query is another rule, to be tried."""
    name = request.parts["name"]
    watch = app.config.watches.get(name)
    if watch is None:
        raise NoSuchPageError(missing("watch", name, app.config.watches))
    status = await reply_to(app, StatusRequest())
    rules = await app.store.watches.rules(name)
    tried = request.query.get("rule")
    can_try = watch.kind.follows and watch.listing is not None
    number = min(max(1, whole_number(request.query.get("page", ""))), MOST_PAGES)
    events = await app.store.archive.newest_events(
        name, MOST_EVENTS + 1, skip=(number - 1) * MOST_EVENTS
    )
    return WatchPage(
        now=app.clock.now(),
        name=name,
        about=watch.about,
        kind=watch.kind.name,
        source=watch.source,
        tell=watch.tell,
        status=next(row for row in status.watches if row.name == name),
        shares=tuple(
            other.name for other in app.watcher.sources.get(watch.source, ()) if other.name != name
        ),
        table=written(name, as_configured(watch)).rstrip(),
        rule=rule_text(watch),
        ruled=rules[-1].since if rules else None,
        events=await _reported(app, events[:MOST_EVENTS]),
        number=number,
        has_older=len(events) > MOST_EVENTS,
        items=await _items(app, watch) if can_try else (),
        missed=await missed_ranges(app, watch.source),
        can_try=can_try,
        tried=await _try(app, watch, tried.strip()) if tried is not None and can_try else None,
    )


def rule_text(watch: Watch) -> str:
    """Return the keys of a watch that say which items it is for, as TOML."""
    rule = json.loads(watch.rule or "{}")
    table = {key: rule[key] for key in RULE_KEYS if rule.get(key)}
    return written("rule", table).partition("\n")[2].rstrip()


def stored_rule(watch: Watch, text: str) -> str:
    """
    Return the rule of a watch with other keys of `RULE_KEYS`, as far as its kind takes them.

    Args:
        watch: The watch, whose request and kind stay.
        text: These keys as TOML, alone or in a table of a watch.

    Raises:
        ValueError: With a sentence, if the text can't be read.

    """
    if too_deep(text):
        raise ValueError("lists or tables are nested too deeply")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"this is not TOML: {error}") from None
    tables = table.get("watch")
    if isinstance(tables, dict) and len(tables) == 1:
        table = next(iter(tables.values()))
    taken = [key for key in RULE_KEYS if key in watch.kind.takes]
    if other := sorted(table.keys() - {*taken}):
        raise ValueError(f"only {either(taken, 'and')} can be tried, not {either(other)}")
    if not isinstance(table.get("match", {}), dict):
        raise ValueError('match: expected a table, like match.title = "yeast"')  # noqa: TRY004 - a person wrote it
    if not isinstance(table.get("fields", []), list):
        raise ValueError('fields: expected a list, like ["seeders"]')  # noqa: TRY004 - likewise
    rule = {key: part for key, part in json.loads(watch.rule).items() if key not in RULE_KEYS}
    return json.dumps({**rule, **table}, default=str)


async def _try(app: App, watch: Watch, text: str) -> RuleTry:
    try:
        rule = stored_rule(watch, text)
        request = TryRequest(watch.name, TRIED_FOR, rule, offline=True)
        return RuleTry(text, trial=(await reply_to(app, request)).tried)
    except (GazelledError, ValueError) as error:
        return RuleTry(text, app.redactor.scrub(str(error)))


async def _reported(app: App, events: Sequence[Event]) -> tuple[ReportedEvent, ...]:
    rows = [
        ReportedEvent(
            event.key,
            event.kind.value,
            event.title,
            event.at,
            {row.target: row.state for row in await app.store.archive.deliveries_of(event.key)},
        )
        for event in events
    ]
    return redacted(tuple(rows), app.redactor.scrub_foreign_data)


async def _items(app: App, watch: Watch) -> tuple[JudgedItem, ...]:
    context = explain_context(app)
    seen = await app.store.archive.newest_items(watch.source, MOST_ITEMS)
    rows = [
        JudgedItem(
            stored.item.id,
            stored.item.title,
            stored.item.url,
            stored.at,
            reevaluate(
                watch.rule,
                stored.item,
                stored.at,
                context.terms,
                await missing_fields(context, watch.source, stored.item.id),
            ),
        )
        for stored in seen
    ]
    return redacted(tuple(rows), app.redactor.scrub_foreign_data)
