"""The bundled kinds of watch, as the config check gets them."""

from __future__ import annotations

from gazelled.watches.keys.kinds import Kinds
from gazelled_plugins import kinds

KINDS = Kinds(kinds.KINDS)
