"""The lists in answers, for people: their entries and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gazelled.tracker.catalogue.answer_lists import AnswerList, Column, at, column_of, marked
from gazelled.tracker.catalogue.listing import Paging, When
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.scalars import listed
from gazelled.tracker.decoding.types import taken


@dataclass(frozen=True, eq=False, kw_only=True)
class AnswerTable(AnswerList):
    """
    A list in an answer, for people, with the fields that have a `column=`.

    `first` are the columns in front of the others, with blanks between; `headings` are other ones,
    by those that the fields have.

    Attributes:
        id: What an entry is known by, when it moves from page to page.

    """

    id: str = ""
    first: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    when: When = field(default_factory=dict)
    paging: Paging | None = None

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        columns = {
            self.headings.get(heading, heading): column_of([model], name)
            for model in reversed(self.models)
            for heading, name in marked(model, "column")
        }
        return {heading: columns[heading] for heading in self.first.split()} | columns

    @cached_property
    def id_key(self) -> str:
        return column_of(self.models, self.id).path[0] if self.id else ""

    def entries(self, payload: object) -> Iterator[Mapping[str, object]]:
        """
        Yield the entries of the list, those of an inner list with the keys around it.

        One that isn't an object comes as an empty one.
        """
        for entry in self.entries_of(at(payload, self.path)) or ():
            if not isinstance(entry, Mapping):
                yield {}
                continue
            members = listed(entry.get(self.nested_key)) if self.nested else None
            if members is not None:
                for member in members:
                    yield {**entry, **member} if isinstance(member, Mapping) else entry
            elif self.nested or not self.id or entry.get(self.id_key):  # else it is padding
                yield entry


def cell(column: Column, entry: Mapping[str, object]) -> object:
    """Return the value of a column as it came, but texts decoded and in one line."""
    value = at(entry, column.path)
    if isinstance(value, str) and column.type.python is str:
        value = taken(column.reader.read, value, Reading())
    return " ".join(value.split()) if isinstance(value, str) else value
