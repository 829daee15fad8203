"""`kind = "call"`: hands the answer to plugins."""

from __future__ import annotations

from gazelled.plugin.kinds import Kind, Look, Outcome


class CallKind(Kind):
    """Asks as it is written; whatever comes is the business of plugins."""

    name = "call"
    about = "hands the answer to plugins"
    by_default = True
    reads_items = False
    follows = False

    def decide(self, look: Look) -> Outcome:
        del look
        return Outcome()
