"""The whole daemon of the tests of the service, for what is measured of it."""

from __future__ import annotations

from tests.service.conftest import clock, house, port, sim

__all__ = ["clock", "house", "port", "sim"]
