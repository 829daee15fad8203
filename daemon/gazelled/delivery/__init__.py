"""Deliveries: from the store to the targets, tried until they are done or given up."""

from gazelled.delivery.deliverer import Deliverer
from gazelled.delivery.health import Health, TargetChange
from gazelled.delivery.outbox import Outbox

__all__ = ["Deliverer", "Health", "Outbox", "TargetChange"]
