"""The demo's narrator: it hears what the daemon logs and says it in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from gazelled.clock import Clock
from gazelled.demo.ledger import FEED, JOURNAL, PHONE, Happening, Ledger
from gazelled.demo.screen import Screen
from gazelled.demo.script import Stage

Heard = Mapping[str, object]
_BOTH = 2


class Narrator:
    """
    Puts what is heard on the screen and into the ledger.

    Args:
        screen: Where it is shown.
        ledger: Where it is noted.
        stage: Knows what happened during an outage.
        clock: Time.
        feed: The feed's address.
        journal: The journal's file.

    Attributes:
        alerts: The watches that look whether something is so, for which nothing is new.

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
        self.alerts: Collection[str] = ()
        self._screen = screen
        self._clock = clock
        self._ledger = ledger
        self._stage = stage
        self._feed = feed
        self._journal = journal
        self._shown: set[str] = set()
        self._first_looks: set[str] = set()
        self._looked_last = ""
        self._meanwhile: Sequence[Happening] = ()
        self._says: Mapping[str, Callable[[Heard], None]] = {
            "watch.baseline_recorded": self._looked_first,
            "watch.looked": self._looked,
            "watch.called": self._called,
            "item.matched": self._matched,
            "item.skipped": self._passed,
            "delivery.done": self._delivered,
            "delivery.postponed": self._postponed,
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
            self._screen.under("error", event, str(heard.get("exception", "")).rpartition("\n")[2])

    def arrived(self, title: str, text: str) -> None:
        """Show what arrived at the phone; of first looks in a line."""
        self._ledger.headlines[PHONE][title] += 1
        lines = text.splitlines()
        if title in self._first_looks:
            self._screen.under("phone", f"{title}. {lines[0]}")
            return
        self._screen.box("phone", [title, *lines])
        if self._meanwhile and self._ledger.all_delivered(self._meanwhile):
            many = len(self._meanwhile)
            every = "both" if many == _BOTH else "all"
            self._screen.beside(f"{many} uploads meanwhile, {every} found and delivered.")
            self._meanwhile = ()

    def _looked_first(self, heard: Heard) -> None:
        self._first_looks.add(f"Watching {heard['watch']}")
        self._result(heard, f"{heard['known']} known already, so none is new")

    def _looked(self, heard: Heard) -> None:
        nothing = "condition checked" if heard["watch"] in self.alerts else "nothing new"
        self._result(heard, f"{heard['new']} new" if heard["new"] else nothing)

    def _called(self, heard: Heard) -> None:
        self._result(heard, "the answer goes to the plugins")

    def _result(self, heard: Heard, result: str) -> None:
        """Show it once for watches of one `each`, which ask once together."""
        name, _, term = str(heard["watch"]).partition(":")
        if not term or name != self._looked_last:
            self._screen.at(f"looked   {name:11}  {result}")
        self._looked_last = name

    def _matched(self, heard: Heard) -> None:
        clauses = "  ".join(f"{text} ✓" for text, _ in _clauses(heard))
        self._screen.under("yes", str(heard["title"]), clauses)

    def _passed(self, heard: Heard) -> None:
        if ":" in str(heard["watch"]):
            return  # of many terms most don't fit
        reasons = "; ".join(text for text, holds in _clauses(heard) if not holds)
        self._screen.under("no", str(heard["title"]), reasons)

    def _delivered(self, heard: Heard) -> None:
        """Show once where else a new data set can be read."""
        target, key = str(heard["target"]), str(heard["key"])
        if target in self._shown or ":new:" not in key:
            return
        if target == FEED:
            self._screen.under("feed", "published at", self._feed)
        elif target == JOURNAL:
            lines = self._journal.read_text("utf-8").splitlines()
            line = next((line for line in lines if json.loads(line)["key"] == key), "")
            self._screen.under("journal", line)
        self._shown.add(target)

    def _postponed(self, heard: Heard) -> None:
        self._screen.under("later", str(heard["target"]), str(heard["error"]))

    def _failed(self, heard: Heard) -> None:
        if heard["tries"] == 1:
            what = f"the tracker is down ({heard['reason']})."
            self._screen.at(f"{what} One notice follows, not forty.")
        else:
            minutes = f"{float(str(heard['seconds'])) / 60:.0f}"
            self._screen.at(f"still down; next in {minutes} minutes")

    def _changed(self, heard: Heard) -> None:
        if heard["state"] == "down":
            since = datetime.fromisoformat(str(heard["since"])).astimezone()
            title = f"hasn't answered since {since:%H:%M}"
            now = self._clock.monotonic()
            self._ledger.happened.append(Happening(title, "outage", "", now, (PHONE,)))
        elif heard["state"] == "back":
            self._screen.at("the tracker is back.")
            self._meanwhile = tuple(self._stage.meanwhile)


def _clauses(heard: Heard) -> list[tuple[str, object]]:
    clauses = heard["clauses"]
    return [(str(text), holds) for text, holds in clauses] if isinstance(clauses, list) else []
