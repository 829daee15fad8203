"""
A watch: its keys in the config, and what it is when it runs.

A new key is declared here, twice at most, checked in `gazelled.config.checks.watch_table` if it can
be wrong, and used where it has its effect. A kind of watch is an object of
`gazelled.plugin.kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict

from gazelled.model import Call, FirstLook, StreamId
from gazelled.plugin import PluginConfig
from gazelled.plugin.kinds import AnyKind
from gazelled.rules import NO_DEMANDS, Rule
from gazelled.tracker.catalogue import Listing
from gazelled.watches.keys.first_look import BASELINE
from gazelled.watches.keys.schedules import Every, Schedule
from gazelled.watches.keys.table import Table, key

HOUR = 3600.0
_HOURLY = Every(HOUR)


class DefaultsTable(Table):
    """`[watch-defaults]`: the keys that any watch can share with others."""

    every: str = key(
        "",
        '"1h"',
        about='How often: 1h, "daily 08:00", "mon 08:00".',
        metavar="TIME",
        form="schedule",
    )
    cron: str = key(
        "",
        '"0 7 * * 1-5"',
        about='In place of --every: "0 7 * * 1-5".',
        metavar="FIELDS",
        form="cron",
    )
    zone: str = key(
        "UTC", '"Europe/Berlin"', about="The zone of clock times: Europe/Berlin.", metavar="ZONE"
    )
    first: str = key(
        "baseline",
        '"baseline"',
        about="What of what is there already is reported: last:5, since:2026-01-01.",
        metavar="WHAT",
        form="first",
    )
    urgent: bool = key(default=False, about="Notify in quiet hours, too.")
    may_be_silent: bool = key(default=False, about="Do not notify when it is silent for long.")
    mark_read: bool = key(default=False, about="Allow what marks things as read on the site.")
    tell: list[str] = key([], '["phone"]', about="Whom to notify.", metavar="TARGET")


class WatchTable(DefaultsTable):
    """`[watch.NAME]`; what stands beside these keys is the kind's own."""

    model_config = ConfigDict(extra="allow")

    about: str = key(
        "", '"Yeast sequences"', about="What it is for, in your words.", metavar="TEXT"
    )
    ask: str = key(
        "",
        '"browse"',
        about="What to ask; gazelled actions lists all.",
        metavar="ACTION",
        form="needed",
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
        form="each",
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
        form="match",
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

    @property
    def own(self) -> dict[str, object]:
        """What the kind of watch has to know."""
        return self.model_extra or {}


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
    kind: AnyKind
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
        may_be_silent: Whether nobody is notified when it reports nothing for long.
        mark_read: Whether it may mark things as read on the site.
        rule: Its rule as a text.
        keys: The keys that its kind has for itself; None if it has none.
        plugin: The plugin that brings its kind; empty for gazelled's own kinds.

    """

    name: str
    about: str = ""
    schedule: Schedule = _HOURLY
    first: FirstLook = BASELINE
    tell: tuple[str, ...] = ()
    urgent: bool = False
    may_be_silent: bool = False
    mark_read: bool = False
    rule: str = ""
    keys: PluginConfig | None = None
    plugin: str = ""

    @property
    def source(self) -> StreamId:
        """What it shares with other watches: the call, unless it keeps to its own schedule."""
        own = "" if self.kind.shares_source else f" for {self.name}"
        return StreamId(f"{self.call}{own}")
