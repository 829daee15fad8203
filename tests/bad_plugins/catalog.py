"""All bad plugins."""

from __future__ import annotations

from tests.bad_plugins.answering import ANSWERING
from tests.bad_plugins.at_import import AT_IMPORT
from tests.bad_plugins.contributing import CONTRIBUTING
from tests.bad_plugins.deciding import DECIDING
from tests.bad_plugins.delivering import DELIVERING
from tests.bad_plugins.living import LIVING
from tests.bad_plugins.model import named

BAD_PLUGINS = named((*AT_IMPORT, *CONTRIBUTING, *LIVING, *ANSWERING, *DECIDING, *DELIVERING))
"""Every bad plugin by its name."""
