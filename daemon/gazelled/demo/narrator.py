"""The demo's narrator: it hears what the daemon logs and says it in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from gazelled.clock import Clock
from gazelled.demo.ledger import FEED, JOURNAL, PHONE, Happening, Ledger
from gazelled.demo.look_lines import Heard, LookLines, clauses_of
from gazelled.demo.screen import Screen
from gazelled.demo.script import Stage

_BOTH = 2


class Narrator(LookLines):
    """
    Puts what is heard on the screen and into the ledger.

    Args:
        screen: Where it is shown.
        ledger: Where it is noted.
        stage: Knows what happened during an outage.
        clock: Time.
        feed: The feed's address.
        journal: The journal's file.

    """

    def __init__(
        self,
        screen: Screen,
        ledger: Ledger,
        stage: Stage,
        clock: Clock,
        *,
        feed: str,
        journal: Path,
    ) -> None:
        super().__init__(screen)
        self._clock = clock
        self._ledger = ledger
        self._stage = stage
        self._feed = feed
        self._journal = journal
        self._shown: set[str] = set()
        self._first_looks: set[str] = set()
        self._meanwhile: Sequence[Happening] = ()
        self._says: Mapping[str, Callable[[Heard], None]] = {
            "watch.baseline_recorded": self._looked_first,
            "watch.looked": self.looked,
            "watch.called": self.called,
            "item.matched": self.matched,
            "item.skipped": self._passed,
            "delivery.done": self._delivered,
            "delivery.postponed": self.postponed,
            "tracker.failed": self._failed,
            "tracker.changed": self._changed,
        }

    def hear(self, heard: Heard) -> None:
        """Show what was logged, if it matters; errors always do."""
        event = str(heard.get("event"))
        say = self._says.get(event)
        if say is not None:
            say(heard)
        elif heard.get("level") in {"error", "critical"}:
            self.screen.under("error", event, str(heard.get("exception", "")).rpartition("\n")[2])

    def arrived(self, title: str, text: str) -> None:
        """Show what arrived at the phone; of first looks in a line."""
        self._ledger.headlines[PHONE][title] += 1
        lines = text.splitlines()
        if title in self._first_looks:
            self.screen.under("phone", f"{title}. {lines[0]}")
            return
        self.screen.box("phone", [title, *lines])
        if self._meanwhile and self._ledger.all_delivered(self._meanwhile):
            many = len(self._meanwhile)
            every = "both" if many == _BOTH else "all"
            self.screen.beside(f"{many} uploads meanwhile, {every} found and delivered.")
            self._meanwhile = ()

    def _looked_first(self, heard: Heard) -> None:
        self._first_looks.add(f"Watching {heard['watch']}")
        super().looked_first(heard)

    def _passed(self, heard: Heard) -> None:
        if ":" in str(heard["watch"]):
            return  # of many terms most don't fit
        reasons = "; ".join(text for text, holds in clauses_of(heard) if not holds)
        self.screen.under("no", str(heard["title"]), reasons)

    def _delivered(self, heard: Heard) -> None:
        """Show once where else a new data set can be read."""
        target, key = str(heard["target"]), str(heard["key"])
        if target in self._shown or ":new:" not in key:
            return
        if target == FEED:
            self.screen.under("feed", "published at", self._feed)
        elif target == JOURNAL:
            lines = self._journal.read_text("utf-8").splitlines()
            line = next((line for line in lines if json.loads(line)["key"] == key), "")
            self.screen.under("journal", line)
        self._shown.add(target)

    def _failed(self, heard: Heard) -> None:
        if heard["tries"] == 1:
            what = f"the tracker is down ({heard['reason']})."
            self.screen.at(f"{what} One notice follows, not forty.")
        else:
            minutes = f"{float(str(heard['seconds'])) / 60:.0f}"
            self.screen.at(f"still down; next in {minutes} minutes")

    def _changed(self, heard: Heard) -> None:
        if heard["state"] == "down":
            since = datetime.fromisoformat(str(heard["since"])).astimezone()
            title = f"hasn't answered since {since:%H:%M}"
            now = self._clock.monotonic()
            self._ledger.happened.append(Happening(title, "outage", "", now, (PHONE,)))
        elif heard["state"] == "back":
            self.screen.at("the tracker is back.")
            self._meanwhile = tuple(self._stage.meanwhile)
