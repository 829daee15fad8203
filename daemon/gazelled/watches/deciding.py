"""What the marks of a watch are about."""

from __future__ import annotations

import hashlib

from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch


def mark_scope(watch: Watch, stream: Stream) -> str:
    """Return what the marks of a watch are about; those of another scope can't be compared."""
    return f"{watch.kind.name} {hashlib.sha256(stream.name.encode()).hexdigest()[:8]}"
