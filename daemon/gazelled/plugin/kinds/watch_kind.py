"""A kind of watch, and what it decides on: one look of one watch."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, cast

import structlog
from typing_extensions import TypeVar

from gazelled.fields import FieldType
from gazelled.model import Change, Decision, Event, EventKind, FirstLook, Item, Mark
from gazelled.plugin.kinds.item_events import Judged, event_of, occurrence
from gazelled.plugin.kinds.watch_views import RuleView, SeenView, SourceView, WatchView
from gazelled.plugin.plugin_config import PluginConfig

MOST_LOGGED = 1_000
"""So many fitting items of one look are logged one by one; writing each takes its time."""

SHOWN_FIRST = 3

log = structlog.stdlib.get_logger(__name__)

Keys = TypeVar("Keys", bound=PluginConfig, default=PluginConfig)


@dataclass(slots=True)
class Outcome:
    """
    What a watch makes of a look.

    Attributes:
        events: What it reports, in this order.
        marks: What it remembers, by thing; None forgets a mark. Only a kind that
            `compares_states` has any.

    """

    events: list[Event] = field(default_factory=list)
    marks: dict[str, Mark | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look(Generic[Keys]):
    """
    What one look at a source shows to one watch, and what the watch remembers.

    Attributes:
        watch: The watch.
        seen: What the look shows; the properties of the look return its parts.
        marks: What the watch remembers, by thing.
        first: Whether it is the first look of the watch, which reports only that it has begun,
            unless the user wants more.

    """

    watch: WatchView
    seen: SeenView
    marks: Mapping[str, Mark] = field(default_factory=dict)
    first: bool = False

    @property
    def keys(self) -> Keys:
        """The kind's own keys of the watch, as its model has checked them."""
        return cast("Keys", self.watch.keys)

    @property
    def source(self) -> SourceView:
        """How the source lists its items."""
        return self.seen.source

    @property
    def items(self) -> tuple[Item, ...]:
        """
        All that was seen, in the tracker's order.

        A kind of `news_only` has them at its first look alone.
        """
        return self.seen.items

    @property
    def fresh(self) -> tuple[Item, ...]:
        """What is new, the oldest first."""
        return self.seen.fresh

    @property
    def things(self) -> Mapping[str, Item]:
        """What was seen by what it is known by, each thing as it is now."""
        return self.seen.things

    @property
    def complete(self) -> bool:
        """Whether `items` is the whole list."""
        return self.seen.complete

    @property
    def restored(self) -> bool:
        """Whether ids of the source were given again, so that an id alone names no event."""
        return self.seen.restored

    @property
    def at(self) -> datetime:
        """When it was seen."""
        return self.seen.at

    @property
    def log(self) -> structlog.stdlib.BoundLogger:
        """A logger that adds the name of the watch to each line."""
        bound: structlog.stdlib.BoundLogger = log.bind(watch=self.watch.name)
        return bound

    def fits(self, item: Item) -> bool | None:
        """Return whether the rule of the watch holds for an item; None if that is unknown."""
        return self.watch.match.holds(item, self.at)

    def decide(self, item: Item) -> Decision:
        """Return what the rule of the watch says of an item, with all reasons."""
        return self.watch.match.decide(item, self.at)

    def fitting(self, items: Sequence[Item]) -> list[Judged]:
        """Return the items that fit, with the reasons, and log what becomes of each."""
        fit: list[Judged] = []
        # Most watches pass most items: a line for each would be all that one reads.
        logs_passed = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
        for item in items:
            logs_passed &= len(fit) < MOST_LOGGED
            if self.fits(item):
                decision = self.decide(item)
                fit.append((item, decision))
                if len(fit) <= MOST_LOGGED:
                    log.info(
                        "item.matched",
                        watch=self.watch.name,
                        item=item.id,
                        title=item.title,
                        clauses=_clauses(decision),
                    )
            elif logs_passed:
                log.debug(
                    "item.skipped",
                    watch=self.watch.name,
                    item=item.id,
                    title=item.title,
                    clauses=_clauses(self.decide(item)),
                )
        if len(fit) > MOST_LOGGED:
            log.info("items.omitted", watch=self.watch.name, more=len(fit) - MOST_LOGGED)
        return fit

    def early(self) -> list[Item]:
        """Return the items that this first look may report by `first`, the oldest first."""
        return early_items(self.watch.first, self.seen, self.watch.match)

    def mark_of(self, item: Item) -> Mark:
        """Return a mark that holds an item, so that it can be reported when it isn't there."""
        return self.seen.mark_of(item)

    def item_of(self, mark: Mark) -> Item:
        """
        Return the item that a mark of `mark_of` holds.

        Raises:
            ValueError: If it is another mark.

        """
        return self.seen.item_of(mark)

    def event(
        self,
        kind: EventKind,
        items: Sequence[Item],
        *,
        title: str,
        text: str = "",
        why: Decision | None = None,
        key: Sequence[str] | None = None,
        changes: Sequence[Change] = (),
    ) -> Event:
        """
        Make an event of the watch: one for all formats of a data set.

        Args:
            kind: What happened.
            items: What it is about, at least one.
            title: The headline.
            text: The body in plain words.
            why: What was decided of its first item.
            key: What its key is made of, if it isn't the items and the time. Equal keys are the
                same event, which is reported once for ever.
            changes: The changed fields.

        """
        return event_of(
            self.watch,
            kind,
            items,
            self.at,
            title=title,
            text=text,
            why=why,
            key=key,
            changes=changes,
        )

    def first_look_event(self, afterwards: str = "") -> Event:
        """
        Make the one message of a first look: how many fit, and what is reported from now on.

        Args:
            afterwards: The latter as a sentence, if it isn't what the kind says.

        """
        watch, source = self.watch, self.source
        fit = _newest_fitting(self.seen, watch.match.within(source.fields))
        text = f"{len(fit)} of {len(self.items)} known items match"
        if fit and source.order != "value":
            place = "first" if source.order == "whole" else "newest"
            text += f"; {place}: {fit[0].title}"
        if source.remaining and not self.complete:
            text += "; others may still be found"
        stand_in = Item(id=watch.name, kind="first look", title=watch.about or watch.name)
        return self.event(
            EventKind.FIRST_LOOK,
            fit[:SHOWN_FIRST] or [stand_in],
            title=f"Watching {watch.name}",
            text=f"{text}. {afterwards or watch.kind.afterwards}",
            key=[occurrence(self.seen.name, self.at)],
        )


