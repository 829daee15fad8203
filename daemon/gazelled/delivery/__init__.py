"""Deliveries: from the store to the targets, tried until they are done or given up."""

from gazelled.delivery.deliverer import Deliverer
from gazelled.delivery.target_health import TargetChange, TargetHealth

__all__ = ["Deliverer", "TargetChange", "TargetHealth"]
