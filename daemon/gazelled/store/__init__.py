"""What must outlive the process: one SQLite file, one writer."""

from gazelled.model import Mark, MarkState
from gazelled.store.backup.copying import Backup, backups
from gazelled.store.database import Store
from gazelled.store.history.deliveries import DeliveryChoice, DeliveryRow
from gazelled.store.kv import JsonRecords
from gazelled.store.looks import LookTransaction
from gazelled.store.opening import NAME
from gazelled.store.outbox import Settled
from gazelled.store.records import (
    DeliveryState,
    Enrichment,
    Gap,
    Hole,
    MarkChanges,
    PendingDelivery,
    PluginVerdict,
    RuleVersion,
    SeenItem,
    StreamState,
    WatchFindings,
)

__all__ = [
    "NAME",
    "Backup",
    "DeliveryChoice",
    "DeliveryRow",
    "DeliveryState",
    "Enrichment",
    "Gap",
    "Hole",
    "JsonRecords",
    "LookTransaction",
    "Mark",
    "MarkChanges",
    "MarkState",
    "PendingDelivery",
    "PluginVerdict",
    "RuleVersion",
    "SeenItem",
    "Settled",
    "Store",
    "StreamState",
    "WatchFindings",
    "backups",
]
