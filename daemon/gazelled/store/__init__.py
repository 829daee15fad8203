"""What must outlive the process: one SQLite file, one writer."""

from gazelled.store.backups import Backup, backups
from gazelled.store.opening import NAME
from gazelled.store.records import Kept, Look, Mark, Pending, Progress, Rule, StreamState
from gazelled.store.restoring import restore
from gazelled.store.store import Store
from gazelled.store.verifying import Report, verify

__all__ = [
    "NAME",
    "Backup",
    "Kept",
    "Look",
    "Mark",
    "Pending",
    "Progress",
    "Report",
    "Rule",
    "Store",
    "StreamState",
    "backups",
    "restore",
    "verify",
]
