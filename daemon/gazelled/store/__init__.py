"""What must outlive the process: one SQLite file, one writer."""

from gazelled.store.backup.copying import Backup, backups
from gazelled.store.backup.restoring import restore
from gazelled.store.backup.verifying import Report, verify
from gazelled.store.database import Store
from gazelled.store.opening import NAME
from gazelled.store.records import Kept, Look, Mark, Pending, Progress, Rule, StreamState

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
