"""Metrics as text, in the format that a scraper asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gazelled.service.app import App

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


async def metrics_text(app: App, accept: str = "") -> tuple[bytes, str]:
    """
    Return all metrics of a daemon and of its process, as they are now.

    Args:
        app: The daemon.
        accept: The header `Accept` of the request: OpenMetrics if it asks for that.

    Returns:
        The text, and its content type.

    Raises:
        ModuleNotFoundError: If the library is not installed.

    """
    # Imported when somebody scrapes: the library takes memory and time.
    from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415 - as above
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415 - as above

    from gazelled.service.monitoring.metric_families import (  # noqa: PLC0415 - as above
        metric_families,
    )

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(await metric_families(app)))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Families:
    """What a registry asks for its metrics."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
