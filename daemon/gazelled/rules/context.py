"""What rules may look at: the fields of an answer, and what plugins add to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from gazelled.fields import WORDS, FieldType
from gazelled.model import Item, Value
from gazelled.rules.operands import AddedFunction, label


@dataclass(frozen=True, slots=True, eq=False)
class AddedField:
    """
    A field that a plugin adds to items.

    Attributes:
        about: What it holds, in a few words.
        compute: Computes it from an item, and raises nothing; None where the plugin is asked for
            it, which is when an item may be reported.

    """

    name: str
    type: FieldType
    plugin: str
    about: str = field(default="", repr=False)
    compute: Callable[[Item], Value] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Extensions:
    """What plugins add to rules, by its names."""

    fields: Mapping[str, AddedField] = field(default_factory=dict)
    functions: Mapping[str, AddedFunction] = field(default_factory=dict)

    @cached_property
    def types(self) -> Mapping[str, FieldType]:
        """The types of all added fields."""
        return {name: added.type for name, added in self.fields.items()}

    @cached_property
    def requested(self) -> Mapping[str, AddedField]:
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
    functions: Mapping[str, AddedFunction] = field(default_factory=dict)

    @cached_property
    def types(self) -> Mapping[str, FieldType]:
        return {**self.fields, "title": WORDS}

    def missing(self, name: str, never: str) -> str:
        """Return what is wrong with a field that only other answers have; empty if none has it."""
        if name not in self.elsewhere:
            return ""
        return f"{self.answer} has no {label(name)}, so this could never {never}"
