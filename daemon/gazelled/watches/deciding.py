"""How a kind of watch decides on a look: what its marks are about, and what it is handed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from gazelled.model import Mark
from gazelled.plugin.kinds import Look, Outcome
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch


def mark_scope(watch: Watch, stream: Stream) -> str:
    """Return what the marks of a watch are about; those of another scope can't be compared."""
    return f"{watch.kind.name} {hashlib.sha256(stream.name.encode()).hexdigest()[:8]}"


def decide(watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool) -> Outcome:
    """Return what a watch makes of a look."""
    return watch.kind.decide(Look(watch, seen, marks, first))
