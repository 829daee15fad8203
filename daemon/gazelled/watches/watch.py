"""A watch, and what a kind of watch is; the kinds themselves are in `gazelled.watches.kinds`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gazelled.model import Call, StreamId
from gazelled.rules import Expression, Match
from gazelled.tracker.catalogue import Listing
from gazelled.watches.seen import Outcome, Seen


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
        """Return why a source can't serve this kind; nothing if it can."""
        del listing
        return ""

    def serves(self, listing: Listing | None) -> bool:
        """Return whether a source can serve this kind; None for one that lists nothing."""
        return not self.reads_items or (listing is not None and not self.unfit(listing))

    def reads_whole(self, listing: Listing) -> bool:
        """Return whether each run turns all pages of a source."""
        return self.compares_states or listing.order == "whole"

    @abstractmethod
    def decide(self, watch: Watch, seen: Seen, marks: Mapping[str, str], *, first: bool) -> Outcome:
        """
        Decide what a watch reports and remembers: pure, all that it needs is handed in.

        Args:
            watch: The watch.
            seen: What the look shows.
            marks: What the watch remembers.
            first: Whether it looks there for the first time.

        """

    def __repr__(self) -> str:
        """Return the name, which stands for it."""
        return self.name


@dataclass(frozen=True, slots=True)
class Watch:
    """
    A configured interest.

    Attributes:
        name: Its name.
        call: What it asks.
        listing: How the answer is read as items; None for a watch that only calls.
        match: Which items fit.
        kind: What it does.
        raised: What makes an alert.
        cleared: What ends it; without any, that `raised` isn't so.
        fields: The fields whose changes are told.
        last: So many of the newest that fit are told at the first look.
        since: Those that appeared since then and fit are told at the first look.
        urgent: Whether what it tells passes quiet hours.
        tell: The targets that are told.
        about: What it is for, in its owner's words.
        rule: The text of its rule, which is kept with what was seen.

    """

    name: str
    call: Call
    listing: Listing | None
    match: Match
    kind: Kind
    raised: Expression = field(default_factory=Expression)
    cleared: Expression | None = None
    fields: tuple[str, ...] = ()
    last: int = 0
    since: datetime | None = None
    urgent: bool = False
    tell: tuple[str, ...] = ()
    about: str = ""
    rule: str = ""

    @property
    def source(self) -> StreamId:
        """What it shares with other watches: the call; a report keeps to its own schedule."""
        own = "" if self.kind.shares_source else f" for {self.name}"
        return StreamId(f"{self.call}{own}")