class Kind(ABC, Generic[Keys]):
    """
    A kind of watch: what it makes of a look, and all that the rest of gazelled asks about it.

    Attributes:
        name: What `kind` in the config calls it.
        about: What it does, for the docs.
        keys: The type of the keys of `[watch.NAME]` that it has for itself.
        by_default: Whether a watch that names no kind is of this one, if its source allows it.
        reads_items: Whether it reads the answer as items; else it only hands it to plugins, takes
            no rule and notifies nobody.
        follows: Whether it looks where a source shows what is new; else it asks as it is written.
        shares_source: Whether it shares the requests of other watches that ask the same.
        news_only: Whether it looks at nothing but new items, which is why they alone are asked for
            in detail, one by one where pages end, and only when the sentinel names them.
        compares_states: Whether it compares what is there with what was, and so needs whole lists.
            It has marks.
        raises: Whether `if` raises an alert, instead of choosing items.
        takes: The keys that only some kinds take: of `match`, `if`, `until`, `fields`, `first`.
        requires: Of these, what it can't do without, each with what it is for.
        afterwards: What is reported after the first look, as a sentence.
        tried: What to know of trying its rule on items that are kept.
        silent: Why nothing was reported of an item that fits.

    """

    name: str
    about: str
    keys: type[Keys] | None = None
    by_default: bool = False
    reads_items: bool = True
    follows: bool = True
    shares_source: bool = True
    news_only: bool = False
    compares_states: bool = False
    raises: bool = False
    takes: frozenset[str] = frozenset()
    requires: Mapping[str, str] = {}
    afterwards: str = ""
    tried: str = ""
    silent: str = ""

    def unfit(self, source: SourceView) -> str:
        """Return why a source can't serve this kind; empty if it can."""
        del source
        return ""

    def serves(self, source: SourceView | None) -> bool:
        """Return whether a source can serve this kind; None for one that lists nothing."""
        return not self.reads_items or (source is not None and not self.unfit(source))

    def reads_whole(self, source: SourceView) -> bool:
        """Return whether each run turns all pages of a source."""
        return self.compares_states or source.order == "whole"

    def fields_of(self, source: SourceView) -> Mapping[str, FieldType]:
        """Return the fields that a rule may look at; what only details have, for news alone."""
        return {**source.more, **source.fields} if self.news_only else source.fields

    @abstractmethod
    def decide(self, look: Look[Keys]) -> Outcome:
        """
        Decide what a watch reports and remembers.

        It is called in the daemon's event loop, within the commit of a look: it must be pure and
        fast, since all that it needs is handed in. Whatever it raises fails this watch alone, which
        looks again later.

        Args:
            look: What the look shows, and what the watch remembers.

        """

    def __repr__(self) -> str:
        """Return the name."""
        return self.name


AnyKind = Kind[Any]
"""A kind of watch with whatever keys."""


def early_items(first: FirstLook, seen: SeenView, rule: RuleView) -> list[Item]:
    """Return the items that a first look may report, the oldest first."""
    if first == FirstLook():
        return []
    fit = _newest_fitting(seen, rule)
    if (since := first.since) is not None:
        return [item for item in fit if item.time and item.time >= since][::-1]
    return fit[: first.last][::-1]


def _newest_fitting(seen: SeenView, rule: RuleView) -> list[Item]:
    newest_first = sorted(seen.items, key=seen.position, reverse=True)
    return [item for item in newest_first if rule.holds(item, seen.at)]


def _clauses(decision: Decision) -> list[tuple[str, bool | None]]:
    return [(clause.text, clause.holds) for clause in decision.clauses]
