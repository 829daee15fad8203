"""What `gazelled run` shows on a terminal: sentences about what happens, in place of log lines."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from gazelled import __version__
from gazelled.demo.look_lines import Heard, LookLines
from gazelled.demo.screen import WIDTH, Screen
from gazelled.text import local_time, word
from gazelled.units import human_duration

if TYPE_CHECKING:
    from gazelled.service.app import App

_LOUD = {"warning", "error", "critical"}
_UNSHOWN = {"event", "level", "logger", "timestamp", "exception", "stack"}
_SETTLED = 5.0
"""The next look is shown once it is so many seconds away: until then another one shows more."""

_STATES: Mapping[str, str] = {
    "down": "the tracker does not answer",
    "back": "the tracker is back",
    "stopped": "no request is sent until you act (gazelled status)",
    "resumed": "requests are sent again",
}


class RunSentences(LookLines):
    """
    Shows what the daemon logs.

    Args:
        screen: Where it is shown.
        site: The name of the site.
        alerts: The watches that look whether something is so, for which nothing is new.

    """

    def __init__(self, screen: Screen, site: str, alerts: Collection[str]) -> None:
        super().__init__(screen)
        self.alerts = alerts
        self._coming: Callable[[], tuple[str, datetime] | None] = lambda: None
        self._site = site
        self._shown_next = ""
        self._shows: Mapping[str, Callable[[Heard], None]] = {
            "source.planned": self._planned,
            "daemon.started": self._started,
            "daemon.stop_requested": self._ending,
            "daemon.stopped": self._ended,
            "watch.baseline_recorded": self.looked_first,
            "watch.looked": self.looked,
            "watch.called": self.called,
            "item.matched": self.matched,
            "delivery.done": self._delivered,
            "delivery.postponed": self.postponed,
            "tracker.failed": self._failed,
            "tracker.changed": self._changed,
        }

    def follow(self, app: App) -> None:
        """Show from now on when the daemon looks next, whenever nothing is under way."""
        self._coming = lambda: app.coming() if app.dispatcher.idle else None

    def hear(self, heard: Heard) -> None:
        """Show a log event, if it is for people; warnings and errors always are."""
        event = str(heard.get("event"))
        if show := self._shows.get(event):
            show(heard)
        elif heard.get("level") in _LOUD:
            self._trouble(event, heard)
        if event in {"watch.looked", "watch.baseline_recorded", "watch.called", "delivery.done"}:
            self._show_next()

    def _planned(self, heard: Heard) -> None:
        what = f"{heard['asks']}, fresh within {heard['fresh_within']}"
        self.screen.under("watch", str(heard["watches"]), what)

    def _started(self, heard: Heard) -> None:
        self.screen.at(f"gazelled {__version__} watches {self._site} with {heard['config']}")
        self.screen.beside("Ctrl-C ends it. run -v shows the log in place of these lines.")
        self._show_next()

    def _ending(self, _: Heard) -> None:
        self.screen.at("ending; Ctrl-C again ends it at once")

    def _ended(self, _: Heard) -> None:
        self.screen.at("ended. The next run continues where this one ended.")

    def _delivered(self, heard: Heard) -> None:
        """Show where a message went; a first look has said what there is already."""
        key = str(heard["key"]).removesuffix(f"@{heard['target']}")
        if ":first-look:" not in key:
            why = "" if key.startswith("notice:") else f"gazelled why {shlex.quote(key)}"
            self.screen.under("sent", str(heard["target"]), why)

    def _failed(self, heard: Heard) -> None:
        pause = human_duration(float(str(heard["seconds"])))
        self.screen.at(f"{self._site} does not answer ({heard['reason']}); next in {pause}")

    def _changed(self, heard: Heard) -> None:
        state = str(heard["state"])
        reason = f": {heard['reason']}" if heard["reason"] else ""
        self.screen.at(f"{_STATES.get(state, f'the tracker is {state}')}{reason}")

    def _trouble(self, event: str, heard: Heard) -> None:
        pairs = [f"{key}={word(heard[key])}" for key in heard if key not in _UNSHOWN]
        last = str(heard.get("exception", "")).rpartition("\n")[2]
        self.screen.under(str(heard["level"]), event, " ".join([*pairs, last]).strip())

    def _show_next(self) -> None:
        """Show which watches look next, once it is not at once and differs from what was shown."""
        coming = self._coming()
        if coming is None:
            return
        names, at = coming
        text = f"{names} at {local_time(at)}"
        if (at - datetime.now(at.tzinfo)).total_seconds() > _SETTLED and text != self._shown_next:
            self.screen.under("next", text)
            self._shown_next = text


def run_sentences(site: str, alerts: Collection[str], stream: TextIO) -> RunSentences:
    """Return what shows sentences on a terminal, as wide as it is."""

    def nobody_reads() -> None:
        """Go on: the daemon does not end when its terminal is closed."""

    width = shutil.get_terminal_size((WIDTH, 24)).columns
    screen = Screen(stream, lambda: f"{datetime.now().astimezone():%H:%M}", nobody_reads, width)
    return RunSentences(screen, site, alerts)
