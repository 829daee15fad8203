"""What looks found, as lines on a screen: the demo and `gazelled run` show them alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gazelled.demo.screen import Screen

Heard = Mapping[str, object]


class LookLines:
    """
    Shows log events about looks.

    Args:
        screen: Where they are shown.

    Attributes:
        alerts: The watches that look whether something is so, for which nothing is new.

    """

    def __init__(self, screen: Screen) -> None:
        self.alerts: Collection[str] = ()
        self.screen = screen
        self._looked_last = ""

    def looked_first(self, heard: Heard) -> None:
        """Show how much the first look of a watch found."""
        self._result(heard, f"{heard['known']} known already, so none is new")

    def looked(self, heard: Heard) -> None:
        """Show how much a later look found."""
        nothing = "condition checked" if heard["watch"] in self.alerts else "nothing new"
        self._result(heard, f"{heard['new']} new" if heard["new"] else nothing)

    def called(self, heard: Heard) -> None:
        """Show that a watch of kind `call` ran."""
        self._result(heard, "the answer goes to the plugins")

    def _result(self, heard: Heard, result: str) -> None:
        """Show it once for watches of one `each`, which ask once together."""
        name, _, term = str(heard["watch"]).partition(":")
        if not term or name != self._looked_last:
            self.screen.at(f"looked   {name:11}  {result}")
        self._looked_last = name

    def matched(self, heard: Heard) -> None:
        """Show an item that a rule matches, with its conditions."""
        clauses = "  ".join(f"{text} ✓" for text, _ in clauses_of(heard))
        self.screen.under("yes", str(heard["title"]), clauses)

    def postponed(self, heard: Heard) -> None:
        """Show that a delivery waits, and why."""
        self.screen.under("later", str(heard["target"]), str(heard["error"]))


def clauses_of(heard: Heard) -> list[tuple[str, object]]:
    """Return the conditions of a rule, each with its result."""
    clauses = heard["clauses"]
    return [(str(text), holds) for text, holds in clauses] if isinstance(clauses, list) else []
