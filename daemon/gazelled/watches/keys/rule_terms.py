"""What the rule of a watch can speak of, what plugins contribute among it."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.rules import NO_EXTENSIONS, Extensions
from gazelled.tracker.sites.dialect import GAZELLE, Dialect
from gazelled.watches.keys.kinds import Kinds


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """
    What a rule that was stored is read with.

    Attributes:
        kinds: The kinds of watch.
        dialect: The actions of the site.
        extensions: The fields and functions that plugins add.

    """

    kinds: Kinds
    dialect: Dialect = GAZELLE
    extensions: Extensions = NO_EXTENSIONS
