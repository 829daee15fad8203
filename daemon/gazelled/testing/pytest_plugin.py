"""
The pytest plugin that comes with gazelled: the fixture `gz`.

It is loaded in every run of pytest where gazelled is installed, so it imports the rest only
when a test asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from gazelled.testing.plugin_kit import PluginKit


@pytest.fixture
def gz(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PluginKit:
    """Make events and deliver them to a plugin, without an account and without asyncio."""
    from gazelled.testing.plugin_kit import PluginKit  # noqa: PLC0415 - see above

    here: Path = request.path.parent
    return PluginKit(here=here, state=tmp_path_factory.mktemp("gazelled"))
