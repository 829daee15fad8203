"""`kind = "new"`: reports new items."""

from __future__ import annotations

from gazelled.plugin.kinds import Kind, Look, Outcome, SourceView, news_events


class NewKind(Kind):
    """Reports each new item that fits once."""

    name = "new"
    about = "reports new items"
    by_default = True
    news_only = True
    takes = frozenset({"match", "if", "first"})
    afterwards = "From now on, new items are reported."

    def unfit(self, source: SourceView) -> str:
        return "it is a single thing, not a list" if source.order == "value" else ""

    def decide(self, look: Look) -> Outcome:
        """Report what is new and fits; at first only what the watch wants of what is there."""
        items = look.early() if look.first else look.fresh
        news = news_events(
            look.watch, look.fitting(items), look.at, look.source.recurring, dated=look.restored
        )
        return Outcome([look.first_look_event(), *news] if look.first else news)
