"""Deliveries: from the store to the targets, tried until they are done or given up."""

from gazelled.delivery.deliverer import Deliverer
from gazelled.delivery.health_book import adopt_health
from gazelled.delivery.policy import TargetPolicy
from gazelled.delivery.target_health import TargetChange, TargetHealth

__all__ = ["Deliverer", "TargetChange", "TargetHealth", "TargetPolicy", "adopt_health"]
