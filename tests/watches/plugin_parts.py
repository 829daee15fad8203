"""Plugins that take part in looks, for tests: they note what they are asked, and may fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gazelled.errors import GazelledError
from gazelled.fields import COUNT, TEXTS, FieldType
from gazelled.model import Item, Value
from gazelled.plugin import ItemDecision, ItemsFound, Note, Veto
from gazelled.rules import Extensions, MatchField
from gazelled.watches.plugins.participants import Decider, Enricher, Participants

Fields = Mapping[str, Value]


@dataclass
class Sheet:
    """A plugin that looks items up in a table; it fails some times, or at an item of a title."""

    rows: Callable[[Item], Fields] = lambda item: {"accessions": (f"SRR{item.id}",)}
    plugin: str = "sheet"
    types: Mapping[str, FieldType] = field(default_factory=lambda: {"accessions": TEXTS})
    batches: list[ItemsFound] = field(default_factory=list)
    failures: int = 0
    bad: str = ""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    hangs: asyncio.Event | None = None
    computed: frozenset[str] = frozenset()

    @property
    def asked(self) -> list[list[str]]:
        """The titles of the items that it was asked about, by call."""
        return [[item.title for item in found.items] for found in self.batches]

    async def ask(self, found: ItemsFound) -> Mapping[str, Fields]:
        """Answer as the bus does."""
        self.batches.append(found)
        self.begun.set()
        if self.hangs:
            await self.hangs.wait()
        if self.failures or any(item.title == self.bad for item in found.items):
            self.failures = max(self.failures - 1, 0)
            raise GazelledError(f'The plugin "{self.plugin}" failed: the sheet is locked')
        return {item.id: self.rows(item) for item in found.items}

    @property
    def part(self) -> Enricher:
        """Its part in looks."""
        return Enricher(self.plugin, self.types, self.ask, self.computed)


@dataclass
class Colleague:
    """A plugin that has an opinion on what is reported."""

    says: Callable[[ItemDecision], Veto | Note | None]
    plugin: str = "colleague"
    decisions: list[ItemDecision] = field(default_factory=list)
    fails: bool = False

    @property
    def asked(self) -> list[str]:
        """The titles of the items that it was asked about."""
        return [decision.item.title for decision in self.decisions]

    async def ask(self, decision: ItemDecision) -> Veto | Note | None:
        """Answer as the bus does."""
        self.decisions.append(decision)
        if self.fails:
            raise GazelledError(f'The plugin "{self.plugin}" failed: no sheet')
        return self.says(decision)

    @property
    def part(self) -> Decider:
        """Its part in looks."""
        return Decider(self.plugin, self.ask)


def taking_part(
    sheets: Sequence[Sheet] = (),
    colleagues: Sequence[Colleague] = (),
    **computed: Callable[[Item], Value],
) -> Participants:
    """Return the plugins that take part; each further argument computes a field."""
    fields = {
        name: MatchField(name, type_) for sheet in sheets for name, type_ in sheet.types.items()
    }
    fields |= {name: MatchField(name, COUNT, compute=how) for name, how in computed.items()}
    return Participants(
        tuple(sheet.part for sheet in sheets),
        tuple(colleague.part for colleague in colleagues),
        Extensions(fields),
    )
