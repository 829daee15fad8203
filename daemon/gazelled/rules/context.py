"""What the rules of one answer may look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from gazelled.fields import WORDS, FieldType
from gazelled.rules.operands import label


@dataclass(frozen=True)
class CompileContext:
    """
    What a rule may look at, and how that is called in sentences.

    `fields` are those of the answer (each item has a title, too), `answer` is what that is called,
    and `elsewhere` are more fields, that other answers have.
    """

    fields: Mapping[str, FieldType]
    answer: str = "this answer"
    elsewhere: Collection[str] = ()

    @cached_property
    def types(self) -> Mapping[str, FieldType]:
        return {**self.fields, "title": WORDS}

    def missing(self, name: str, never: str) -> str:
        """Return what is wrong with a field that only other answers have; empty if none has it."""
        if name not in self.elsewhere:
            return ""
        return f"{self.answer} has no {label(name)}, so this could never {never}"
