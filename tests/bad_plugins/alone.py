"""
Each bad plugin alone, which takes long: `pytest -n 4 tests/bad_plugins/alone.py` runs it.

No other command does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.bad_plugins.catalog import BAD_PLUGINS
from tests.bad_plugins.test_together import examine

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", BAD_PLUGINS)
async def test_alone(settled: Person, sim: Simulator, name: str) -> None:
    """The main job goes on, the limit holds, and it is named with its cause."""
    await examine(settled, sim, [BAD_PLUGINS[name]])
