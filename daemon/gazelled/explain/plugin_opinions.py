"""What plugins had to do with a decision, as it is kept: vetoes, notes, fields they add."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from gazelled.explain.context import ExplainContext
from gazelled.explain.results import ClauseResult, WatchVerdict
from gazelled.model import StreamId
from gazelled.store import PluginVerdict
from gazelled.text import counted, either, local_minute
from gazelled.watches.watch import WatchRule


async def missing_fields(context: ExplainContext, stream: StreamId, item: str) -> dict[str, str]:
    """Return why fields of an item are unknown that plugins were asked for, by their names."""
    fields = context.config.registry.contributions.match_fields.values()
    reasons: dict[str, str] = {}
    rows = await context.store.enrichments.fields(stream, [item])
    for row in rows.get(item, ()):
        own = [field.name for field in fields if field.plugin == row.plugin]
        if row.fields is None:
            reasons |= dict.fromkeys(own, f"{row.error} ({counted(row.tries, 'try', 'tries')})")
            continue
        requested = context.terms.extensions.requested.keys()
        unknown = [name for name in own if name in requested and row.fields.get(name) is None]
        reasons |= dict.fromkeys(unknown, f"the plugin {row.plugin} added none")
    return reasons


async def with_opinions(
    context: ExplainContext, stream: StreamId, item: str, verdict: WatchVerdict
) -> WatchVerdict:
    """
    Add what plugins said of an item to the verdict of a watch.

    On news that is one more condition. A plugin is asked again about what may be reported several
    times, so what it said last is a note there.
    """
    rows = await context.store.enrichments.verdicts(stream, [item])
    said = [row for row in rows.get(item, ()) if row.watch == verdict.watch and row.reason]
    watch = context.config.watches.get(verdict.watch)
    if watch is not None and not watch.kind.news_only:
        notes = [f"{_words(row)} ({local_minute(row.at)})" for row in said]
        return replace(verdict, note="; ".join(filter(None, [verdict.note, *notes])))
    clauses = tuple(
        ClauseResult(f"plugin {row.plugin}", _words(row) if row.veto else row.reason, not row.veto)
        for row in said
    )
    vetoed = any(row.veto for row in said)
    return replace(
        verdict,
        verdict=False if vetoed else verdict.verdict,
        clauses=(*verdict.clauses, *clauses),
        note="" if vetoed and not verdict.told else verdict.note,
    )


async def vetoes(
    context: ExplainContext, stream: StreamId, watch: str, items: Collection[str]
) -> Mapping[str, str]:
    """Return which of some items plugins have vetoed for a watch, by their ids, and why."""
    rows = await context.store.enrichments.verdicts(stream, items)
    return {
        row.item: _words(row)
        for some in rows.values()
        for row in some
        if row.watch == watch and row.veto
    }


def unknowable(context: ExplainContext, rule: WatchRule) -> str:
    """Return what can't be known of a rule that is tried, since plugins would have a say."""
    participants, asked = context.watcher.participants, rule.looks_at
    enrichers = [one for one in participants.enrichers if asked & one.fields.keys()]
    parts = [
        f"{either(sorted(asked & one.fields.keys()), 'and')} is known only of items that the plugin"
        f" {one.plugin} was asked about"
        for one in enrichers
    ]
    if names := [one.plugin for one in participants.deciders]:
        parts.append(f"what {either(names, 'and')} would veto is known only of what it was asked")
    return "; ".join(parts)


def _words(row: PluginVerdict) -> str:
    return f"vetoed by {row.plugin}: {row.reason}" if row.veto else f"{row.plugin}: {row.reason}"
