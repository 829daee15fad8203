"""`kind = "call"`: hands the answer to plugins."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.store import Mark
from gazelled.watches.seen import Outcome, Seen
from gazelled.watches.watch import Kind, Watch


class CallKind(Kind):
    """Asks as it is written; whatever comes is the business of plugins."""

    name = "call"
    about = "hands the answer to plugins"
    by_default = True
    reads_items = False
    follows = False

    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        del watch, seen, marks, first
        return Outcome()
