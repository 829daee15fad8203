"""
A watch: its keys in the config, what it is when it runs, and what a kind of watch is.

A new key is declared here, twice at most, checked in `gazelled.config.checks.watch_table` if it can
be wrong, and used where it has its effect. The kinds are in `gazelled.watches.kinds`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gazelled.fields import FieldType
from gazelled.model import Call, StreamId
from gazelled.rules import NO_DEMANDS, Rule
from gazelled.store import Mark
from gazelled.tracker.catalogue import Listing
from gazelled.watches.keys.first_look import BASELINE, FirstLook
from gazelled.watches.keys.schedules import Every, Schedule
from gazelled.watches.keys.table import Table, key
from gazelled.watches.seen import Outcome, Seen

HOUR = 3600.0
_HOURLY = Every(HOUR)


class Kind(ABC):
    """
    A kind of watch: what it makes of a look, and all that the rest of gazelled asks about it.

    Attributes:
        name: What `kind` in the config calls it.
        about: What it does, for the docs.
        by_default: Whether a watch that names no kind is of this one, if its source allows it.
        reads_items: Whether it reads the answer as items; else it only hands it to plugins, takes
            no rule and notifies nobody.
        follows: Whether it looks where a source shows what is new; else it asks as it is written.
        shares_source: Whether it shares the requests of other watches that ask the same.
        news_only: Whether it looks at nothing but new items, which is why they alone are asked for
            in detail, one by one where pages end, and only when the sentinel names them.
        compares_states: Whether it compares what is there with what was, and so needs whole lists.
        raises: Whether `if` raises an alert, instead of choosing items.
        takes: The keys that only some kinds take.
        requires: Of these, what it can't do without, each with what it is for.
        afterwards: What is reported after the first look, as a sentence.
        tried: What to know of trying its rule on items that are kept.
        silent: Why nothing was reported of an item that fits.

    """

    name: str
    about: str
    by_default = False
    reads_items = True
    follows = True
    shares_source = True
    news_only = False
    compares_states = False
    raises = False
    takes: frozenset[str] = frozenset()
    requires: Mapping[str, str] = {}
    afterwards = ""
    tried = ""
    silent = ""

    def unfit(self, listing: Listing) -> str:
        del listing
        return ""

    def serves(self, listing: Listing | None) -> bool:
        """Return whether a source can serve this kind; None for one that lists nothing."""
        return not self.reads_items or (listing is not None and not self.unfit(listing))

    def reads_whole(self, listing: Listing) -> bool:
        """Return whether each run turns all pages of a source."""
        return self.compares_states or listing.order == "whole"

    def fields_of(self, listing: Listing) -> Mapping[str, FieldType]:
        """Return the fields that a rule may look at; what only details have, for news alone."""
        return {**listing.more, **listing.fields} if self.news_only else listing.fields

    def contradictions(self, rule: WatchRule) -> Iterator[tuple[str, str]]:
        """Return keys of a rule that contradict another one, each with a sentence."""
        del rule
        return iter(())

    @abstractmethod
    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        """Decide what a watch reports and remembers: pure, all that it needs is handed in."""

    def __repr__(self) -> str:
        return self.name


class DefaultsTable(Table):
    """`[watch-defaults]`: the keys that any watch can share with others."""

    every: str = key("", '"1h"', about='How often: 1h, "daily 08:00", "mon 08:00".', metavar="TIME")
    cron: str = key(
        "", '"0 7 * * 1-5"', about='In place of --every: "0 7 * * 1-5".', metavar="FIELDS"
    )
    zone: str = key(
        "UTC", '"Europe/Berlin"', about="The zone of clock times: Europe/Berlin.", metavar="ZONE"
    )
    first: str = key(
        "baseline",
        '"baseline"',
        about="What of what is there already is reported: last:5, since:2026-01-01.",
        metavar="WHAT",
    )
    urgent: bool = key(default=False, about="Notify in quiet hours, too.")
    mark_read: bool = key(default=False, about="Allow what marks things as read on the site.")
    tell: list[str] = key([], '["phone"]', about="Whom to notify.", metavar="TARGET")


class WatchTable(DefaultsTable):
    """`[watch.NAME]`."""

    about: str = key(
        "", '"Yeast sequences"', about="What it is for, in your words.", metavar="TEXT"
    )
    ask: str = key(
        "", '"browse"', about="What to ask; gazelled actions lists all.", metavar="ACTION"
    )
    with_: dict[str, object] = key(
        {},
        '{ searchstr = "yeast" }',
        alias="with",
        about="A parameter; several of one key make a list.",
        metavar="KEY=VALUE",
    )
    each: list[str] = key(
        [],
        '["S. cerevisiae", "S. pombe"]',
        about="Makes a watch for this term, which is {each} in its texts.",
        metavar="TERM",
    )
    kind: str = key("", '"change"', about="What it reports.", metavar="KIND")
    fields: list[str] = key(
        [],
        '["seeders", "size"]',
        about="For change: a field whose changes are reported.",
        metavar="NAME",
        option="field",
    )
    match: dict[str, object] = key(
        {},
        '{ title = "yeast" }',
        about="What must fit: license=CC0, size.max='50 GiB', tags.any=yeast.",
        metavar="KEY=VALUE",
    )
    if_: str = key(
        "",
        "'seeders <= 1'",
        alias="if",
        about='What must hold, like "seeders <= 1"; for alert, when it begins.',
        metavar="EXPR",
    )
    until: str = key("", "'seeders >= 3'", about="For alert: when it is over.", metavar="EXPR")
    disabled: bool = key(default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRule:
    """
    What a watch asks, and which items it is for: what is kept, as a text, with what was seen.

    Attributes:
        call: What it asks, with what its source adds.
        listing: How the answer is read as items; None for a watch that only calls.
        match: Which items fit: what `match` demands, then what `if` does, unless it is an alert.
        raised: What makes an alert: `if`.
        cleared: What ends it: `until`; without any, that `raised` isn't so.
        fields: The fields whose changes are reported.

    """

    call: Call
    listing: Listing | None
    kind: Kind
    match: Rule = NO_DEMANDS
    raised: Rule = NO_DEMANDS
    cleared: Rule | None = None
    fields: tuple[str, ...] = ()

    @property
    def demanded(self) -> Rule:
        """All that must hold of an item, for an alert what raises it too."""
        return self.match & self.raised

    @property
    def looks_at(self) -> frozenset[str]:
        ended = self.cleared.names if self.cleared else frozenset()
        return frozenset((*self.fields, *self.demanded.names, *ended))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(WatchRule):
    """
    A configured interest: what to ask, how often, which items, whom to tell.

    Attributes:
        about: What it is for, in its owner's words.
        first: What of the first look is reported.
        tell: The names of the targets that are notified.
        urgent: Whether what it reports passes quiet hours.
        mark_read: Whether it may mark things as read on the site.
        rule: Its rule as a text.

    """

    name: str
    about: str = ""
    schedule: Schedule = _HOURLY
    first: FirstLook = BASELINE
    tell: tuple[str, ...] = ()
    urgent: bool = False
    mark_read: bool = False
    rule: str = ""

    @property
    def source(self) -> StreamId:
        """What it shares with other watches: the call, unless it keeps to its own schedule."""
        own = "" if self.kind.shares_source else f" for {self.name}"
        return StreamId(f"{self.call}{own}")
