"""What must outlive the process: one SQLite file, one writer."""

from gazelled.store.records import Look, Pending, StreamState
from gazelled.store.store import Store

__all__ = ["Look", "Pending", "Store", "StreamState"]
