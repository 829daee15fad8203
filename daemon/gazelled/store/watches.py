"""What watches remember: where they had first looks, marks of things, versions of their rules."""

from __future__ import annotations

import json
from collections.abc import Collection

from gazelled.model import Mark, MarkState
from gazelled.store.codec import from_number
from gazelled.store.part import StorePart, reads, writes
from gazelled.store.records import RuleVersion

_STATES = {state.value: state for state in MarkState}


class WatchStore(StorePart):
    """What watches remember, by their names."""

    @reads
    def names(self) -> set[str]:
        """Return all watches of which something is kept, configured or not."""
        return {name for (name,) in self._db.execute("SELECT name FROM watch")}

    @reads
    def marks(self, watch: str, scope: str) -> dict[str, Mark]:
        """Return the marks of a watch in a scope, by thing."""
        query = """
            SELECT thing, body, state FROM mark JOIN watch ON watch.id = mark.watch
            WHERE watch.name = ? AND scope = ?
        """
        rows = self._db.execute(query, (watch, scope))
        return {thing: Mark(body, _STATES[state]) for thing, body, state in rows}

    @reads
    def rules(self, watch: str) -> list[RuleVersion]:
        """Return the versions of a watch's rule, the oldest first."""
        query = """
            SELECT rule.body, rule.since FROM rule JOIN watch ON watch.id = rule.watch
            WHERE watch.name = ? ORDER BY rule.id
        """
        rows = self._db.execute(query, (watch,))
        return [RuleVersion(watch, body, from_number(since)) for body, since in rows]

    @reads
    def removed(self, configured: Collection[str]) -> dict[str, str]:
        """
        Return the rules of watches that aren't configured any more, but were until now, by name.

        Only those that had a first look count.
        """
        query = """
            SELECT watch.name, rule.body FROM watch
            JOIN rule ON rule.id = (SELECT max(id) FROM rule WHERE rule.watch = watch.id)
            WHERE watch.name NOT IN (SELECT value FROM json_each(?))
            AND (watch.used IS NULL OR watch.used = (SELECT max(used) FROM watch))
            AND EXISTS (SELECT 1 FROM begun WHERE begun.watch = watch.id)
        """
        return dict(self._db.execute(query, (json.dumps(list(configured)),)).fetchall())

    @writes
    def rename(self, before: str, now: str) -> None:
        """Hand all state of a watch to one without any; events keep the name."""
        self._db.execute("UPDATE watch SET name = ? WHERE name = ?", (now, before))

    @writes
    def forget(self, watch: str) -> None:
        """
        Forget what a watch remembers, and that it had first looks: it was removed.

        What it reported stays, and the rules and items by which that can be explained.
        """
        for table in ("mark", "begun"):
            self._db.execute(
                f"DELETE FROM {table} WHERE watch = (SELECT id FROM watch WHERE name = ?)",  # noqa: S608 - ours
                (watch,),
            )
