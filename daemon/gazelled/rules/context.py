"""What rules may look at: the fields of an answer, and what plugins add to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from gazelled.fields import WORDS, FieldType
from gazelled.model import Item, Value
from gazelled.rules.operands import RuleFunction, label


@dataclass(frozen=True, slots=True, eq=False)
class MatchField:
    """
    A field of items that a plugin adds.

    Attributes:
        name: Its name in rules.
        type: What it holds.
        about: What that is, in a few words.
        compute: Computes it from an item; None if the plugin adds it to items that were found.

    """

    name: str
    type: FieldType
    about: str = ""
    compute: Callable[[Item], Value] | None = None


_SAMPLES: Mapping[type, Value] = {
    str: "sample",
    int: 3,
    float: 1.5,
    bool: True,
    tuple: ("one", "two"),
}
"""A value of each type of field that plugins add."""


@dataclass(frozen=True)
class Extensions:
    """What plugins add to rules, by its names."""

    fields: Mapping[str, MatchField] = field(default_factory=dict)
    functions: Mapping[str, RuleFunction] = field(default_factory=dict)

    @cached_property
    def types(self) -> Mapping[str, FieldType]:
        """The types of all added fields."""
        return {name: added.type for name, added in self.fields.items()}

    @cached_property
    def samples(self) -> Mapping[str, Value]:
        """A value for each added field, to try templates with."""
        return {name: _SAMPLES.get(type_.python) for name, type_ in self.types.items()}

    @cached_property
    def requested(self) -> Mapping[str, MatchField]:
        """The fields for which plugins are asked."""
        return {name: added for name, added in self.fields.items() if added.compute is None}

    @cached_property
    def computed(self) -> Mapping[str, Callable[[Item], Value]]:
        """What computes the other fields."""
        fields = self.fields.values()
        return {added.name: added.compute for added in fields if added.compute is not None}

    def with_computed(self, item: Item) -> Item:
        """Return an item with the fields that are computed from it."""
        if not self.computed:
            return item
        values = {name: compute(item) for name, compute in self.computed.items()}
        return replace(item, fields={**item.fields, **values})

    def completed(self, item: Item) -> Item:
        """Return a stored item with those computed fields that it was stored without."""
        missing = self.computed.keys() - item.fields.keys()
        values = {name: self.computed[name](item) for name in missing}
        return replace(item, fields={**item.fields, **values}) if values else item


NO_EXTENSIONS = Extensions()


@dataclass(frozen=True)
class CompileContext:
    """
    What a rule may look at, and how that is called in sentences.

    `fields` are those of the answer (each item has a title, too), `answer` is what that is called,
    and `elsewhere` are more fields, that other answers have. `functions` are those that plugins add
    to `if`.
    """

    fields: Mapping[str, FieldType]
    answer: str = "this answer"
    elsewhere: Collection[str] = ()
    functions: Mapping[str, RuleFunction] = field(default_factory=dict)

    @cached_property
    def types(self) -> Mapping[str, FieldType]:
        return {**self.fields, "title": WORDS}

    def missing(self, name: str, never: str) -> str:
        """Return what is wrong with a field that only other answers have; empty if none has it."""
        if name not in self.elsewhere:
            return ""
        return f"{self.answer} has no {label(name)}, so this could never {never}"
