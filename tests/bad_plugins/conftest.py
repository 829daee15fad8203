"""The fixtures of commands, for the daemon with bad plugins."""

from __future__ import annotations

from tests.cli.conftest import person, preloaded, settled, sim, unused_tcp_port

__all__ = ["person", "preloaded", "settled", "sim", "unused_tcp_port"]
